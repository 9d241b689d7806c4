/** XOR: four points that no straight line separates, learned by one hidden layer. */
import { fileURLToPath } from "node:url";
import { Dataset, MLP, sgd, stepDecay } from "wasmlp";

export async function xor() {
  const data = Dataset.from({
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [0, 1, 1, 0],
  });
  const net = await MLP.create({ layers: [2, 10, 2], activation: "relu", output: "softmax", seed: 42 });
  const history = await net.fit(data, {
    epochs: 1000,
    batchSize: 4,
    optimizer: sgd({ learningRate: stepDecay({ initial: 0.4, rate: 0.95, every: 100 }) }),
    onEpoch: ({ epoch, loss }) => {
      if (epoch % 100 === 0) console.log(`epoch ${String(epoch).padStart(3)}  loss ${loss.toFixed(4)}`);
    },
  });
  console.log(`Predictions: [${net.predict(data).join(" ")}]`);
  return { net, history };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await xor();
