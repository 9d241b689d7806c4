/** The three products alone, as a fraction of what 128-bit SIMD can do in registers, with their errors. */
import { readFileSync } from "node:fs";
import { Random } from "../src/ground/random.js";
import * as reference from "../tests/reference.js";
import { gamma, Slabs } from "../tests/slabs.js";
import { check, figure, measure, QUICK } from "./measure.js";

/** Rows, inputs, outputs. */
const SHAPES = [
  [64, 784, 128],
  [64, 64, 64],
  [32, 784, 128],
  [64, 128, 10],
  [63, 785, 127],
  [32, 30, 64],
  [32, 64, 2],
  [128, 784, 800],
  [1, 784, 128],
];

const LIMIT_ROUNDS = 20_000;

/** Rounds that touch no memory, and tiles on memory of the first cache, by how many vectors they multiply and add a round. */
const LIMITS = { limit4: 4, limit5: 5, limit6: 6, limit7: 7, tile2x4: 8, tile3x3: 9, tile5x2: 10 };

/** Where the tiles' numbers lie, zeros. */
const DATA = 1024;

/** Subjects whose fastest is the limit; GF/s = 8·vectors·rounds flop over its time. */
export function limitSubjects(): { name: string; call: () => number; flop: number }[] {
  const bytes = readFileSync(new URL("../build/limit.wasm", import.meta.url));
  const exports = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  return Object.entries(LIMITS).map(([name, vectors]) => {
    const loop = exports[name] as (n: number, given: number) => number;
    const given = name.startsWith("tile") ? DATA : -1;
    return { name, call: () => loop(LIMIT_ROUNDS, given), flop: 8 * vectors * LIMIT_ROUNDS };
  });
}

/** The limit in GF/s, by the medians of a run that had its subjects in it. */
export function limitOf(timings: readonly { name: string; median: number }[]): number {
  const flops = new Map(limitSubjects().map(({ name, flop }) => [name, flop]));
  return Math.max(...timings.flatMap(({ name, median }) => (flops.has(name) ? flops.get(name)! / median / 1e3 : [])));
}

/** The worst share of the bound γ(k+2)·(|A|·|B| + |start|) that any element's error takes. */
function errorShare(name: string, got: Float32Array, wanted: ArrayLike<number>, sizes: ArrayLike<number>, k: number) {
  let worst = 0;
  for (let i = 0; i < got.length; i++)
    worst = Math.max(worst, Math.abs(got[i] - wanted[i]) / (gamma(k + 2) * sizes[i]));
  return check(name, Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst, 1);
}

export async function benchGemm(): Promise<void> {
  console.log("\nproducts: GF/s, share of the 128-bit limit in this run, error");
  for (const [B, I, O] of QUICK ? SHAPES.filter(([b, i, o]) => b * i * o < 1e7) : SHAPES) {
    const slabs = await Slabs.create(4 * (2 * (B * I + I * O + B * O) + 33 * (B + I + O)) + 10_000);
    const random = new Random(1);
    const draw = (count: number) => slabs.input(Float32Array.from({ length: count }, () => random.normal()));
    const [x, w, b, d] = [draw(B * I), draw(I * O), draw(O), draw(B * O)];
    const [y, dw, dx, panel] = [B * O, I * O, B * I, 16 * Math.max(B, I, O)].map((count) => slabs.output(count));
    const { kernels } = slabs;
    const products = [
      {
        name: "X·W  ",
        call: () => kernels.denseForward(y.address, x.address, w.address, b.address, panel.address, B, I, O),
      },
      { name: "Xᵀ·D ", call: () => kernels.weightsBackward(dw.address, x.address, d.address, panel.address, B, I, O) },
      { name: "D·Wᵀ ", call: () => kernels.inputsBackward(dx.address, d.address, w.address, panel.address, B, I, O) },
    ];
    const timings = measure([...limitSubjects(), ...products]);
    const limit = limitOf(timings);
    const abs = (values: Float32Array) => values.map(Math.abs);
    const shape = `${B}x${I}x${O}`;
    const { floats: X } = x;
    const errors = [
      errorShare(
        `X·W ${shape}`,
        y.floats,
        reference.dense(X, w.floats, b.floats, B, I, O),
        reference.dense(abs(X), abs(w.floats), abs(b.floats), B, I, O),
        I,
      ),
      errorShare(
        `Xᵀ·D ${shape}`,
        dw.floats,
        reference.weightsGradient(X, d.floats, B, I, O),
        reference.weightsGradient(abs(X), abs(d.floats), B, I, O),
        B,
      ),
      errorShare(
        `D·Wᵀ ${shape}`,
        dx.floats,
        reference.inputsGradient(d.floats, w.floats, B, I, O),
        reference.inputsGradient(abs(d.floats), abs(w.floats), B, I, O),
        O,
      ),
    ];
    products.forEach(({ name }, i) => {
      const speed = (2 * B * I * O) / timings.find((timing) => timing.name === name)!.median / 1e3;
      console.log(
        `${name} ${shape.padEnd(12)} ${figure(speed)} GF/s  ${figure(speed / limit, 2, 5)} of ${limit.toFixed(1)}  ${errors[i]}`,
      );
    });
  }
}
