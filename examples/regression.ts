/** Regression: a linear output learns a curved surface, z = a² - b², from points on a grid. */
import { adam, cosineDecay, Dataset, MLP } from "wasmlp";

const x: number[][] = [];
for (let a = -1; a <= 1; a += 0.125) for (let b = -1; b <= 1; b += 0.125) x.push([a, b]);
const y = x.map(([a, b]) => a * a - b * b);
const { train, test } = Dataset.from({ x, y }).split({ test: 0.3, seed: 1 });

const net = await MLP.create({ layers: [2, 16, 1], activation: "tanh", output: "linear", seed: 42 });
const optimizer = adam({ learningRate: cosineDecay({ initial: 0.02, over: 200 }) });
await net.fit(train, { epochs: 200, optimizer });

const { r2, meanAbsoluteError } = net.evaluate(test);
console.log(`Unseen points: r2 ${r2.toFixed(5)}  mean absolute error ${meanAbsoluteError.toFixed(5)}`);
const [saddle, ridge] = net.predict([
  [0, 0],
  [1, 0],
]);
console.log(`f(0, 0) = ${saddle.toFixed(3)} (exactly 0)  f(1, 0) = ${ridge.toFixed(3)} (exactly 1)`);
