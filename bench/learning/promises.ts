/** What a model's answers promise, on rows that it has not seen: calibration, coverage; and what one of them takes. */
import { Random } from "../../src/ground/random.js";
import { type Classifier, calibrationError, type Regressor } from "../../src/index.js";
import { meanOf } from "./load-tables.js";
import type { OpenSet, Row } from "./open-sets.js";

export interface Promises {
  /** That were asked. */
  readonly rows: number;
  /** Expected calibration error in 15 bins; undefined for values. */
  readonly calibrationError?: number;
  /** What it would be in the mean, and in one of twenty cases at least, if the probabilities were the true ones: few rows have some by chance. */
  readonly byChance?: readonly [mean: number, high: number];
  /** Of rows whose 90 % set or interval holds the right answer. */
  readonly coverage: number;
  /** Of the saved model, in bytes. */
  readonly size: number;
  /** Microseconds that the answer to one row takes, the best of five rounds. */
  readonly time: number;
}

const DRAWS = 200;

/** Labels drawn by the probabilities themselves. */
function chanceOf(probabilities: Float32Array, rows: number): [mean: number, high: number] {
  const classes = probabilities.length / rows;
  const random = new Random(1);
  const drawn = () =>
    Array.from({ length: rows }, (_, r) => {
      let [left, id] = [random.uniform(), 0];
      while (id < classes - 1 && left >= probabilities[r * classes + id]) left -= probabilities[r * classes + id++];
      return id;
    });
  const errors = Array.from({ length: DRAWS }, () => calibrationError(drawn(), probabilities)).sort((a, b) => a - b);
  return [meanOf(errors), errors[Math.floor(0.95 * DRAWS)]];
}

function timeOf(model: Classifier | Regressor, row: Row): number {
  const times = Array.from({ length: 5 }, () => {
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) model.predict(row);
    return (performance.now() - start) / 10;
  });
  return Math.min(...times);
}

export function promisesOf({ target }: OpenSet, model: Classifier | Regressor, test: readonly Row[]): Promises {
  const rows = [...test];
  const common = { rows: rows.length, size: model.save().length, time: timeOf(model, rows[0]) };
  if (model.kind === "regressor") {
    const holds = (model as Regressor)
      .predictInterval(rows)
      .map(({ low, high }, r) => (low <= Number(rows[r][target]) && Number(rows[r][target]) <= high ? 1 : 0));
    return { coverage: meanOf(holds), ...common };
  }
  const classifier = model as Classifier;
  const labels = classifier.labels.map(String);
  const probabilities = classifier.predictProba(rows, new Float32Array(rows.length * labels.length));
  const truth = rows.map((row) => labels.indexOf(row[target]));
  const holds = classifier.predictSet(rows).map((set, r) => (set.map(String).includes(rows[r][target]) ? 1 : 0));
  return {
    calibrationError: calibrationError(truth, probabilities),
    byChance: chanceOf(probabilities, rows.length),
    coverage: meanOf(holds),
    ...common,
  };
}

/** As a table, a line a set. */
export function describePromises(all: readonly { name: string; promises: Promises }[]): string {
  const lines = all.map(({ name, promises }) => {
    const { rows, calibrationError: error, byChance, coverage, size, time } = promises;
    const own =
      error === undefined || !byChance ? ["", ""] : [error.toFixed(3), byChance.map((x) => x.toFixed(3)).join(", ")];
    return [name, rows, ...own, coverage.toFixed(3), Math.round(size / 1000), time.toFixed(1)].join(" | ");
  });
  const mean = meanOf(all.map(({ promises }) => promises.coverage)).toFixed(3);
  return [
    "| set | test rows | calibration error | by chance alone: mean, 95 % | covered by 90 % | KB | µs a row |",
    `|${"---|".repeat(7)}`,
    ...lines.map((line) => `| ${line} |`),
    `| **mean** | | | | ${mean} | | |`,
  ].join("\n");
}
