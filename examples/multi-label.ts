/** Several yes-or-no questions about one row: sigmoid outputs, each with its own probability. */
import { adam, Dataset, MLP } from "wasmlp";
import { splitDigits } from "./load-digits.js";

const questions = ["even", "above four", "has a loop"];
const answers = (digit: number) => [digit % 2 === 0, digit > 4, [0, 6, 8, 9].includes(digit)].map(Number);

const { train, test } = splitDigits();
const relabel = ({ x, y }: Dataset) => Dataset.from({ x, y: Array.from(y, answers) });
const net = await MLP.create({ layers: [64, 32, 3], output: "sigmoid", seed: 42 });
await net.fit(relabel(train), { epochs: 30, batchSize: 32, l2: 1e-3, optimizer: adam({ learningRate: 0.003 }) });

const predicted = net.predict(test); // zeros and ones, three a row
for (const [q, question] of questions.entries()) {
  const right = Array.from(test.y).filter((digit, row) => predicted[3 * row + q] === answers(digit)[q]).length;
  console.log(`${question.padEnd(10)}  right: ${(right / test.rows).toFixed(3)}`);
}
const probabilities = net.predictProba(test.take([0]));
const answered = questions.map((question, q) => `${question} ${probabilities[q].toFixed(3)}`);
console.log(`The first is a ${test.y[0]}: ${answered.join(", ")}`);
