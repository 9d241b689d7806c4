/** Activations: one set of rows, four bends for the hidden layer. Without a bend (identity) a net only draws lines. */
import { type ActivationName, adam, Dataset, MLP } from "wasmlp";

// A disc in a square: no straight line parts inside from outside.
const x: number[][] = [];
for (let a = -1; a <= 1; a += 0.125) for (let b = -1; b <= 1; b += 0.125) x.push([a, b]);
const y = x.map(([a, b]) => Number(a * a + b * b < 0.6));
const { train, test } = Dataset.from({ x, y }).split({ test: 0.3, seed: 1 });

console.log("activation  loss in epoch 1      20     200  test accuracy");
const activations: ActivationName[] = ["relu", "sigmoid", "tanh", "identity"];
for (const activation of activations) {
  const net = await MLP.create({ layers: [2, 16, 2], activation, seed: 42 });
  const { epochs } = await net.fit(train, { epochs: 200, optimizer: adam({ learningRate: 0.02 }) });
  const losses = [0, 19, 199].map((epoch) => epochs[epoch].loss.toFixed(4).padStart(8)).join("");
  console.log(`${activation.padEnd(19)}${losses}  ${net.evaluate(test).accuracy.toFixed(3)}`);
}
