/** From rows to probabilities, values and decisions. */
import { show } from "./check.js";
import { Dataset } from "./dataset.js";
import { argmax } from "./metrics.js";
import type { Network, Output } from "./network.js";
import { checkFinite, flatten, type Rows } from "./rows.js";

/** What {@link MLP.predict} returns: class ids, zeros and ones, or values. */
export type Predictions<O extends Output> = {
  softmax: Int32Array<ArrayBuffer>;
  sigmoid: Uint8Array<ArrayBuffer>;
  linear: Float32Array<ArrayBuffer>;
}[O];

/**
 * Probabilities (softmax, sigmoid) or values (linear) of rows, into `out` or a new array: the door of `predictProba`. With a
 * Float32Array `x` and an `out` nothing is allocated.
 */
export function predictProbabilities(network: Network, x: Rows | Dataset, out?: Float32Array): Float32Array {
  const call = "predictProba";
  const { sizes } = network;
  const inputs = sizes[0];
  const outputs = sizes[sizes.length - 1];
  const flat = readRows(call, network, x);
  const rows = flat.length / inputs;
  const result = out ?? new Float32Array(rows * outputs);
  if (!(result instanceof Float32Array)) {
    throw new TypeError(`${call}: out must be a Float32Array, got ${show(result)}.`);
  }
  if (result.length !== rows * outputs) {
    throw new RangeError(`${call}: out must hold ${rows} rows of ${outputs} numbers, got ${result.length}.`);
  }
  const scale = x instanceof Dataset ? x.scale : 1;
  for (let from = 0; from < rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, rows - from);
    if (!network.writeInputs(flat, from, count, scale)) checkFinite(call, "x", flat, inputs);
    network.forward(count);
    network.activateOutputs(count);
    copyOut(network.outputs, count * outputs, result, from * outputs);
  }
  return result;
}

/** Class ids, zeros and ones, or values: the door of `predict`. */
export function decide(network: Network, x: Rows | Dataset): Predictions<Output> {
  const call = "predict";
  const { sizes, output, outputs: logits } = network;
  const inputs = sizes[0];
  const outputs = sizes[sizes.length - 1];
  const flat = readRows(call, network, x);
  const rows = flat.length / inputs;
  const scale = x instanceof Dataset ? x.scale : 1;
  const result = new { softmax: Int32Array, sigmoid: Uint8Array, linear: Float32Array }[output](
    output === "softmax" ? rows : rows * outputs,
  );
  for (let from = 0; from < rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, rows - from);
    if (!network.writeInputs(flat, from, count, scale)) checkFinite(call, "x", flat, inputs);
    network.forward(count);
    if (output === "softmax") {
      for (let r = 0; r < count; r++) result[from + r] = argmax(logits, r * outputs, outputs);
    } else if (output === "sigmoid") {
      for (let i = 0; i < count * outputs; i++) result[from * outputs + i] = logits[i] > 0 ? 1 : 0;
    } else copyOut(logits, count * outputs, result as Float32Array, from * outputs);
  }
  return result;
}

/** Rows to predict as flat numbers; the array itself where they are flat already. */
function readRows(call: string, network: Network, x: Rows | Dataset): ArrayLike<number> {
  const inputs = network.sizes[0];
  if (x instanceof Dataset) {
    if (x.inputs !== inputs) throw new RangeError(`${call}: x must have ${inputs} inputs a row, got ${x.inputs}.`);
    return x.x;
  }
  if (x instanceof Uint8Array) {
    throw new TypeError(
      `${call}: x must hold numbers as the model was trained on, got a Uint8Array. Say how bytes are scaled: Dataset.from({ x, rows, scale }).`,
    );
  }
  return flatten(call, "x", x, inputs);
}

function copyOut(source: Float32Array, count: number, target: Float32Array, at: number): void {
  if (count > 32) target.set(source.subarray(0, count), at);
  else for (let i = 0; i < count; i++) target[at + i] = source[i];
}
