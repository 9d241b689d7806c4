/** From rows to a model in ten lines: who survived the Titanic, from a CSV file of numbers, words and gaps. */
import { createReadStream, existsSync } from "node:fs";
import { parse } from "csv-parse";
import { Classifier, type ClassifierOptions, splitRows } from "wasmlp";

const file = process.argv[2] ?? new URL("../../shared/data/tabular/titanic.csv", import.meta.url);
if (!existsSync(file)) {
  console.log("titanic.csv is no part of this project: pass your own, npx tsx examples/titanic.ts PATH.");
  process.exit();
}
const passengers: object[] = [];
for await (const passenger of createReadStream(file).pipe(parse({ columns: true }))) passengers.push(passenger);
const { train, test } = splitRows(passengers, { test: 0.2, seed: 1, stratify: "survived" });

const options: ClassifierOptions = {
  target: "survived",
  columns: { pclass: "text" }, // 1, 2 and 3 are names here, not amounts; all other columns are read as what they are
  l2: 0.01,
  validation: 0.2,
  earlyStopping: { patience: 20 },
  seed: 1,
};
const model = await Classifier.fit(train, options);
console.log(`${test.length} passengers never seen: ${model.evaluate(test).accuracy.toFixed(3)} predicted right`);
const { mean, deviation } = await Classifier.crossValidate(passengers, options);
console.log(`Five folds: ${mean.accuracy.toFixed(3)} ± ${deviation.accuracy.toFixed(3)}`);

const ignored = model.columns.filter((column) => column.kind === "ignore");
console.log(`Not read: ${ignored.map(({ name, reason }) => `${name} (${reason})`).join(", ")}`);
for (const { name, mean: drop } of await model.importance(test)) {
  console.log(`Without ${name} the accuracy falls by ${drop.toFixed(3)}`);
}
const rose = { sex: "female", age: 17, pclass: 1, parch: 1, embarked: "S" }; // what she paid is not known
console.log(`Rose: ${model.predict(rose)}`, model.predictProba(rose));
console.log(`All of this in ${model.save().length} bytes`);
