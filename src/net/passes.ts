/**
 * Forward, loss and backward: which kernels are called, in which order, on which addresses. Free functions: a network runs
 * them on its memory (src/net/network.ts), an export writes the calls down (src/exchange/standalone/wasm.ts).
 */
import type { Kernels } from "../core/kernels.js";
import type { LayerPlan } from "../core/memory-map.js";
import type { Output } from "./activations.js";
import type { ForwardKernels, ForwardLayer, ForwardPass, Pass, UnitMask } from "./pass-plan.js";

/**
 * From the inputs to the logits; a mask leaves units out, inputs in their place in memory.
 * @param training whether these rows are a mini-batch to learn from, by whose own moments batch normalisation goes
 */
export function forwardPass(pass: ForwardPass, rows: number, mask?: UnitMask, training = false): void {
  const { kernels, layout, activations, skipsZeros, extras } = pass;
  const { layers, inputs, scratch, rowPanel } = layout;
  const panel = rows === 1 ? (rowPanel ?? scratch) : scratch;
  mask?.drop(0, inputs, rows, layers[0].inputs);
  for (let l = 0; l < layers.length; l++) {
    const isHidden = l + 1 < layers.length;
    const isRelu = isHidden && activations[l] === "relu" && !layers[l].norm;
    const skips = l === 0 && skipsZeros;
    layerForward(kernels, layers[l], skips ? scratch : panel, rows, skips, isRelu);
    if (extras) extras.normalizers[l]?.forward(kernels, layers[l], rows, training);
    if (isHidden) activateHidden(pass, l, rows, mask);
  }
}

/** What follows the sums of hidden layer `l`: the activation, but for ReLU, which sums that are not normalised have had; and the mask. */
export function activateHidden(
  { kernels, layout, activations, extras }: ForwardPass,
  l: number,
  rows: number,
  mask?: UnitMask,
): void {
  const { u, y, outputs } = layout.layers[l];
  const activation = activations[l];
  if (activation === "sigmoid") kernels.sigmoidForward(y, y, rows * outputs);
  else if (activation === "tanh") kernels.tanhForward(y, y, rows * outputs);
  else if (extras) extras.curves[l]?.forward(kernels, y, u, rows * outputs);
  mask?.drop(l + 1, y, rows, outputs);
}

function layerForward(
  kernels: ForwardKernels,
  { z, x, w, b, inputs, outputs }: ForwardLayer,
  scratch: number,
  rows: number,
  sparse: boolean,
  relu: boolean,
): void {
  if (sparse) {
    if (relu) kernels.sparseReluForward(z, x, w, b, scratch, rows, inputs, outputs);
    else kernels.sparseForward(z, x, w, b, scratch, rows, inputs, outputs);
  } else if (relu) kernels.denseReluForward(z, x, w, b, scratch, rows, inputs, outputs);
  else kernels.denseForward(z, x, w, b, scratch, rows, inputs, outputs);
}

/** Turns the last sums into probabilities (softmax, sigmoid) or values in place; linear outputs are values already. */
export function activateOutputs(
  { kernels, layout, output, extras }: Pick<ForwardPass, "kernels" | "layout" | "extras"> & { readonly output: Output },
  rows: number,
): void {
  const { logits, layers } = layout;
  const { outputs } = layers[layers.length - 1];
  if (output === "softmax") kernels.softmaxForward(logits, logits, rows, outputs);
  else if (output === "sigmoid") kernels.sigmoidForward(logits, logits, rows * outputs);
  else if (extras) extras.outputCurve?.forward(kernels, logits, logits, rows * outputs);
}

/**
 * All gradients, from the last layer to the first.
 * @param first whether these rows are the first of their mini-batch: their gradients overwrite, later ones are added
 * @param mask the one that {@link forwardPass} had
 * @param rates what layers' learning rates are multiplied by: gradients of those with 0 stay as they are
 */
export function backwardPass(
  pass: Pass,
  rows: number,
  first: boolean,
  mask?: UnitMask,
  rates?: readonly number[],
): void {
  const { kernels, layout, skipsZeros, extras } = pass;
  const { layers, scratch } = layout;
  const lowest = lowestTrained(rates);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { db, dy, outputs } = layers[l];
    if (rates?.[l] !== 0) {
      weightsBackward(kernels, layers[l], scratch, rows, first, l === 0 && skipsZeros);
      if (first) kernels.biasesBackward(db, dy, rows, outputs);
      else kernels.biasesAccumulate(db, dy, rows, outputs);
    }
    if (l === lowest) return; // Nobody asks for the gradient of the data, nor of what lies below.
    inputsBackward(pass, l, rows, mask);
    if (!extras) continue;
    extras.normalizers[l - 1]?.backward(kernels, layers[l - 1], rows, first);
    if (rates?.[l - 1] === 0) forgetGain(kernels, layers[l - 1]);
  }
}

/** After an update from a mini-batch of so many rows: its moments move the running ones, of frozen layers too. */
export function stepMoments({ kernels, layout, extras }: Pass, rows: number): void {
  extras?.normalizers.forEach((own, l) => {
    own?.step?.(kernels, layout.layers[l], rows);
  });
}

/** Of a frozen layer the derivative by its sums is asked for alone; those by gain and shift, which come with it, become 0. */
export function forgetGain(kernels: Kernels, { norm, outputs }: LayerPlan): void {
  if (norm) kernels.clipStep(norm.dgain, 2 * outputs, 0);
}

/** The first layer that is not frozen. */
export function lowestTrained(rates: readonly number[] | undefined): number {
  return rates ? rates.findIndex((rate) => rate > 0) : 0;
}

function weightsBackward(
  kernels: Kernels,
  { dw, x, dy, inputs, outputs }: LayerPlan,
  scratch: number,
  rows: number,
  first: boolean,
  sparse: boolean,
): void {
  if (sparse) {
    if (first) kernels.sparseWeightsBackward(dw, x, dy, scratch, rows, inputs, outputs);
    else kernels.sparseWeightsAccumulate(dw, x, dy, scratch, rows, inputs, outputs);
  } else if (first) kernels.weightsBackward(dw, x, dy, scratch, rows, inputs, outputs);
  else kernels.weightsAccumulate(dw, x, dy, scratch, rows, inputs, outputs);
}

/** The derivative by what the activation took of the layer below `l`: through the weights of `l`, the mask, then the activation below. */
function inputsBackward(pass: Pass, l: number, rows: number, mask: UnitMask | undefined): void {
  const { kernels, layout, activations } = pass;
  const { layers, scratch } = layout;
  const { dy, w, inputs, outputs } = layers[l];
  const { dy: dx, y } = layers[l - 1];
  if (activations[l - 1] === "relu") kernels.inputsReluBackward(dx, dy, w, y, scratch, rows, inputs, outputs);
  else kernels.inputsBackward(dx, dy, w, scratch, rows, inputs, outputs);
  slopesBackward(pass, l - 1, rows, mask);
}

/** What follows the derivative by the outputs of hidden layer `l`: the mask, and the slopes of its activation. */
export function slopesBackward(pass: Pass, l: number, rows: number, mask?: UnitMask): void {
  const { kernels, layout, activations, extras } = pass;
  const { dy, y, u, outputs } = layout.layers[l];
  const activation = activations[l];
  mask?.drop(l + 1, dy, rows, outputs);
  // A unit left out is 0, where ReLU's slope is 0 too: what was left to do is the scale.
  if (activation === "relu") return;
  const curve = extras?.curves[l];
  // These slopes are taken from the output, so it must be what the activation gave.
  if (activation !== "identity" && !curve?.keepsSum) mask?.scaleBack(l + 1, y, rows, outputs);
  if (activation === "sigmoid") kernels.sigmoidBackward(dy, dy, y, rows * outputs);
  else if (activation === "tanh") kernels.tanhBackward(dy, dy, y, rows * outputs);
  else curve?.backward(kernels, dy, dy, curve.keepsSum ? u : y, rows * outputs);
}
