/**
 * brain.js, NeuralNetwork: one activation for all layers and no softmax, so ReLU throughout, its cheapest; squared error,
 * one row an update. An update of a batch is a pass over its rows with momentum 0, by `trainPattern` on prepared rows:
 * what `train` does after it has copied and measured everything.
 */
import { createRequire } from "node:module";

/** [outputs][inputs], as brain.js keeps weights, from [inputs, outputs]. */
function columns({ weights, inputs, outputs }) {
  return Array.from({ length: outputs }, (_, o) =>
    Float32Array.from({ length: inputs }, (_, i) => weights[i * outputs + o]),
  );
}

function flat(net) {
  return net.weights.slice(1).flatMap((rows, l) => {
    const inputs = rows[0].length;
    const weights = Array.from({ length: inputs * rows.length }, (_, n) => {
      return rows[n % rows.length][Math.floor(n / rows.length)];
    });
    return [...weights, ...net.biases[l + 1]];
  });
}

export function open() {
  const require = createRequire(import.meta.url);
  const { NeuralNetwork } = require("brain.js");
  return {
    version: `brain.js ${require("brain.js/package.json").version}`,
    prepare({ kind, layers, parameters, x, y, rows, learningRate }) {
      if (kind === "epoch" || (kind === "predict" && rows > 1)) return undefined;
      const [inputSize, outputSize] = [layers[0], layers.at(-1)];
      const net = new NeuralNetwork({
        inputSize,
        hiddenLayers: layers.slice(1, -1),
        outputSize,
        activation: "relu",
        // Row by row the rate of a batch would diverge on wide rows.
        learningRate: learningRate / inputSize,
      });
      net.initialize();
      // The options' door refuses 0; a momentum would drag change through denormal numbers.
      net.trainOpts.momentum = 0;
      parameters.forEach((layer, l) => {
        net.weights[l + 1] = columns(layer);
        net.biases[l + 1] = layer.biases;
      });
      if (kind === "predict") return { call: () => net.run(x), check: () => net.run(x) };
      const patterns = Array.from({ length: rows }, (_, r) => ({
        input: x.slice(r * inputSize, (r + 1) * inputSize),
        output: Float32Array.from({ length: outputSize }, (_, o) => (y[r] === o ? 1 : 0)),
      }));
      const call = () => {
        for (const pattern of patterns) net.trainPattern(pattern);
      };
      const check = () => {
        call();
        return [Number.NaN, ...flat(net)];
      };
      return { call, check };
    },
  };
}
