/** Initializers: deep relu nets keep the size of what passes through only if their weights start at the right size. */
import { type Initializer, MLP, sgd } from "wasmlp";
import { splitDigits } from "./load-digits.js";

const { train } = splitDigits();
const starts: Record<string, Initializer> = {
  "gaussian, 0.01": { gaussian: 0.01 },
  "gaussian, 1": "gaussian",
  xavier: "xavier-normal",
  he: "he-normal",
};
console.log("weights         loss at the start  after 5 epochs");
for (const [name, init] of Object.entries(starts)) {
  const net = await MLP.create({ layers: [64, 64, 64, 64, 10], init, seed: 42 });
  const before = net.evaluate(train).loss;
  await net.fit(train, { epochs: 5, batchSize: 64, optimizer: sgd({ learningRate: 0.03 }) });
  const after = net.evaluate(train).loss;
  console.log(`${name.padEnd(14)} ${before.toFixed(3).padStart(18)} ${after.toFixed(3).padStart(15)}`);
}
