/** A folder of small models of every kind, and the rows that they know. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Classifier, MLP, type MultiLabelClassifier, Regressor } from "wasmlp";
import { saveFile } from "wasmlp/node";

export type Row = Record<string, unknown>;

/** Text, numbers, booleans, dates, and something missing of each; labels of text, booleans and whole numbers; values; sets of labels. */
export const ROWS: Row[] = Array.from({ length: 60 }, (_, i) => {
  const kind = ["cat", "dog", "horse"][i % 3];
  const weight = i % 11 === 5 ? null : [4, 20, 500][i % 3] + ((i * 7) % 13) / 10;
  return {
    kind,
    weight,
    tame: i % 7 === 3 ? null : i % 4 !== 0,
    born: `20${10 + (i % 12)}-0${1 + (i % 9)}-1${i % 10}`,
    home: i % 3 === 2 || i % 5 === 0 ? "farm" : "flat",
    loud: i % 2 === 0,
    legs: 2 + (i % 3),
    price: 10 + 3 * (i % 3) + ((i * 5) % 9) / 4,
    eats: [["fish"], ["meat", "bread"], ["hay"], []][i % 4],
  };
});

const COLUMNS = { born: "date", eats: "ignore" } as const;
const SMALL = { hidden: [6], epochs: 15, ensemble: 1, seed: 1, columns: COLUMNS } as const;

export interface Fixture {
  readonly folder: string;
  readonly models: Readonly<{
    home: Classifier;
    loud: Classifier;
    legs: Classifier;
    price: Regressor;
    spread: Regressor;
    eats: MultiLabelClassifier;
    digits: MLP<"softmax">;
    sums: MLP<"linear">;
  }>;
  /** The path of a model in the folder. */
  path(name: string): string;
  remove(): void;
}

/** Rows without what is predicted. */
export function asked(rows: readonly Row[] = ROWS): Row[] {
  return rows.map(({ kind, weight, tame, born }) => ({ kind, weight, tame, born }));
}

const known = (...targets: string[]) =>
  ROWS.map((row) =>
    Object.fromEntries(["kind", "weight", "tame", "born", ...targets].map((name) => [name, row[name]])),
  );

/** Another model of the same rows. */
export const homeOf = (seed: number) =>
  Classifier.fit(known("home"), { ...SMALL, target: "home", seed, columns: { born: "date" } });

export async function makeFixture(): Promise<Fixture> {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-server-"));
  const options = { ...SMALL, columns: { born: "date" } as const };
  const models = {
    home: await homeOf(1),
    loud: await Classifier.fit(known("loud"), { ...options, target: "loud" }),
    legs: await Classifier.fit(known("legs"), { ...options, target: "legs" }),
    price: await Regressor.fit(known("price"), { ...options, target: "price" }),
    spread: await Regressor.fit(known("price"), { ...options, target: "price", loss: { quantiles: [0.1, 0.5, 0.9] } }),
    eats: await Classifier.fit<MultiLabelClassifier>(known("eats"), { ...options, target: "eats" }),
    digits: await MLP.create({ layers: [4, 6, 3], seed: 1 }),
    sums: await MLP.create({ layers: [2, 5, 2], output: "linear", seed: 1 }),
  };
  const path = (name: string) => join(folder, `${name}.model`);
  for (const [name, model] of Object.entries(models)) await saveFile(path(name), model);
  const several = await Classifier.fit(known("home", "loud"), { ...options, target: ["home", "loud"] });
  await saveFile(path("several"), several);
  return { folder, models, path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
