/**
 * Forward, loss and backward: which kernels are called, in which order, on which addresses. Free functions: a network runs
 * them on its memory (src/net/network.ts), an export writes the calls down (src/exchange/standalone/wasm.ts).
 */
import type { Kernels } from "../core/kernels.js";
import type { LayerPlan, Layout } from "../core/memory-map.js";
import type { Activation, Output } from "./activations.js";

/** An activation of the second module (src/net/curves.ts): its kernels, and whether its slope is computed from the sums. */
export interface Curve {
  readonly keepsSum: boolean;
  forward(kernels: Pick<Kernels, "tanhForward">, y: number, x: number, n: number): void;
  backward(kernels: Kernels, dz: number, dy: number, kept: number, n: number): void;
}

/** A loss of the second module: d and the sum over `rows` rows, from values z (sums, of exponential outputs) and targets t. */
export type ValueLoss = (pass: Pass, d: number, z: number, t: number, rows: number, scale: number) => number;

/** What normalises the sums of a hidden layer (src/net/normalizers.ts), in the slabs of its plan. */
export interface Normalizer {
  /** From the sums to what the activation takes; in training the backward pass finds what it needs. */
  forward(kernels: ForwardKernels, layer: NormalisedLayer, rows: number, training: boolean): void;
  /** The derivative by the sums, in the place of that by what the activation took; and by gain and shift, added unless `first`. */
  backward(kernels: Kernels, layer: LayerPlan, rows: number, first: boolean): void;
  /** The same in parts, each of which takes no longer than `part` floats do. */
  forwardSlices(
    kernels: Kernels,
    layer: LayerPlan,
    rows: number,
    training: boolean,
    part: number,
  ): Generator<number, void>;
  backwardSlices(
    kernels: Kernels,
    layer: LayerPlan,
    rows: number,
    first: boolean,
    part: number,
  ): Generator<number, void>;
  /** After an update from a mini-batch of so many rows: what the next predictions are normalised by. */
  step?(kernels: Kernels, layer: LayerPlan, rows: number): void;
}

/** What a network has of the second module. */
export interface Extras {
  /** Of hidden layers; none where they are not normalised. */
  readonly normalizers: readonly (Normalizer | undefined)[];
  /** Of hidden layers; none where the core's kernels do. */
  readonly curves: readonly (Curve | undefined)[];
  /** What makes values of the last sums. */
  readonly outputCurve?: Curve;
  readonly loss?: ValueLoss;
}

/** The kernels of a forward pass. */
export type ForwardKernels = Pick<
  Kernels,
  | "denseForward"
  | "denseReluForward"
  | "sparseForward"
  | "sparseReluForward"
  | "sigmoidForward"
  | "tanhForward"
  | "softmaxForward"
>;

/** What normalising needs of a layer. */
export type NormalisedLayer = Pick<LayerPlan, "outputs" | "z" | "u" | "norm">;

type ForwardLayer = Pick<LayerPlan, "inputs" | "w" | "b" | "x" | "y"> & NormalisedLayer;

/** Where a forward pass finds things. */
export interface ForwardPlan {
  readonly layers: readonly ForwardLayer[];
  readonly inputs: number;
  readonly logits: number;
  readonly scratch: number;
}

/** What a forward pass needs: kernels, where things lie, the activation of each hidden layer. */
export interface ForwardPass {
  readonly kernels: ForwardKernels;
  readonly layout: ForwardPlan;
  readonly activations: readonly Activation[];
  readonly extras?: Extras;
  /** Whether the first layer's kernels skip zeros of the inputs; the results are the same bits either way. */
  readonly skipsZeros: boolean;
}

/** What all passes need: a network has it. */
export interface Pass extends ForwardPass {
  readonly kernels: Kernels;
  readonly layout: Layout;
  readonly output: Output;
}

/**
 * One step of an optimizer, the `t`-th from 1 on, of `count` parameters that begin at byte `at` of their slab. Called for one
 * stretch of the parameters after the other.
 */
export type Rule = (pass: Pick<Pass, "kernels" | "layout">, at: number, count: number, rate: number, t: number) => void;

/** Weights of Σ|W| and ½·ΣW², one of each a layer. */
export interface Penalties {
  readonly l1: readonly number[];
  readonly l2: readonly number[];
}

/** What leaves units out of an update (src/net/dropout.ts): a pass only says when. Layer 0 is the inputs. */
export interface UnitMask {
  /** Leaves units of a layer out, and scales the others up: `rows` rows of `width` units at the address y. */
  drop(layer: number, y: number, rows: number, width: number): void;
  /** Undoes the scaling of what was kept. */
  scaleBack(layer: number, y: number, rows: number, width: number): void;
}

/**
 * From the inputs to the logits; a mask leaves units out, inputs in their place in memory.
 * @param training whether these rows are a mini-batch to learn from, by whose own moments batch normalisation goes
 */
export function forwardPass(pass: ForwardPass, rows: number, mask?: UnitMask, training = false): void {
  const { kernels, layout, activations, skipsZeros, extras } = pass;
  const { layers, inputs, scratch } = layout;
  mask?.drop(0, inputs, rows, layers[0].inputs);
  for (let l = 0; l < layers.length; l++) {
    const isHidden = l + 1 < layers.length;
    const isRelu = isHidden && activations[l] === "relu" && !layers[l].norm;
    layerForward(kernels, layers[l], scratch, rows, l === 0 && skipsZeros, isRelu);
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

/** The derivative by the inputs of the rows at hand, in their place: after the backward pass, which needs them. */
export function inputGradients({ kernels, layout }: Pass, rows: number, mask?: UnitMask): void {
  const { layers, inputs: dx, scratch } = layout;
  const { dy, w, inputs, outputs } = layers[0];
  kernels.inputsBackward(dx, dy, w, scratch, rows, inputs, outputs);
  mask?.drop(0, dx, rows, inputs);
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
