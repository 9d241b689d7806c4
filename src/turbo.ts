/**
 * `wasmlp/turbo`: pairs of 128-bit operations run as one of 256 bits, where V8 can ("revectorization": Node 24 or later on
 * x64). An experimental flag of the engine, so it is asked for, tested and given up when it does not hold.
 */
import { setFlagsFromString } from "node:v8";
import { type Core, type CoreModule, compile, createCoreFrom, decodeBase64, reserve, useModule } from "./core.js";
import { coreBase64 } from "./core-base64.js";
import { Random } from "./random.js";
import { turboBase64 } from "./turbo-base64.js";

/** The first release of Node whose V8 keeps its word on the flag. */
const FIRST_NODE = 24;

/** How much faster than plain SIMD a product must be, or the flag has done nothing. */
const WORTH = 1.1;

/**
 * Turns the engine's flag on, tests the kernels bit for bit, and lets models made from now on run on them. The results are
 * the same bytes as without. Takes about a tenth of a second, once, best before the first model is made.
 * @returns whether models now run faster; if not, a warning has said why and everything works as before
 * @example
 * import { turbo } from "wasmlp/turbo";
 * await turbo();
 * const net = await MLP.create({ layers: [784, 128, 10] });
 */
export async function turbo(): Promise<boolean> {
  outcome ??= tryTurbo();
  return outcome;
}

let outcome: Promise<boolean> | undefined;

async function tryTurbo(): Promise<boolean> {
  const node = Number.parseInt(process.versions.node, 10);
  if (!(process.versions.v8 && node >= FIRST_NODE && process.arch === "x64")) {
    return giveUp(
      `the engine must be Node ${FIRST_NODE} or later on x64, got Node ${process.versions.node} on ${process.arch}`,
    );
  }
  const plain = await Trial.create(coreBase64);
  await plain.warm();
  const before = plain.time();
  setFlagsFromString("--experimental-wasm-revectorize");
  const fast = await Trial.create(turboBase64);
  await fast.warm();
  const wrong = fast.wrongKernel();
  if (wrong) return giveUp(`the kernels must give the bits of plain SIMD, got others from ${wrong}`);
  const speedup = before / fast.time();
  if (speedup < WORTH)
    return giveUp(`products must be at least ${WORTH} times as fast, got ${speedup.toFixed(2)} times`);
  useModule(fast.module);
  return true;
}

function giveUp(reason: string): false {
  process.emitWarning(`turbo: ${reason}. Models run on plain SIMD.`);
  return false;
}

/** Sizes of the test: whole tiles and edges in every direction. */
const [B, I, O] = [33, 65, 55];

/** One instance with random matrices, the three products on them, and what their bits must be. */
class Trial {
  private readonly products: readonly { name: string; call: () => void; result: Float32Array; wanted: Float32Array }[];

  static async create(base64: string): Promise<Trial> {
    const module = await compile(decodeBase64(base64));
    return new Trial(module, await createCoreFrom(module));
  }

  private constructor(
    readonly module: CoreModule,
    core: Core,
  ) {
    reserve(core, core.base + 4 * (2 * B * I + 2 * I * O + 2 * B * O + 33 * (B + I + O)) + 1024);
    let next = Math.ceil(core.base / 64) * 64;
    const slab = (count: number) => {
      const floats = new Float32Array(core.memory.buffer, next, count);
      next += Math.ceil(count / 16) * 64;
      return floats;
    };
    const random = new Random(1);
    const [x, w, b, d] = [B * I, I * O, O, B * O].map((count) => fill(slab(count), random));
    const [y, dw, dx, panel] = [B * O, I * O, B * I, 16 * Math.max(B, I, O)].map(slab);
    const { kernels } = core;
    const at = (view: Float32Array) => view.byteOffset;
    this.products = [
      {
        name: "denseReluForward",
        call: () => kernels.denseReluForward(at(y), at(x), at(w), at(b), at(panel), B, I, O),
        result: y,
        wanted: product(
          B,
          O,
          I,
          (i, p) => x[i * I + p],
          (p, j) => w[p * O + j],
          b,
        ).map((value) => Math.max(value, 0)),
      },
      {
        name: "weightsBackward",
        call: () => kernels.weightsBackward(at(dw), at(x), at(d), at(panel), B, I, O),
        result: dw,
        wanted: product(
          I,
          O,
          B,
          (i, p) => x[p * I + i],
          (p, j) => d[p * O + j],
        ),
      },
      {
        name: "inputsBackward",
        call: () => kernels.inputsBackward(at(dx), at(d), at(w), at(panel), B, I, O),
        result: dx,
        wanted: product(
          B,
          I,
          O,
          (i, p) => d[i * O + p],
          (p, j) => w[j * O + p],
        ),
      },
    ];
  }

  /** Calls until the engine has optimised, in turns, since it compiles beside. */
  async warm(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      for (let i = 0; i < 60; i++) for (const { call } of this.products) call();
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  /** The best time of the first two products together, in milliseconds. */
  time(): number {
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 12; attempt++) {
      const start = performance.now();
      for (let i = 0; i < 10; i++) for (const { call } of this.products.slice(0, 2)) call();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  }

  /** The name of a kernel whose result is not the one wanted, bit for bit. */
  wrongKernel(): string | undefined {
    for (const { name, call, result, wanted } of this.products) {
      result.fill(Number.NaN);
      call();
      if (result.some((value, i) => !Object.is(value, wanted[i]))) return name;
    }
    return undefined;
  }
}

function fill(view: Float32Array, random: Random): Float32Array {
  for (let i = 0; i < view.length; i++) view[i] = random.normal();
  return view;
}

/** C [m×n] = start + A·B with a rounding to float32 after each product and each sum, in ascending order: plain SIMD's bits. */
function product(
  m: number,
  n: number,
  k: number,
  a: (i: number, p: number) => number,
  b: (p: number, j: number) => number,
  start?: Float32Array,
): Float32Array {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start ? start[j] : 0;
      for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround(a(i, p) * b(p, j)));
      c[i * n + j] = sum;
    }
  }
  return c;
}
