/** What is done with the gradients of large networks, in slices with the bits of src/net/gradients.ts. */
import { forEachSlice } from "../ground/slices.js";
import type { Pass, Penalties } from "./pass-plan.js";

/** Weights looked at or changed at a time, a multiple of the lanes of a register. */
const STRETCH = 2 ** 17;

/** What a network has of it (src/net/network.ts). */
interface Network extends Pass {
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
}

/** Adds the penalties' gradient and returns the penalties; as {@link penalise}, whose sums run in four strands. */
export function* penaltySlices(
  network: Network,
  { l1, l2 }: Penalties,
  rates?: readonly number[],
): Generator<number, number> {
  let penalty = 0;
  for (const [l, { dw, w, inputs, outputs }] of network.layout.layers.entries()) {
    if (l1[l] === 0 && l2[l] === 0) continue;
    const weights = new Float32Array(network.parameters.buffer, w, inputs * outputs);
    const [sizes, squares] = [new Float64Array(4), new Float64Array(4)];
    yield* forEachSlice(
      weights.length,
      (from, to) => {
        network.kernels.penaltyAccumulate(dw + 4 * from, w + 4 * from, to - from, l1[l], l2[l]);
        if (rates?.[l] === 0) network.kernels.clipStep(dw + 4 * from, to - from, 0);
        for (let i = from; i < to; i++) {
          sizes[i & 3] += Math.abs(weights[i]);
          squares[i & 3] += weights[i] * weights[i];
        }
      },
      STRETCH,
    );
    penalty += Math.fround(l1[l]) * sumOfFour(sizes) + 0.5 * Math.fround(l2[l]) * sumOfFour(squares);
  }
  return penalty;
}

/** Shortens the whole gradient to the length `limit` if it is longer; as {@link clipGradients}. */
export function* clipSlices({ gradients, kernels, layout }: Network, limit: number): Generator<number, void> {
  const squares = new Float64Array(4);
  const { length } = gradients;
  const add = (from: number, to: number) => {
    for (let i = from; i < to; i++) squares[i & 3] += gradients[i] * gradients[i];
  };
  yield* forEachSlice(length, add, STRETCH);
  const norm = Math.sqrt(sumOfFour(squares));
  if (!(norm > limit)) return;
  const clip = (from: number, to: number) => kernels.clipStep(layout.grads + 4 * from, to - from, limit / norm);
  yield* forEachSlice(length, clip, STRETCH);
}

/** Cuts each component of the gradient to the size `limit`. */
export function clampSlices({ kernels, layout }: Network, limit: number): Generator<number, void> {
  const clamp = (from: number, to: number) => kernels.clampStep(layout.grads + 4 * from, to - from, limit);
  return forEachSlice(layout.parameterCount, clamp, STRETCH);
}

/** As the core adds the lanes of its two registers. */
function sumOfFour([a, b, c, d]: Float64Array): number {
  return a + c + (b + d);
}
