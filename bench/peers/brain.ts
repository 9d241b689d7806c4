/** What brain.js computes, naively and in float64: ReLU in every layer, squared error, one row an update, no momentum. */

interface Layer {
  weights: Float64Array;
  biases: Float64Array;
  inputs: number;
  outputs: number;
}

function layersOf(sizes: readonly number[], parameters: Float32Array): Layer[] {
  let at = 0;
  const take = (count: number) => {
    at += count;
    return Float64Array.from(parameters.subarray(at - count, at));
  };
  return sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l];
    return { weights: take(inputs * outputs), biases: take(outputs), inputs, outputs };
  });
}

/** Values of every layer for one row, the row first. */
function forward(layers: readonly Layer[], row: Float64Array): Float64Array[] {
  const values = [row];
  for (const { weights, biases, inputs, outputs } of layers) {
    const x = values[values.length - 1];
    const y = biases.slice();
    for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) y[o] += x[i] * weights[i * outputs + o];
    values.push(y.map((sum) => Math.max(0, sum)));
  }
  return values;
}

function descend(layers: readonly Layer[], values: Float64Array[], target: number, rate: number): void {
  let errors = values[layers.length].map((value, o) => (o === target ? 1 : 0) - value);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { weights, biases, inputs, outputs } = layers[l];
    const deltas = errors.map((error, o) => (values[l + 1][o] > 0 ? error : 0));
    errors = new Float64Array(inputs);
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) {
        errors[i] += deltas[o] * weights[i * outputs + o];
        weights[i * outputs + o] += rate * deltas[o] * values[l][i];
      }
    }
    for (let o = 0; o < outputs; o++) biases[o] += rate * deltas[o];
  }
}

/** Outputs for the first row. */
export function brainPrediction(sizes: readonly number[], parameters: Float32Array, x: Float32Array): Float64Array {
  return forward(layersOf(sizes, parameters), Float64Array.from(x.subarray(0, sizes[0])))[sizes.length - 1];
}

/** Parameters after one pass over the rows. */
export function brainUpdate(
  sizes: readonly number[],
  parameters: Float32Array,
  x: Float32Array,
  ids: Int32Array,
  rate: number,
): number[] {
  const layers = layersOf(sizes, parameters);
  ids.forEach((id, r) => {
    const row = Float64Array.from(x.subarray(r * sizes[0], (r + 1) * sizes[0]));
    descend(layers, forward(layers, row), id, rate);
  });
  return layers.flatMap(({ weights, biases }) => [...weights, ...biases]);
}
