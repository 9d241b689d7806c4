/**
 * `npm run bench:tables`: tables with no option set, beside others on the same rows; writes bench/TABLES.md and bench/tables.svg.
 * `-- --choose`: on three splits of the training rows alone, by which settings are chosen; the test rows have no part in it.
 * `-- --ensemble=8`: of eight networks each, which writes nothing.
 * `-- NAME ...`: these sets only, which writes nothing.
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { Classifier, Regressor } from "../../src/index.js";
import { drawErrors } from "./compare-chart.js";
import { meanOf } from "./load-tables.js";
import { PYTHON } from "./mnist.js";
import {
  FOLDER,
  haveSets,
  type OpenSet,
  openSets,
  type Parts,
  partOf,
  type Row,
  readSet,
  splitSet,
} from "./open-sets.js";
import { describePromises, type Promises, promisesOf } from "./promises.js";

/** Error is log-loss or 1 - R², score accuracy or R². */
interface Outcome {
  readonly error: number;
  readonly score: number;
  readonly seconds: number;
  /** Ours alone. */
  readonly promises?: Promises;
}

/** Outcomes by method, one for each part. */
type Outcomes = Record<string, Outcome[]>;

const OURS = "wasmlp";
const BEFORE = "wasmlp 0.1";

/** Of wasmlp 0.1, as ../shared/design/TABLES.md has them for this split: log-loss and accuracy, or 1 - R² and R². */
const RECORDED: Readonly<Record<string, readonly [error: number, score: number]>> = {
  credit: [0.423, 0.8013],
  telco: [0.4169, 0.8041],
  letters: [0.1945, 0.9385],
  satellite: [0.2758, 0.8928],
  spam: [0.2145, 0.9413],
  cells: [0.3848, 0.8292],
  ames: [1 - 0.8284, 0.8284],
  wages: [1 - 0.2965, 0.2965],
  chicago: [1 - 0.7598, 0.7598],
};

/** How many networks, if it is told. */
const ENSEMBLE = /--ensemble=(\d+)/.exec(process.argv.join(" "))?.[1];

async function fitOurs(set: OpenSet, { train, test }: Parts): Promise<Outcome> {
  const start = performance.now();
  const options = { target: set.target, ...(ENSEMBLE && { ensemble: Number(ENSEMBLE) }) };
  const model =
    set.kind === "class" ? await Classifier.fit([...train], options) : await Regressor.fit([...train], options);
  const seconds = (performance.now() - start) / 1000;
  const promises = promisesOf(set, model, test);
  if (model instanceof Regressor) {
    const { r2 } = model.evaluate([...test]);
    return { error: 1 - r2, score: r2, seconds, promises };
  }
  const { logLoss, accuracy } = model.evaluate([...test]);
  return { error: logLoss, score: accuracy, seconds, promises };
}

/** Others' outcomes by set; none where the system's python3 lacks them. */
function runPeers(jobs: readonly (OpenSet & { parts: number[][] })[]): Map<string, Outcomes> {
  const script = fileURLToPath(new URL("peers.py", import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" };
  const { stdout, stderr, status } = spawnSync(PYTHON, [script, fileURLToPath(FOLDER)], {
    env,
    input: JSON.stringify(jobs),
    maxBuffer: 2 ** 30,
    encoding: "utf8",
  });
  if (status !== 0) console.log(`Others are left out: ${stderr?.trim().split("\n").at(-1) ?? `${PYTHON} is not here`}`);
  const lines = (stdout ?? "").split("\n").filter((line) => line !== "");
  return new Map(lines.map((line) => JSON.parse(line)).map(({ name, scores }) => [name, scores]));
}

const geometricMean = (values: readonly number[]) => Math.exp(meanOf(values.map(Math.log)));
const errorOf = (outcomes: readonly Outcome[]) => meanOf(outcomes.map(({ error }) => error));

interface Result {
  readonly set: OpenSet;
  readonly rows: number;
  readonly outcomes: Outcomes;
}

function partsOf(set: OpenSet, rows: readonly Row[], isChoosing: boolean): Parts[] {
  const told = splitSet(set, rows, 0);
  return isChoosing ? [1, 2, 3].map((seed) => splitSet(set, told.train, seed)) : [told];
}

async function run(sets: readonly OpenSet[], isChoosing: boolean): Promise<Result[]> {
  const jobs = sets.map((set) => {
    const rows = readSet(set);
    const parts = partsOf(set, rows, isChoosing);
    return { set, rows, parts };
  });
  const peers = runPeers(
    jobs.map(({ set, rows, parts }) => ({ ...set, parts: parts.map((part) => partOf(rows, part)) })),
  );
  const results: Result[] = [];
  for (const { set, rows, parts } of jobs) {
    const ours: Outcome[] = [];
    for (const part of parts) ours.push(await fitOurs(set, part));
    const [error, score] = RECORDED[set.name] ?? [];
    const outcomes: Outcomes = { [OURS]: ours };
    if (!isChoosing && error !== undefined) outcomes[BEFORE] = [{ error, score, seconds: Number.NaN }];
    results.push({ set, rows: rows.length, outcomes: { ...outcomes, ...peers.get(set.name) } });
    console.log(`${set.name}: ${errorOf(ours).toFixed(4)}`);
  }
  return results;
}

function report(results: readonly Result[]): string {
  const methods = Object.keys(results[0].outcomes);
  const head = ["set", "rows", ...methods];
  const cell = ({ set, outcomes }: Result, method: string) => {
    const own = outcomes[method];
    if (!own) return "";
    const score = meanOf(own.map(({ score }) => score)).toFixed(4);
    const seconds = meanOf(own.map(({ seconds }) => seconds));
    const time = Number.isNaN(seconds) ? "" : `, ${seconds.toFixed(1)} s`;
    return set.kind === "class" ? `${score} / ${errorOf(own).toFixed(4)}${time}` : `R² ${score}${time}`;
  };
  const ratios = methods.map((method) => {
    const both = results.filter(({ outcomes }) => outcomes[method]);
    return geometricMean(both.map(({ outcomes }) => errorOf(outcomes[OURS]) / errorOf(outcomes[method]))).toFixed(3);
  });
  return [
    `| ${head.join(" | ")} |`,
    `|${"---|".repeat(head.length)}`,
    ...results.map((result) => {
      const cells = methods.map((method) => cell(result, method));
      return `| ${[result.set.name, result.rows, ...cells].join(" | ")} |`;
    }),
    `| **error, ${OURS} / other** | | ${ratios.join(" | ")} |`,
  ].join("\n");
}

if (!haveSets) console.log("Tables must lie in ../shared/data/tables, got nothing there: nothing to do.");
else {
  const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const isChoosing = process.argv.includes("--choose");
  const all = openSets();
  const results = await run(names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all, isChoosing);
  const promised = results.map(({ set, outcomes }) => ({
    name: set.name,
    promises: outcomes[OURS][0].promises as Promises,
  }));
  const table = `${report(results)}\n\nOf ours, on the same rows: the expected calibration error in 15 bins, and what it is by chance where probabilities are right; the share
of rows whose 90 % set or interval holds the right answer; the saved model; the time of one answer.\n\n${describePromises(promised)}`;
  console.log(table);
  if (!isChoosing && !ENSEMBLE && names.length === 0) {
    const machine = `${cpus()[0].model}, Node ${process.version}, one thread each`;
    writeFileSync(
      new URL("../TABLES.md", import.meta.url),
      `# Tables, no option set\n\nAccuracy / log-loss, or R², on one fifth of the rows, the same for all; seconds of the fit (${machine}). The last row is
the geometric mean of the errors' ratios, error being log-loss or 1 - R². Written by \`npm run bench:tables\`.\n\n${table}\n\n![Errors beside XGBoost's](tables.svg)\n`,
    );
    writeFileSync(
      new URL("../tables.svg", import.meta.url),
      drawErrors(
        results.map(({ set, outcomes }) => ({
          name: set.name,
          errors: Object.fromEntries(Object.entries(outcomes).map(([method, own]) => [method, errorOf(own)])),
        })),
      ),
    );
  }
}
