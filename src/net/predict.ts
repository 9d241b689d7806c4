/** From rows to probabilities, values and decisions. */

import { copySlice } from "../data/copy-rows.js";
import { Dataset } from "../data/dataset.js";
import { checkFinite, flatten, type Rows } from "../data/rows.js";
import { checkWhole, ownRealm, show } from "../ground/check.js";
import { exp, log } from "../ground/math.js";
import { argmax } from "../ground/statistics.js";
import { hasClasses, type Output } from "./activations.js";
import type { Network } from "./network.js";
import { activateOutputs, forwardPass } from "./passes.js";

/** What {@link MLP.predict} returns: class ids, zeros and ones, or values. */
export type Predictions<O extends Output> = O extends "softmax"
  ? Int32Array<ArrayBuffer>
  : O extends "sigmoid"
    ? Uint8Array<ArrayBuffer>
    : Float32Array<ArrayBuffer>;

/**
 * Probabilities (softmax, sigmoid) or values (linear) of rows, into `out` or a new array: the door of `predictProba`. With a
 * Float32Array `x` and an `out` nothing is allocated.
 */
export function predictProbabilities(
  network: Network,
  x: Rows | Dataset,
  out?: Float32Array,
  call = "predictProba",
): Float32Array {
  const { sizes } = network;
  const inputs = sizes[0];
  const outputs = sizes[sizes.length - 1];
  const flat = readRows(call, network, x);
  const rows = flat.length / inputs;
  const result = out === undefined ? new Float32Array(rows * outputs) : checkOut(call, out, rows, outputs);
  const scale = scaleOf(x);
  for (let from = 0; from < rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, rows - from);
    computeLogits(call, network, flat, from, count, scale, true);
    // Only an exponential of sums that are finite is not.
    if (network.output === "exponential") refuseNonFinite(call, network, from, count);
    copySlice(network.outputs, 0, count * outputs, result, from * outputs);
  }
  return out ?? result;
}

/** The last layer's sums. */
export function predictLogits(network: Network, x: Rows | Dataset, call = "logits"): Float32Array {
  return gather(call, network, x, network.sizes.length - 1, network.outputs);
}

/** log p of each class or output: z - log Σ exp(z), -log(1 + exp(-z)), in float64, rounded once. */
export function logProbabilities(network: Network, x: Rows | Dataset): Float32Array {
  const call = "predictLogProba";
  const { output, sizes } = network;
  if (!hasClasses(output)) {
    throw new TypeError(`${call}: the output must be softmax or sigmoid, got ${output}. Use predictProba for values.`);
  }
  const logits = predictLogits(network, x, call);
  const width = sizes[sizes.length - 1];
  if (output === "sigmoid") return logits.map((z) => Math.min(z, 0) - log(1 + exp(-Math.abs(z))));
  for (let r = 0; r < logits.length; r += width) {
    const row = logits.subarray(r, r + width);
    const peak = row[argmax(row, 0, width)];
    const rest = row.reduce((sum, z) => sum + exp(z - peak), 0);
    row.forEach((z, c) => {
      row[c] = z - peak - log(rest);
    });
  }
  return logits;
}

/** What layer `layer` gives to the next: the door of `activations`. */
export function activationsOf(network: Network, x: Rows | Dataset, layer: number): Float32Array {
  const call = "activations";
  const last = network.sizes.length - 1;
  checkWhole(call, "layer", layer, 1, last);
  if (layer === last) return predictProbabilities(network, x, undefined, call);
  const { y, outputs } = network.layout.layers[layer - 1];
  const view = new Float32Array(network.parameters.buffer, y, network.layout.rows * outputs);
  return gather(call, network, x, layer, view);
}

/** What lies in `view` after each piece of the rows, one after the other. */
function gather(call: string, network: Network, x: Rows | Dataset, layer: number, view: Float32Array): Float32Array {
  const width = network.sizes[layer];
  const flat = readRows(call, network, x);
  const rows = flat.length / network.sizes[0];
  const result = new Float32Array(rows * width);
  for (let from = 0; from < rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, rows - from);
    computeLogits(call, network, flat, from, count, scaleOf(x));
    copySlice(view, 0, count * width, result, from * width);
  }
  return result;
}

/** Class ids, zeros and ones, or values: the door of `predict`. */
export function decide(network: Network, x: Rows | Dataset): Predictions<Output> {
  const call = "predict";
  if (!hasClasses(network.output)) return predictProbabilities(network, x, undefined, call) as Predictions<Output>;
  const { sizes, output, outputs: logits } = network;
  const inputs = sizes[0];
  const outputs = sizes[sizes.length - 1];
  const flat = readRows(call, network, x);
  const rows = flat.length / inputs;
  const scale = scaleOf(x);
  const result = output === "softmax" ? new Int32Array(rows) : new Uint8Array(rows * outputs);
  for (let from = 0; from < rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, rows - from);
    computeLogits(call, network, flat, from, count, scale);
    if (output === "softmax") {
      for (let r = 0; r < count; r++) result[from + r] = argmax(logits, r * outputs, outputs);
    } else for (let i = 0; i < count * outputs; i++) result[from * outputs + i] = logits[i] > 0 ? 1 : 0;
  }
  return result;
}

/**
 * The logits of rows `from .. from+count`, in the network's memory; what the output makes of them if `isDone`.
 * @throws RangeError if a number of the rows is not finite, or becomes so on its way through the layers
 */
function computeLogits(
  call: string,
  network: Network,
  flat: ArrayLike<number>,
  from: number,
  count: number,
  scale: number,
  isDone = false,
): void {
  if (count === 1 && network.rowPlan?.forward(network, flat, from, isDone)) return;
  if (!network.writeInputs(flat, from, count, scale)) checkFinite(call, "x", flat, network.sizes[0]);
  if (count === 1) network.kernels = network.single;
  forwardPass(network, count);
  refuseNonFinite(call, network, from, count);
  if (isDone) activateOutputs(network, count);
}

/** @throws RangeError if the sums of one of the rows at hand, which begin with row `from`, are not finite */
export function refuseNonFinite(
  call: string,
  network: Pick<Network, "findNonFinite">,
  from: number,
  count: number,
): void {
  const wrong = network.findNonFinite(count);
  if (wrong === undefined) return;
  const row = from + wrong;
  throw new RangeError(
    `${call}: x must hold numbers whose sums float32 holds, got others at row ${row}. Standardise the inputs as in training.`,
  );
}

function checkOut(call: string, out: unknown, rows: number, outputs: number): Float32Array {
  const own = out instanceof Float32Array ? out : ownRealm(out);
  if (!(own instanceof Float32Array)) throw new TypeError(`${call}: out must be a Float32Array, got ${show(out)}.`);
  if (own.length === rows * outputs) return own;
  throw new RangeError(`${call}: out must hold ${rows} rows of ${outputs} numbers, got ${own.length}.`);
}

/** The commonest rows are known by their class at once; a Dataset by a property (Dataset's hasInstance): 20 ns. */
function isDataset(x: Rows | Dataset): x is Dataset {
  return !(x instanceof Float32Array) && x instanceof Dataset;
}

function scaleOf(x: Rows | Dataset): number {
  return isDataset(x) ? x.scale : 1;
}

/** Rows to predict as flat numbers; the array itself where they are flat already. */
function readRows(call: string, network: Network, x: Rows | Dataset): ArrayLike<number> {
  const inputs = network.sizes[0];
  if (isDataset(x)) {
    if (x.inputs !== inputs) throw new RangeError(`${call}: x must have ${inputs} inputs a row, got ${x.inputs}.`);
    return x.x;
  }
  if (!(x instanceof Float32Array) && ownRealm(x) instanceof Uint8Array) {
    throw new TypeError(
      `${call}: x must hold numbers as the model was trained on, got a Uint8Array. Say how bytes are scaled: Dataset.from({ x, rows, scale }).`,
    );
  }
  return flatten(call, "x", x, inputs);
}
