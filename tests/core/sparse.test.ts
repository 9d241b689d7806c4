/** Skipping zeros changes no bit: the sparse kernels against the dense ones, and whole trainings with and without. */
import { describe, expect, it } from "vitest";
import { createCore } from "../../src/core/core.js";
import { Random } from "../../src/ground/random.js";
import { adam, sgd } from "../../src/index.js";
import { Network } from "../../src/net/network.js";
import { setLayerParameters } from "../../src/net/parameters.js";
import { forwardPass } from "../../src/net/passes.js";
import { type Slab, Slabs } from "../slabs.js";
import { trainerOf } from "../trainers.js";
import { sameBits } from "../ulp.js";

const LONG = process.env.WASMLP_LONG === "1";
const slabs = await Slabs.create(4_000_000);
const { kernels } = slabs;

const normal = (count: number, random: Random) => Float32Array.from({ length: count }, () => random.normal());

/** Numbers of which about `density` are not zero; the zeros have both signs, whole blocks and columns are dark. */
function withZeros(rows: number, width: number, density: number, random: Random): Float32Array {
  const dark = Array.from({ length: width }, () => random.uniform() < 0.3);
  return Float32Array.from({ length: rows * width }, (_, i) => {
    const lit = !dark[i % width] && random.uniform() < density / 0.7;
    return lit ? random.normal() : random.below(2) === 0 ? 0 : -0;
  });
}

type Fault = (x: Slab, b: Slab) => void;

/** Names of the sparse kernels whose bits differ from the dense ones', or which wrote outside their buffers. */
function differing(B: number, I: number, O: number, density: number, random: Random, fault?: Fault): string[] {
  slabs.clear();
  const x = slabs.input(withZeros(B, I, density, random), random.below(2) === 1);
  const [w, b, d] = [I * O, O, B * O].map((count) => slabs.input(normal(count, random), random.below(2) === 1));
  const lists = slabs.output(8 + 16 * Math.max(I, B));
  const accumulated = normal(I * O, random);
  fault?.(x, b);
  const size = [B, I, O] as const;
  const runs: [string, number, (out: number) => void, (out: number) => void][] = [
    [
      "sparseForward",
      B * O,
      (out) => kernels.denseForward(out, x.address, w.address, b.address, lists.address, ...size),
      (out) => kernels.sparseForward(out, x.address, w.address, b.address, lists.address, ...size),
    ],
    [
      "sparseReluForward",
      B * O,
      (out) => kernels.denseReluForward(out, x.address, w.address, b.address, lists.address, ...size),
      (out) => kernels.sparseReluForward(out, x.address, w.address, b.address, lists.address, ...size),
    ],
    [
      "sparseWeightsBackward",
      I * O,
      (out) => kernels.weightsBackward(out, x.address, d.address, lists.address, ...size),
      (out) => kernels.sparseWeightsBackward(out, x.address, d.address, lists.address, ...size),
    ],
    [
      "sparseWeightsAccumulate",
      I * O,
      (out) => kernels.weightsAccumulate(out, x.address, d.address, lists.address, ...size),
      (out) => kernels.sparseWeightsAccumulate(out, x.address, d.address, lists.address, ...size),
    ],
  ];
  return runs.flatMap(([name, count, dense, sparse]) => {
    const [wanted, got] = [slabs.output(count), slabs.output(count)];
    if (name === "sparseWeightsAccumulate") for (const slab of [wanted, got]) slab.floats.set(accumulated);
    dense(wanted.address);
    sparse(got.address);
    return sameBits(wanted.floats, got.floats) && slabs.intact ? [] : [name];
  });
}

describe("the sparse kernels give the bits of the dense ones", () => {
  it("for small shapes at every edge, and every density", () => {
    const random = new Random(1);
    for (let B = 1; B <= 5; B++) {
      for (let I = 1; I <= 9; I++) {
        for (let O = 1; O <= 33; O++) {
          const density = [0, 0.1, 0.5, 1][random.below(4)];
          expect(differing(B, I, O, density, random), `${B}x${I}x${O}`).toEqual([]);
        }
      }
    }
  });

  it("for random shapes to 100", () => {
    const random = new Random(2);
    for (let trial = 0; trial < (LONG ? 20_000 : 150); trial++) {
      const [B, I, O] = [1 + random.below(70), 1 + random.below(100), 1 + random.below(70)];
      expect(differing(B, I, O, random.uniform(), random), `${B}x${I}x${O}`).toEqual([]);
    }
  });

  it("for one-hot rows and for rows without any light", () => {
    const random = new Random(3);
    const oneHot: Fault = ({ floats }) => {
      for (let r = 0; r < 20; r++) {
        floats.fill(0, r * 50, (r + 1) * 50);
        floats[r * 50 + random.below(50)] = 1;
      }
    };
    expect(differing(20, 50, 10, 1, random, oneHot)).toEqual([]);
    expect(differing(20, 50, 10, 1, random, ({ floats }) => void floats.fill(0))).toEqual([]);
  });

  it("control: biases of -0 under dark rows, which the network never has, are noticed", () => {
    const dark: Fault = (x, b) => {
      x.floats.fill(0);
      b.floats.fill(-0);
    };
    expect(differing(3, 8, 5, 1, new Random(4), dark)).toContain("sparseForward");
  });
});

describe("whole trainings", () => {
  /** Parameters and probabilities after some updates; `sparseBelow` 0 never skips, 2 always. */
  async function train(
    sizes: number[],
    sparseBelow: number,
    rowsAtATime: number,
    rows: number,
  ): Promise<Float32Array[]> {
    const network = new Network(
      await createCore(),
      { layers: sizes, activation: "relu", output: "softmax" },
      undefined,
      rowsAtATime,
    );
    network.sparseBelow = sparseBelow;
    const random = new Random(5);
    for (const [l, { inputs, outputs }] of network.layout.layers.entries()) {
      const weights = normal(inputs * outputs, random).map((w) => 0.2 * w);
      setLayerParameters(network, l, { weights, biases: new Float32Array(outputs) });
    }
    const optimizer = rows % 2 === 0 ? adam() : sgd({ learningRate: 0.1, momentum: 0.9 });
    const options = { optimizer, l1: 1e-4, l2: 1e-4, dropout: { input: 0.2, hidden: 0.4 } };
    const trainer = trainerOf(network, options, [13, 14]);
    const x = withZeros(rows, sizes[0], 0.25, random);
    const y = Int32Array.from({ length: rows }, () => random.below(sizes[sizes.length - 1]));
    for (let step = 0; step < 6; step++) trainer.step(x, y);
    network.writeInputs(x, 0, 1, 1);
    forwardPass(network, 1);
    return [network.parameters.slice(), network.outputs.slice(0, sizes[sizes.length - 1])];
  }

  for (const sizes of [
    [64, 32, 10],
    [50, 10],
    [33, 17, 9, 3],
  ]) {
    for (const [rowsAtATime, rows] of [
      [256, 40],
      [16, 41],
      [256, 1],
    ]) {
      it(`${sizes.join("-")}, ${rows} rows, ${rowsAtATime} at a time`, async () => {
        const [dense, sparse, byMeasure] = await Promise.all(
          [0, 2, 0.4].map((b) => train(sizes, b, rowsAtATime, rows)),
        );
        for (const other of [sparse, byMeasure]) {
          expect(other.map((values, i) => sameBits(values, dense[i]))).toEqual([true, true]);
        }
      });
    }
  }
});
