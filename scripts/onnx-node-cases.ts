/**
 * `npx tsx scripts/onnx-node-cases.ts [FOLDER] [-- --all]`: onnx's own node tests, each made a model (../shared/wild/onnx-node-cases, no part of
 * this project), read by `fromOnnx`: how many answer as onnx expects, otherwise, or are refused, by the way in which the node was bound; then
 * what is wrong, and, with --all, the sentences of refusals, counted. Rows with NaN or an infinity, which `predict` refuses, are left out of what is
 * compared. The exit code is 1 if an answer is wrong.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fromOnnx, type OnnxModel } from "../src/onnx.js";

interface Variant {
  readonly file: string;
  readonly xshape: readonly number[];
  readonly yshape: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

interface Case {
  readonly name: string;
  readonly variants: Readonly<Record<string, Variant>>;
  readonly ops?: readonly string[];
}

const BOUND = 1e-5;
const [given] = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const folder = resolve(given ?? fileURLToPath(new URL("../../shared/wild/onnx-node-cases", import.meta.url)));
const unpacked = mkdtempSync(join(tmpdir(), "wasmlp-cases-"));

/** The largest difference, relative where answers are beyond 1; infinite if there are more or fewer, NaN if one is none. */
function distance(own: ArrayLike<number>, wanted: readonly number[]): number {
  if (own.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (const [i, value] of wanted.entries()) {
    const off = Object.is(own[i], value) ? 0 : Math.abs(own[i] - value) / Math.max(1, Math.abs(value));
    if (!(off <= worst)) worst = off;
  }
  return worst;
}

/** Without the rows that hold what is no finite number; JSON has it as text. */
function finiteRows({ x, y, ...rest }: Variant, width: number): Variant {
  const all = { ...rest, x: x.map(Number), y: y.map(Number) };
  const rows = x.length / width;
  const each = y.length / rows;
  if (all.x.every(Number.isFinite)) return all;
  const kept = Array.from({ length: rows }, (_, r) => r).filter((r) =>
    all.x.slice(r * width, (r + 1) * width).every(Number.isFinite),
  );
  const of = (list: readonly number[], size: number) => kept.flatMap((r) => list.slice(r * size, (r + 1) * size));
  return { ...rest, x: of(all.x, width), y: of(all.y, each) };
}

/** As the file has them: logarithms of probabilities as such, and the largest as its number. */
function answersOf({ net, scaling, model, labels }: OnnxModel, variant: Variant, ops: readonly string[]): number {
  const { x, y } = finiteRows(variant, model ? model.columns.length : net.layers[0]);
  if (model) {
    const names = model.columns.map(({ name }) => name);
    const rows = Array.from({ length: x.length / names.length }, (_, r) =>
      Object.fromEntries(names.map((name, i) => [name, x[r * names.length + i]])),
    );
    return distance(
      rows.map((row) => Number(model.predict(row as never))),
      y,
    );
  }
  const width = net.layers[0];
  const scaled = scaling ? x.map((v, i) => (v - scaling.mean[i % width]) / scaling.deviation[i % width]) : x;
  if (ops.includes("ArgMax")) {
    const ids = Array.from(net.predict(scaled as number[]), (id) => Number(labels?.[id] ?? id));
    return distance(ids, y);
  }
  const isLog = ops.includes("LogSoftmax") || (ops.includes("Log") && net.output === "softmax");
  return distance(net.predictProba(scaled as number[]), isLog ? y.map(Math.exp) : y);
}

const counts = new Map<string, { right: number; wrong: number; refused: number }>();
const wrong: string[] = [];
const sentences = new Map<string, number>();
try {
  execFileSync("tar", ["xzf", join(folder, "cases.tar.gz"), "-C", unpacked]);
  const base = join(unpacked, "onnxcases");
  const cases: Case[] = JSON.parse(readFileSync(join(base, "index.json"), "utf8"));
  for (const { name, variants, ops = [] } of cases) {
    for (const [way, variant] of Object.entries(variants)) {
      const count = counts.get(way) ?? { right: 0, wrong: 0, refused: 0 };
      counts.set(way, count);
      try {
        const off = answersOf(await fromOnnx(readFileSync(join(base, variant.file))), variant, ops);
        if (off <= BOUND) count.right++;
        else {
          count.wrong++;
          wrong.push(`${variant.file} (${ops.join()}, [${variant.xshape}] to [${variant.yshape}]): ${off}`);
        }
      } catch (error) {
        count.refused++;
        const { message } = error as Error;
        const sentence = message.replace(/node "[^"]*"( at \d+)?/g, "node");
        sentences.set(sentence, (sentences.get(sentence) ?? 0) + 1);
        if (!/^fromOnnx: [^\n]+\.$/.test(message)) wrong.push(`${name} ${way}: ${message}`);
      }
    }
  }
} finally {
  rmSync(unpacked, { recursive: true });
}

const total = { right: 0, wrong: 0, refused: 0 };
console.log("| node bound as | right | wrong | refused |\n|---|---|---|---|");
for (const [way, count] of counts) {
  console.log(`| ${way} | ${count.right} | ${count.wrong} | ${count.refused} |`);
  for (const key of ["right", "wrong", "refused"] as const) total[key] += count[key];
}
console.log(`| all | ${total.right} | ${total.wrong} | ${total.refused} |`);
for (const line of wrong) console.log(line);
if (process.argv.includes("--all")) {
  for (const [sentence, count] of [...sentences].sort(([, a], [, b]) => b - a)) console.log(`${count} ${sentence}`);
}
if (wrong.length > 0) process.exitCode = 1;
