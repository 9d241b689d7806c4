/**
 * `tsx bench/learning/small-files.ts`: the nine open tables, a model of each with no option set, and what its files of 16 and of 8 bits
 * take and lose on the test rows. `-- NAME ...`: these sets only. Sizes and scores alone: nothing is timed. Exits with 1 if more than
 * 0.1 points of accuracy are lost in the mean over the sets.
 */
import { Classifier, Regressor } from "../../src/index.js";
import { toWasm } from "../../src/standalone.js";
import { meanOf } from "./load-tables.js";
import { haveSets, type OpenSet, openSets, type Row, readSet, splitSet } from "./open-sets.js";

const WEIGHTS = ["float32", "f16", "int8"] as const;
type Weights = (typeof WEIGHTS)[number];
type Model = Classifier<string> | Regressor;

/** Accuracy or R², and log-loss where there is one. */
interface Score {
  readonly score: number;
  readonly logLoss?: number;
}

interface Result {
  readonly set: OpenSet;
  readonly tested: number;
  readonly scores: Record<Weights, Score>;
  /** Bytes of what `save` writes, and of a .wasm file. */
  readonly saved: Record<Weights, number>;
  readonly wasm: Record<Weights, number>;
  /** Test rows that the file of 8 bits predicts another class for. */
  readonly changed: number;
}

function scoreOf(model: Model, test: readonly Row[]): Score {
  if (model instanceof Regressor) return { score: model.evaluate([...test]).r2 };
  const { accuracy, logLoss } = model.evaluate([...test]);
  return { score: accuracy, logLoss };
}

async function run(set: OpenSet): Promise<Result> {
  const { train, test } = splitSet(set, readSet(set), 0);
  const { target } = set;
  const learn = async (): Promise<Model> =>
    set.kind === "class" ? Classifier.fit<string>([...train], { target }) : Regressor.fit([...train], { target });
  const model = await learn();
  const load = (bytes: Uint8Array): Promise<Model> =>
    set.kind === "class" ? Classifier.load<string>(bytes) : Regressor.load(bytes);
  const files = WEIGHTS.map((weights) => [weights, model.save({ weights })] as const);
  const scores: [Weights, Score][] = [];
  for (const [weights, file] of files) scores.push([weights, scoreOf(await load(file), test)]);
  const small = await load(files[2][1]);
  const [before, after] = [model, small].map((own) => own.predict([...test]) as unknown[]);
  return {
    set,
    tested: test.length,
    scores: Object.fromEntries(scores) as Result["scores"],
    saved: Object.fromEntries(files.map(([weights, { length }]) => [weights, length])) as Result["saved"],
    wasm: Object.fromEntries(WEIGHTS.map((weights) => [weights, toWasm(model, { weights }).length])) as Result["wasm"],
    changed: set.kind === "class" ? after.filter((answer, r) => answer !== before[r]).length : 0,
  };
}

const kilobytes = (sizes: Record<Weights, number>) => WEIGHTS.map((own) => (sizes[own] / 1000).toFixed(0)).join(" / ");
const lostBy = ({ scores }: Result, weights: Weights) => 100 * (scores.float32.score - scores[weights].score);

function line(result: Result): string {
  const { set, tested, scores, saved, wasm, changed } = result;
  const each = WEIGHTS.map((own) => scores[own]);
  const digits = set.kind === "class" ? 4 : 5;
  const score = each.map((own) => own.score.toFixed(digits)).join(" / ");
  const loss = each.map(({ logLoss }) => logLoss?.toFixed(4)).join(" / ");
  const cells = [
    ...[set.name, tested, kilobytes(saved), kilobytes(wasm), set.kind === "class" ? score : `R² ${score}`],
    ...[set.kind === "class" ? loss : "", (-lostBy(result, "int8")).toFixed(3), set.kind === "class" ? changed : ""],
  ];
  return `| ${cells.join(" | ")} |`;
}

if (!haveSets) console.log("Tables must lie in ../shared/data/tables, got nothing there: nothing to do.");
else {
  const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
  const all = openSets();
  console.log("| set | test rows | save, KB | .wasm, KB | accuracy or R² | log-loss | int8, points | rows changed |");
  console.log(`|${"---|".repeat(8)}`);
  const results: Result[] = [];
  for (const set of names.length > 0 ? all.filter(({ name }) => names.includes(name)) : all) {
    const result = await run(set);
    results.push(result);
    console.log(line(result));
  }
  const lost = results.filter(({ set }) => set.kind === "class").map((result) => lostBy(result, "int8"));
  const mean = meanOf(lost);
  console.log(
    `\nAccuracy lost by int8: ${mean.toFixed(3)} points in the mean, ${Math.max(...lost).toFixed(3)} at most.`,
  );
  if (mean > 0.1) process.exitCode = 1;
}
