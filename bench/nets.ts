/** The nets that updates and predictions are timed on, with seeded weights and rows. */

import { Random } from "../src/ground/random.js";
import { MLP } from "../src/index.js";

/** Layers and the rows of a mini-batch. */
export const NETS: readonly { layers: number[]; batch: number }[] = [
  { layers: [2, 10, 2], batch: 4 },
  { layers: [30, 64, 2], batch: 32 },
  { layers: [64, 64, 10], batch: 64 },
  { layers: [784, 128, 10], batch: 64 },
  { layers: [784, 128, 10], batch: 256 },
  { layers: [784, 800, 10], batch: 128 },
];

export interface Prepared {
  net: MLP<"softmax">;
  x: Float32Array;
  y: Int32Array;
}

/** A net and `rows` dense rows, drawn from N(0, 1), with class ids. */
export async function prepare(layers: readonly number[], rows: number): Promise<Prepared> {
  const random = new Random(7);
  const net = await MLP.create({ layers, seed: 1 });
  const x = Float32Array.from({ length: rows * layers[0] }, () => random.normal());
  const y = Int32Array.from({ length: rows }, () => random.below(layers[layers.length - 1]));
  return { net, x, y };
}

/** Parameters in one list, W1 b1 W2 b2 ... */
export function flatParameters(net: MLP): number[] {
  return net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);
}
