/** The tabular sets: where they lie, how they are read, and what is to be reached on them. */
import { existsSync, readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { foldRows, type Split } from "../../src/data/splits.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import {
  Classifier,
  type ClassifierOptions,
  Regressor,
  type RegressorOptions,
  type SearchSpace,
} from "../../src/index.js";

export type Row = Record<string, string>;

export const FOLDS = 5;

/** Beside the project, no part of it. */
export const TABLES = new URL("../../../shared/data/tabular/", import.meta.url);
export const haveTables = existsSync(TABLES);

/** Options of either kind of model; the target is the set's. */
export type Settings = Partial<Omit<ClassifierOptions & RegressorOptions, "target" | "onEpoch">>;

interface Recorded {
  readonly mean: number;
  /** Over the 15 folds. */
  readonly deviation: number;
}

export interface TableSet {
  readonly name: string;
  readonly target: string;
  /** The score: the share of rows predicted right, or R². */
  readonly score: "accuracy" | "r2";
  /** What inference cannot know of the columns. */
  readonly options: Pick<Settings, "columns" | "missing">;
  /** scikit-learn's figure in the sets' README, to be missed by half its deviation over folds at most; or a plain bound. */
  readonly reach: { readonly stated: number } | { readonly least: number };
  /** scikit-learn's by reference.py, on the folds of tables.ts. */
  readonly recorded: Recorded;
}

/** Whose the recorded figures are. */
export const RECORDED_VERSION = "scikit-learn 1.2.1";

/** Codes, not amounts: without this they would be numbers. */
const CODES = { titanic: { pclass: "text" }, mpg: { origin: "text" } } as const;

export const SETS: readonly TableSet[] = [
  table("iris", "species", { stated: 0.947 }, [0.94, 0.0475]),
  table("wine", "cultivar", { stated: 0.972 }, [0.9738, 0.0191]),
  table("breast_cancer", "diagnosis", { stated: 0.975 }, [0.9748, 0.0136]),
  table("digits", "digit", { stated: 0.972 }, [0.9757, 0.0066]),
  table("penguins", "species", { least: 0.98 }, [0.9913, 0.0116]),
  table("titanic", "survived", { least: 0.8 }, [0.816, 0.0317], { columns: CODES.titanic }),
  { ...table("mpg", "mpg", { least: 0.85 }, [0.8743, 0.029], { columns: CODES.mpg, missing: ["?"] }), score: "r2" },
];

function table(
  name: string,
  target: string,
  reach: TableSet["reach"],
  [mean, deviation]: readonly [number, number],
  options: TableSet["options"] = {},
): TableSet {
  return { name, target, score: "accuracy", options, reach, recorded: { mean, deviation } };
}

export function goalOf({ reach, recorded }: TableSet): number {
  return "least" in reach ? reach.least : reach.stated - recorded.deviation / 2;
}

/** The rows as csv-parse gives them, all text: kinds of columns are the library's to find. */
export function loadRows({ name }: TableSet): Row[] {
  return parse<Row>(readFileSync(new URL(`${name}.csv`, TABLES)), { columns: true });
}

/** Numbers of rows by fold, as `crossValidate` deals them; the library has them for itself alone. */
export function foldsOf({ target, score }: TableSet, rows: readonly Row[], seed: number): Split[] {
  const labels = [...new Set(rows.map((row) => row[target]))].sort();
  const classes = score === "r2" ? undefined : rows.map((row) => labels.indexOf(row[target]));
  return runThrough(foldRows(order(rows.length, new Random(seed)), FOLDS, classes));
}

/** Scores by fold, as the set's kind of model cross-validates. */
export async function crossValidate(set: TableSet, rows: readonly Row[], settings: Settings): Promise<number[]> {
  const options = { ...set.options, ...settings, target: set.target, folds: FOLDS };
  if (set.score === "r2") return (await Regressor.crossValidate(rows, options)).folds.map(({ r2 }) => r2);
  return (await Classifier.crossValidate(rows, options)).folds.map(({ accuracy }) => accuracy);
}

/** The score on other rows of a model whose settings are searched for on the training rows alone. */
export async function searchAndTest(
  set: TableSet,
  { train, test }: { train: readonly Row[]; test: readonly Row[] },
  space: SearchSpace,
  settings: Settings & { trials: number; folds: number },
): Promise<{ score: number; features: number; chosen: Record<string, unknown> }> {
  const options = { ...set.options, ...settings, target: set.target };
  if (set.score === "r2") {
    const { model, bestTrial } = await Regressor.search(train, space, options);
    return { score: model.evaluate(test).r2, features: model.featureNames.length, chosen: bestTrial.settings };
  }
  const { model, bestTrial } = await Classifier.search(train, space, options);
  return { score: model.evaluate(test).accuracy, features: model.featureNames.length, chosen: bestTrial.settings };
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) * (value - mean))));
}
