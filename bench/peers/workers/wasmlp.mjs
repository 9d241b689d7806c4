/** wasmlp as users get it: built, through its public names. */
import { readFileSync } from "node:fs";
import { Dataset, MLP, sgd } from "../../../dist/index.js";

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url)).toString());

const flat = (net) => net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);

async function epoch(net, { x, y, rows, layers, batch, checked, learningRate }) {
  const options = { epochs: 1, batchSize: batch, optimizer: sgd({ learningRate }) };
  const all = Dataset.from({ x, y, rows, scale: 1 / 255 });
  const first = Dataset.from({ x: x.subarray(0, checked * layers[0]), y: y.subarray(0, checked), scale: 1 / 255 });
  return {
    asynchronous: true,
    call: () => net.fit(all, options),
    check: async () => [(await net.fit(first, { ...options, shuffle: false })).epochs[0].loss, ...flat(net)],
  };
}

/** Turbo is there from Node 24 on: before that the peer of that name is absent, and two threads do without. */
export async function open(peer) {
  const isTurbo = peer !== "wasmlp" && (await (await import("../../../dist/turbo.js")).turbo());
  if (peer === "wasmlp-turbo" && !isTurbo) throw new Error("this engine has no revectorization");
  if (peer === "wasmlp-2") await (await import("../../../dist/threads.js")).threads({ count: 2 });
  return {
    version: `wasmlp ${version}`,
    async prepare(task) {
      const { kind, layers, parameters, x, y, rows, learningRate } = task;
      const net = await MLP.create({ layers, activation: "relu", output: "softmax" });
      net.setParameters(parameters);
      if (kind === "epoch") return epoch(net, task);
      if (kind === "update") {
        const trainer = net.trainer({ optimizer: sgd({ learningRate }) });
        return { call: () => trainer.step(x, y), check: () => [trainer.step(x, y), ...flat(net)] };
      }
      const out = new Float32Array(rows * layers.at(-1));
      return { call: () => net.predictProba(x, out), check: () => net.predictProba(x, out) };
    },
  };
}
