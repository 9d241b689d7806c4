/** From rows to probabilities, values and decisions. */

import { Dataset } from "../data/dataset.js";
import { checkFinite, copySlice, flatten, type Rows } from "../data/rows.js";
import { ownRealm, show } from "../ground/check.js";
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
    computeLogits(call, network, flat, from, count, scale);
    activateOutputs(network, count);
    // Only an exponential of sums that are finite is not.
    if (network.output === "exponential") refuseNonFinite(call, network, from, count);
    copySlice(network.outputs, 0, count * outputs, result, from * outputs);
  }
  return out ?? result;
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
 * The logits of rows `from .. from+count`, in the network's memory.
 * @throws RangeError if a number of the rows is not finite, or becomes so on its way through the layers
 */
function computeLogits(
  call: string,
  network: Network,
  flat: ArrayLike<number>,
  from: number,
  count: number,
  scale: number,
): void {
  if (!network.writeInputs(flat, from, count, scale)) checkFinite(call, "x", flat, network.sizes[0]);
  forwardPass(network, count);
  refuseNonFinite(call, network, from, count);
}

function refuseNonFinite(call: string, network: Network, from: number, count: number): void {
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
