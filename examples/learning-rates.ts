/** Learning rates: a schedule is a function of time. Large steps first, small ones last, come closer to the minimum. */
import {
  cosineDecay,
  exponentialDecay,
  inverseTimeDecay,
  type LearningRate,
  MLP,
  sgd,
  stepDecay,
  warmup,
} from "wasmlp";
import { splitDigits } from "./load-digits.js";

const { train } = splitDigits();
const initial = 0.15;
const rates: Record<string, LearningRate> = {
  constant: initial,
  stepDecay: stepDecay({ initial, rate: 0.5, every: 10 }),
  exponentialDecay: exponentialDecay({ initial, rate: 0.5, every: 10 }),
  inverseTimeDecay: inverseTimeDecay({ initial, rate: 1, every: 10 }),
  cosineDecay: cosineDecay({ initial, over: 30 }),
  "warmup, cosine": warmup({ over: 3, then: cosineDecay({ initial, over: 30 }) }),
  "your own": ({ epoch }) => (epoch < 20 ? initial : initial / 10),
};
console.log("schedule          rate at epochs 0, 5, 10, 29       loss of the last epoch");
for (const [name, learningRate] of Object.entries(rates)) {
  const net = await MLP.create({ layers: [64, 32, 10], seed: 42 });
  const optimizer = sgd({ learningRate, momentum: 0.9 });
  const { epochs } = await net.fit(train, { epochs: 30, batchSize: 32, l2: 0.003, optimizer });
  const seen = [0, 5, 10, 29].map((epoch) => epochs[epoch].learningRate.toFixed(4).padStart(8)).join("");
  console.log(`${name.padEnd(16)}${seen}  ${epochs[29].loss.toFixed(4)}`);
}
