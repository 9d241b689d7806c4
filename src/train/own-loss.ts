/** Losses of the caller's own: outputs of a mini-batch, and from their derivatives all gradients. */
import { checkFinite } from "../data/rows.js";
import type { Dropout } from "../net/dropout.js";
import type { LossPass } from "../net/losses.js";
import { activateOutputs, backwardPass, forwardPass } from "../net/passes.js";

/** What a trainer has of it (src/train/trainer.ts). */
interface Updates {
  readonly network: LossPass & {
    readonly sizes: readonly number[];
    readonly inputs: Float32Array;
    readonly values: Float32Array;
    readonly parameters: Float32Array;
    readonly uses: number;
    writeInputs(x: Float32Array, from: number, rows: number, scale: number): boolean;
  };
  readonly dropout: Dropout | undefined;
  readonly options: { readonly layerRates: readonly number[] | undefined };
  rowsSoFar: number;
}

/** A mini-batch whose outputs were asked for, until their derivatives come. */
export interface Ahead {
  /** [rows, inputs] */
  readonly x: Float32Array;
  readonly rows: number;
  /** [rows, outputs] */
  readonly outputs: Float32Array;
  /** What the network counted when they were made: it has been used since if it counts more. */
  readonly uses: number;
}

/** What {@link Trainer.backward} is told of derivatives. */
export interface BackwardOptions {
  /**
   * What they are derivatives by: the outputs as `forward` gave them, or the sums of the last layer ("logits": before its softmax,
   * sigmoid or activation). Default: `"outputs"`.
   */
  by?: "outputs" | "logits";
  /** Whether to return the derivative by the inputs. Default: false. */
  inputs?: boolean;
}

/** Rows as they train, dropout included; the rows of the mini-batch before them are counted. */
export function forwardRows(call: string, updates: Updates, x: Float32Array): Ahead {
  const { network } = updates;
  const { sizes, layout } = network;
  const [inputs, width] = [sizes[0], sizes[sizes.length - 1]];
  const rows = x.length / inputs;
  const outputs = new Float32Array(rows * width);
  for (let from = 0; from < rows; from += layout.rows) {
    const count = Math.min(layout.rows, rows - from);
    if (!pass(updates, x, from, count, updates.rowsSoFar)) checkFinite(call, "x", x, inputs);
    outputs.set(network.values.subarray(0, count * width), from * width);
  }
  checkFinite(call, "the outputs", outputs, width);
  return { x, rows, outputs, uses: network.uses };
}

/**
 * From inputs to outputs, which come to lie in `network.values`; returns whether the inputs are finite.
 * @param before rows of the mini-batch before these `x`
 */
function pass({ network, dropout }: Updates, x: Float32Array, from: number, count: number, before: number): boolean {
  if (!network.writeInputs(x, from, count, 1)) return false;
  if (dropout) dropout.row = before + from;
  forwardPass(network, count, dropout, true);
  const { y, z, outputs } = network.layout.layers[network.layout.layers.length - 1];
  const curve = network.extras?.outputCurve;
  // The slope of an activation needs the sums, too.
  if (curve) curve.forward(network.kernels, y, z, count * outputs);
  else activateOutputs(network, count);
  return true;
}

/**
 * Adds the gradients of `ahead` for these derivatives, [rows, outputs].
 * @returns the derivative by its inputs, [rows, inputs], if it is asked for
 */
export function backwardRows(
  updates: Updates,
  ahead: Ahead,
  derivatives: ArrayLike<number>,
  { by = "outputs", inputs = false }: BackwardOptions,
): Float32Array | undefined {
  const { network, dropout, options } = updates;
  const { sizes, layout } = network;
  const width = sizes[0];
  const result = inputs ? new Float32Array(ahead.rows * width) : undefined;
  // Of one piece all is still there, unless something else has been computed meanwhile.
  const isThere = ahead.rows <= layout.rows && network.uses === ahead.uses;
  const before = updates.rowsSoFar;
  for (let from = 0; from < ahead.rows; from += layout.rows) {
    const count = Math.min(layout.rows, ahead.rows - from);
    if (!isThere) pass(updates, ahead.x, from, count, before);
    writeDerivatives(updates, ahead, derivatives, from, count, by);
    // By the inputs all layers are asked, frozen ones too.
    const rates = inputs ? undefined : options.layerRates;
    backwardPass(network, count, updates.rowsSoFar === 0, dropout, rates);
    if (result) {
      inputGradients(network, count, dropout);
      result.set(network.inputs.subarray(0, count * width), from * width);
    }
    updates.rowsSoFar = before + from + count;
  }
  return result;
}

/** Puts derivatives of rows `from .. from+count` where the last layer's are read: those by its sums. */
function writeDerivatives(
  { network }: Updates,
  { outputs: made }: Ahead,
  derivatives: ArrayLike<number>,
  from: number,
  count: number,
  by: "outputs" | "logits",
): void {
  const { output, extras, kernels, layout, parameters } = network;
  const { dy, y, z, outputs } = layout.layers[layout.layers.length - 1];
  const d = new Float32Array(parameters.buffer, dy, count * outputs);
  const at = from * outputs;
  for (let i = 0; i < d.length; i++) d[i] = derivatives[at + i];
  if (by === "logits") return;
  const curve = extras?.outputCurve;
  if (curve) curve.backward(kernels, dy, dy, curve.keepsSum ? z : y, count * outputs);
  else if (output === "sigmoid") for (let i = 0; i < d.length; i++) d[i] *= made[at + i] * (1 - made[at + i]);
  else if (output === "softmax") {
    for (let r = 0; r < d.length; r += outputs) {
      // The Jacobian of softmax: p·(g - Σ g·p).
      let mean = 0;
      for (let j = r; j < r + outputs; j++) mean += derivatives[at + j] * made[at + j];
      for (let j = r; j < r + outputs; j++) d[j] = made[at + j] * (derivatives[at + j] - mean);
    }
  }
}

/** The derivative by the inputs of the rows at hand, in their place: after the backward pass, which needs them. */
function inputGradients({ kernels, layout }: LossPass, rows: number, mask?: Dropout): void {
  const { layers, inputs: dx, scratch } = layout;
  const { dy, w, inputs, outputs } = layers[0];
  kernels.inputsBackward(dx, dy, w, scratch, rows, inputs, outputs);
  mask?.drop(0, dx, rows, inputs);
}
