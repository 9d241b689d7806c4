/**
 * The passes of large networks, cut: a layer of 4096 by 4096 weights takes 16 rows longer than there is between two turns. Each
 * part is a product of the kernels that src/net/passes.ts calls, and sums run over the same numbers in the same order, so the
 * bits are the same.
 *
 *   B rows, I inputs, O outputs     X [B×I]  W [I×O]  Y, D [B×O]
 *
 *   forward           Y = b, then Y += X·W by stretches of the inputs: as the gradient's product does it, with Xᵀ for X
 *   weight gradient   dW = Xᵀ·D by stretches of the inputs
 *   input gradient    dX = D·Wᵀ by stretches of the inputs
 */
import { type LayerPlan, PART } from "../core/memory-map.js";
import type { Pass, UnitMask } from "./pass-plan.js";
import { activateHidden, forgetGain, lowestTrained, slopesBackward } from "./passes.js";
import { type RowsAtHand, undisturbed } from "./undisturbed.js";

/** Multiply-adds of a part: a quarter of a millisecond, more where weights come from main memory. */
const PART_WORK = 4e6;

/** What a network has of it (src/net/network.ts). */
interface Network extends Pass, RowsAtHand {
  readonly layout: Pass["layout"];
  skipsZeros: boolean;
  readonly gradients: Float32Array;
}

/** From the inputs to the logits; as {@link forwardPass}. */
export function forwardSlices(
  network: Network,
  rows: number,
  mask?: UnitMask,
  training = false,
): Generator<number, void> {
  return undisturbed(network, forward(network, rows, mask, training));
}

/** All gradients, from the last layer to the first; as {@link backwardPass}. */
export function backwardSlices(
  network: Network,
  rows: number,
  first: boolean,
  mask?: UnitMask,
  rates?: readonly number[],
): Generator<number, void> {
  return undisturbed(network, backward(network, rows, first, mask, rates));
}

/** What a trainer has of it (src/train/updates.ts). */
interface Trainer {
  readonly dropout: (UnitMask & { row: number }) | undefined;
  readonly options: { readonly layerRates: readonly number[] | undefined };
  rowsSoFar: number;
  measure(count: number, total: number): void;
}

/** Forward, loss and backward of a piece of a mini-batch; as a trainer's `piece`. */
export function* pieceSlices(
  trainer: Trainer,
  network: Network,
  count: number,
  total: number,
): Generator<number, void> {
  const { dropout, options } = trainer;
  if (dropout) dropout.row = trainer.rowsSoFar;
  yield* forwardSlices(network, count, dropout, true);
  trainer.measure(count, total);
  yield* backwardSlices(network, count, trainer.rowsSoFar === 0, dropout, options.layerRates);
  trainer.rowsSoFar += count;
}

function* forward(
  network: Network,
  rows: number,
  mask: UnitMask | undefined,
  training: boolean,
): Generator<number, void> {
  const { layout, activations, skipsZeros, kernels, extras } = network;
  const { layers, inputs } = layout;
  mask?.drop(0, inputs, rows, layers[0].inputs);
  for (let l = 0; l < layers.length; l++) {
    const isHidden = l + 1 < layers.length;
    yield* layerForward(network, layers[l], rows, l === 0 && skipsZeros);
    if (!isHidden) continue;
    const normalizer = extras?.normalizers[l];
    if (normalizer) yield* normalizer.forwardSlices(kernels, layers[l], rows, training, PART);
    else if (activations[l] === "relu") relu(floats(network, layers[l].z, rows * layers[l].outputs));
    activateHidden(network, l, rows, mask);
  }
}

/** Z = b + X·W */
function* layerForward(
  network: Network,
  { x, z, w, b, inputs, outputs }: LayerPlan,
  rows: number,
  skipsZeros: boolean,
): Generator<number, void> {
  const { kernels, layout } = network;
  const { parts, scratch } = layout;
  const accumulate = skipsZeros ? kernels.sparseWeightsAccumulate : kernels.weightsAccumulate;
  const from = floats(network, x, rows * inputs);
  const part = floats(network, parts, PART);
  const sums = floats(network, z, rows * outputs);
  for (let r = 0; r < rows; r++) sums.set(floats(network, b, outputs), r * outputs);
  const stretch = stretchOf(rows, outputs);
  for (let i = 0; i < inputs; i += stretch) {
    const count = Math.min(stretch, inputs - i);
    for (let r = 0; r < rows; r++) for (let k = 0; k < count; k++) part[k * rows + r] = from[r * inputs + i + k];
    accumulate(z, parts, w + 4 * i * outputs, scratch, count, rows, outputs);
    yield rows * count * outputs;
  }
}

/** max(y, 0); NaN stays NaN, and -0 stays -0, as in the kernels. */
function relu(sums: Float32Array): void {
  for (let i = 0; i < sums.length; i++) if (sums[i] < 0) sums[i] = 0;
}

function* backward(
  network: Network,
  rows: number,
  first: boolean,
  mask?: UnitMask,
  rates?: readonly number[],
): Generator<number, void> {
  const { kernels, layout, skipsZeros, extras } = network;
  const { layers } = layout;
  const lowest = lowestTrained(rates);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { db, dy, outputs } = layers[l];
    if (rates?.[l] !== 0) {
      yield* weightsBackward(network, layers[l], rows, first, l === 0 && skipsZeros);
      if (first) kernels.biasesBackward(db, dy, rows, outputs);
      else kernels.biasesAccumulate(db, dy, rows, outputs);
    }
    if (l === lowest) return;
    yield* inputsBackward(network, l, rows);
    slopesBackward(network, l - 1, rows, mask);
    const normalizer = extras?.normalizers[l - 1];
    if (normalizer) yield* normalizer.backwardSlices(kernels, layers[l - 1], rows, first, PART);
    if (rates?.[l - 1] === 0) forgetGain(kernels, layers[l - 1]);
  }
}

/** dW = Xᵀ·D, or dW += Xᵀ·D */
function* weightsBackward(
  network: Network,
  { x, dw, dy, inputs, outputs }: LayerPlan,
  rows: number,
  first: boolean,
  skipsZeros: boolean,
): Generator<number, void> {
  const { kernels, layout } = network;
  const { parts, scratch } = layout;
  const from = floats(network, x, rows * inputs);
  const part = floats(network, parts, PART);
  const stretch = stretchOf(rows, outputs);
  const dense = first ? kernels.weightsBackward : kernels.weightsAccumulate;
  const sparse = first ? kernels.sparseWeightsBackward : kernels.sparseWeightsAccumulate;
  for (let i = 0; i < inputs; i += stretch) {
    const count = Math.min(stretch, inputs - i);
    for (let r = 0; r < rows; r++) part.set(from.subarray(r * inputs + i, r * inputs + i + count), r * count);
    (skipsZeros ? sparse : dense)(dw + 4 * i * outputs, parts, dy, scratch, rows, count, outputs);
    yield rows * count * outputs;
  }
}

/** dX = D·Wᵀ, where X is positive if ReLU made it. */
function* inputsBackward(network: Network, l: number, rows: number): Generator<number, void> {
  const { kernels, layout, activations } = network;
  const { layers, parts, scratch } = layout;
  const { dy, w, inputs, outputs } = layers[l];
  const to = floats(network, layers[l - 1].dy, rows * inputs);
  const below = floats(network, layers[l - 1].y, rows * inputs);
  const part = floats(network, parts, PART);
  const isRelu = activations[l - 1] === "relu";
  const stretch = stretchOf(rows, outputs);
  for (let i = 0; i < inputs; i += stretch) {
    const count = Math.min(stretch, inputs - i);
    kernels.inputsBackward(parts, dy, w + 4 * i * outputs, scratch, rows, count, outputs);
    for (let r = 0; r < rows; r++) {
      for (let k = 0, at = r * inputs + i; k < count; k++, at++) {
        to[at] = isRelu && !(below[at] > 0) ? 0 : part[r * count + k];
      }
    }
    yield rows * count * outputs;
  }
}

/** Inputs of a part, a multiple of the columns of a panel: so many that their rows fit where parts lie. */
function stretchOf(rows: number, outputs: number): number {
  const inputs = Math.min(PART_WORK / (rows * outputs), PART / rows);
  return Math.max(16, 16 * Math.floor(inputs / 16));
}

/** A view of the network's memory. */
function floats(network: Network, address: number, count: number): Float32Array {
  return new Float32Array(network.parameters.buffer, address, count);
}
