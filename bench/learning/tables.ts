/**
 * `tsx bench/learning/tables.ts`: the tabular sets, from CSV to scores, beside scikit-learn's on the same folds where a python3
 * has it. No setting was chosen by the rows it is tested on: they are the library's defaults, or searched for on the training
 * rows of each fold. Exits with 1 if a goal is missed.
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { SingleBar } from "cli-progress";
import type { SearchSpace } from "../../src/index.js";
import {
  crossValidate,
  deviationOf,
  FOLDS,
  foldsOf,
  goalOf,
  haveTables,
  loadRows,
  meanOf,
  RECORDED_VERSION,
  type Row,
  SETS,
  searchAndTest,
  TABLES,
  type TableSet,
} from "./load-tables.js";

/** Each deals the folds anew, and makes and trains other networks. */
const SEEDS = [1, 2, 3];

const SPACE: SearchSpace = {
  learningRate: { low: 1e-3, high: 1e-2, log: true },
  l2: { low: 1e-4, high: 1e-2, log: true },
};
// A trial costs three fits: what the loss still gains by less than a thousandth is not worth their time.
const SEARCH = { trials: 6, folds: 3, earlyStopping: { patience: 10, minDelta: 1e-3 } };

/** Scores by seed and fold. */
type Scores = number[][];

interface Result {
  readonly set: TableSet;
  readonly rows: number;
  readonly features: number;
  readonly defaults: Scores;
  readonly searched: Scores;
  readonly chosen: Record<string, unknown>[];
  readonly seconds: number;
}

async function run(set: TableSet, rows: readonly Row[], tick: () => void): Promise<Result> {
  const start = performance.now();
  const defaults: Scores = [];
  const searched: Scores = [];
  const chosen: Record<string, unknown>[] = [];
  let features = 0;
  for (const seed of SEEDS) {
    defaults.push(await crossValidate(set, rows, { seed }));
    const scores: number[] = [];
    for (const { train, test } of foldsOf(set, rows, seed)) {
      const parts = { train: pick(rows, train), test: pick(rows, test) };
      const outcome = await searchAndTest(set, parts, SPACE, { ...SEARCH, seed });
      scores.push(outcome.score);
      chosen.push(outcome.chosen);
      features = outcome.features;
      tick();
    }
    searched.push(scores);
  }
  const seconds = (performance.now() - start) / 1000;
  return { set, rows: rows.length, features, defaults, searched, chosen, seconds };
}

const pick = (rows: readonly Row[], numbers: Uint32Array) => Array.from(numbers, (r) => rows[r]);

async function runAll(): Promise<Result[]> {
  const results: Result[] = [];
  const total = SETS.length * SEEDS.length * FOLDS;
  const bar = process.stdout.isTTY
    ? new SingleBar({ format: "{set} {bar} {value}/{total} folds", stream: process.stdout, clearOnComplete: true })
    : undefined;
  bar?.start(total, 0, { set: "" });
  for (const set of SETS) {
    const result = await run(set, loadRows(set), () => bar?.increment({ set: set.name }));
    results.push(result);
    if (!bar) console.log(`${set.name}: ${SEEDS.length} × ${FOLDS} folds in ${result.seconds.toFixed(1)} s`);
  }
  bar?.stop();
  return results;
}

/** scikit-learn's scores; undefined where no python3 has it. What goes wrong where one does is an error. */
function reference(): { version: string; scores: Record<string, Scores> } | undefined {
  // This process may run under settings of a linear algebra library that are meant for another one.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...rest } = process.env;
  const env = { ...rest, OMP_NUM_THREADS: "1" };
  // The system's own may have what another one in front of it has not.
  const python = ["python3", "/usr/bin/python3"].find((candidate) => {
    try {
      execFileSync(candidate, ["-c", "import sklearn"], { env, stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
  if (!python) return undefined;
  console.log("scikit-learn on the same folds ...");
  const script = fileURLToPath(new URL("reference.py", import.meta.url));
  const output = execFileSync(python, [script, fileURLToPath(TABLES)], { env, input: JSON.stringify(allFolds()) });
  return JSON.parse(output.toString());
}

/** The fold of each row, by set and seed. */
function allFolds(): Record<string, { target: string; folds: number[][] }> {
  const entries = SETS.map((set) => {
    const rows = loadRows(set);
    const folds = SEEDS.map((seed) => {
      const foldOf = new Array<number>(rows.length);
      for (const [fold, { test }] of foldsOf(set, rows, seed).entries()) for (const row of test) foldOf[row] = fold;
      return foldOf;
    });
    return [set.name, { target: set.target, folds }];
  });
  return Object.fromEntries(entries);
}

/** "0.9733 ± 0.025 (0.967 to 0.980)": over all folds, and the means of the seeds. */
function describe(scores: Scores): string {
  const all = scores.flat();
  const means = scores.map(meanOf);
  const spread = `${Math.min(...means).toFixed(3)} to ${Math.max(...means).toFixed(3)}`;
  return `${meanOf(all).toFixed(4)} ± ${deviationOf(all).toFixed(3)} (${spread})`;
}

function median(chosen: readonly Record<string, unknown>[], name: string): string {
  const known = chosen.map((settings) => settings[name] as number | undefined);
  const sorted = known.filter((value) => value !== undefined).sort((a, b) => a - b);
  // Where no fold chose a setting that was drawn, there is none.
  return sorted.length === 0 ? "none" : sorted[sorted.length >> 1].toPrecision(2);
}

/** A line of the table; whether defaults and searched settings both reach the goal. */
function line(result: Result, peer: Scores | undefined): { cells: (string | number)[]; met: boolean } {
  const { set, rows, features, defaults, searched, chosen, seconds } = result;
  const goal = goalOf(set);
  const missed = [
    ...(meanOf(defaults.flat()) < goal ? ["defaults"] : []),
    ...(meanOf(searched.flat()) < goal ? ["searched"] : []),
  ];
  const { mean, deviation } = set.recorded;
  const cells = [
    set.score === "r2" ? `${set.name} (R²)` : set.name,
    rows,
    features,
    describe(defaults),
    describe(searched),
    `${median(chosen, "learningRate")}, ${median(chosen, "l2")}`,
    peer ? describe(peer) : `${mean.toFixed(4)} ± ${deviation.toFixed(3)}`,
    goal.toFixed(4),
    missed.length === 0 ? "met" : `missed: ${missed.join(", ")}`,
    seconds.toFixed(1),
  ];
  return { cells, met: missed.length === 0 };
}

async function report(): Promise<void> {
  const results = await runAll();
  const peer = reference();
  const whose = peer ? `scikit-learn ${peer.version}` : `${RECORDED_VERSION}, recorded`;
  console.log(`
Accuracy, for mpg R²: mean ± standard deviation over ${SEEDS.length} × ${FOLDS} folds (in brackets the lowest and the highest mean of a seed).
Defaults: the library's, untouched. Searched: on the training rows of each fold alone, ${SEARCH.trials} draws of learning rate and L2,
each judged by ${SEARCH.folds} inner folds; beside them the medians of what was chosen. No test fold had a say in a setting.
scikit-learn: one hidden layer of 64, standardised, its defaults otherwise, on the same folds.
Goal: the figure in the sets' README less half of scikit-learn's deviation as recorded, or a plain bound; for both columns.
`);
  console.log(
    `| set | rows | features | defaults | searched | rate, L2 | ${whose} | goal | | s |\n|${"---|".repeat(10)}`,
  );
  for (const result of results) {
    const { cells, met } = line(result, peer?.scores[result.set.name]);
    console.log(`| ${cells.join(" | ")} |`);
    if (!met) process.exitCode = 1;
  }
}

if (haveTables) await report();
else console.log("The sets must lie in ../shared/data/tabular, got nothing there: nothing to do.");
