/** Mini-batches by hand: the loop that `fit` runs for you, when you want to do more in it. */
import { MLP, sgd, stepDecay } from "wasmlp";
import { splitDigits } from "./load-digits.js";

const { train, test } = splitDigits();
const net = await MLP.create({ layers: [64, 64, 10], seed: 42 });
const trainer = net.trainer({
  optimizer: sgd({ learningRate: stepDecay({ initial: 0.1, rate: 0.5, every: 5 }), momentum: 0.9 }),
  l2: 1e-4,
});
for (let epoch = 0; epoch < 20; epoch++) {
  trainer.epoch = epoch; // the schedule counts epochs
  let sum = 0;
  for (const { x, y } of train.batches({ size: 64, seed: epoch })) sum += trainer.step(x, y) * y.length;
  if (epoch % 5 === 0) {
    const loss = (sum / train.rows).toFixed(4);
    console.log(`epoch ${String(epoch).padStart(2)}  rate ${trainer.learningRate.toFixed(4)}  loss ${loss}`);
  }
}
console.log(`${trainer.steps} updates  test accuracy: ${net.evaluate(test).accuracy.toFixed(3)}`);
