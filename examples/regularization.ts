/** Penalties: L2 makes all weights smaller, L1 makes most of them vanish. */
import { cosineDecay, MLP, sgd } from "wasmlp";
import { splitDigits } from "./load-digits.js";

const { train, test } = splitDigits();
console.log("penalty      weights below 0.001  mean size  test accuracy");
for (const penalty of [{}, { l2: 0.01 }, { l1: 0.001 }]) {
  const net = await MLP.create({ layers: [64, 64, 10], seed: 42 });
  const optimizer = sgd({ learningRate: cosineDecay({ initial: 0.1, over: 40 }), momentum: 0.9 });
  await net.fit(train, { epochs: 40, batchSize: 64, optimizer, ...penalty });
  const sizes = net.parameters().flatMap(({ weights }) => Array.from(weights, Math.abs));
  const tiny = ((100 * sizes.filter((size) => size < 0.001).length) / sizes.length).toFixed(1);
  const mean = (sizes.reduce((sum, size) => sum + size) / sizes.length).toFixed(4);
  const name = JSON.stringify(penalty).replaceAll('"', "").padEnd(12);
  console.log(`${name} ${tiny.padStart(18)}% ${mean.padStart(10)}  ${net.evaluate(test).accuracy.toFixed(3)}`);
}
