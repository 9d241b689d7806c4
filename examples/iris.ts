/** Iris: three species from four measurements, judged by cross-validation; each row is tested on once. */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { adam, Classifier } from "wasmlp";

const flowers = parse<object>(readFileSync(new URL("data/iris.csv", import.meta.url)), { columns: true });
const options = { target: "species", optimizer: adam({ learningRate: 0.01 }), l2: 0.01, seed: 1 };

const { folds, mean } = await Classifier.crossValidate(flowers, { ...options, folds: 5 });
console.log(
  `accuracy by fold ${folds.map(({ accuracy }) => accuracy.toFixed(3)).join(" ")}, mean ${mean.accuracy.toFixed(3)}`,
);

const model = await Classifier.fit<string>(flowers, options);
const found = { sepal_length: 6.1, sepal_width: 2.8, petal_length: 4.9, petal_width: 1.7 };
console.log(`${model.predict(found)}:`);
for (const [species, probability] of Object.entries(model.predictProba(found))) {
  console.log(`  ${species.padEnd(10)} ${probability.toFixed(3)}`);
}
