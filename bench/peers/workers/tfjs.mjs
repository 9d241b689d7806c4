/** TensorFlow.js on its wasm or cpu backend, one thread; rows are made tensors once, results are read by dataSync. */
import { createRequire } from "node:module";
import { dirname } from "node:path";

const require = createRequire(import.meta.url);

async function load(peer) {
  const tf = require("@tensorflow/tfjs");
  if (peer === "tfjs-wasm") {
    const wasm = require("@tensorflow/tfjs-backend-wasm");
    const main = require.resolve("@tensorflow/tfjs-backend-wasm");
    wasm.setWasmPaths(`${dirname(main)}/`);
    wasm.setThreadsCount(1);
  }
  const backend = peer.slice("tfjs-".length);
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} could not start`);
  await tf.ready();
  return tf;
}

/** The chain below takes a third to all of the time of the same net as a layers model (`model.predict`). */
function predictor(tf, { layers, parameters }, x) {
  const last = parameters.length - 1;
  const kept = parameters.map(({ weights, biases, inputs, outputs }, l) => ({
    b: tf.tensor2d(weights, [inputs, outputs]),
    bias: tf.tensor1d(biases),
    activation: l < last ? "relu" : "linear",
  }));
  const rows = tf.tensor2d(x, [x.length / layers[0], layers[0]]);
  const call = () =>
    tf.tidy(() => tf.softmax(kept.reduce((a, layer) => tf.fused.matMul({ a, ...layer }), rows)).dataSync());
  return { call, check: call };
}

function updater(tf, { layers, parameters, y, learningRate }, x) {
  const variables = parameters.map(({ weights, biases, inputs, outputs }) => ({
    weights: tf.variable(tf.tensor2d(weights, [inputs, outputs])),
    biases: tf.variable(tf.tensor1d(biases)),
  }));
  const last = variables.length - 1;
  const rows = tf.tensor2d(x, [y.length, layers[0]]);
  const targets = tf.oneHot(tf.tensor1d(y, "int32"), layers.at(-1)).toFloat();
  const optimizer = tf.train.sgd(learningRate);
  const loss = () => {
    const logits = variables.reduce((values, { weights, biases }, l) => {
      const sums = values.matMul(weights).add(biases);
      return l < last ? sums.relu() : sums;
    }, rows);
    return tf.losses.softmaxCrossEntropy(targets, logits);
  };
  const all = variables.flatMap(({ weights, biases }) => [weights, biases]);
  const call = () => tf.tidy(() => optimizer.minimize(loss, true, all).dataSync()[0]);
  return { call, check: () => [call(), ...all.flatMap((variable) => [...variable.dataSync()])] };
}

export async function open(peer) {
  const tf = await load(peer);
  return {
    version: `@tensorflow/tfjs ${tf.version_core}`,
    prepare(task) {
      if (task.kind === "epoch") return undefined;
      // One case at a time: what the last one left goes first, variables apart, for no scope holds them.
      tf.disposeVariables();
      if (tf.engine().state.activeScope) tf.engine().endScope();
      tf.engine().startScope();
      return task.kind === "predict" ? predictor(tf, task, task.x) : updater(tf, task, task.x);
    },
  };
}
