/** Files of Keras and PyTorch that scripts/make-model-files.py wrote, and what they answer, in float64. */
import { readdirSync, readFileSync } from "node:fs";
import type { MLP } from "../../src/index.js";

const FOLDER = new URL("../models/elsewhere/", import.meta.url);

interface Answers {
  readonly x: number[][];
  readonly y: number[][];
  readonly bound?: number;
  readonly scaling?: boolean;
}

export const elsewhere = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, FOLDER)));
export const filesElsewhere = (ending: RegExp): string[] =>
  readdirSync(FOLDER)
    .filter((name) => ending.test(name))
    .sort();
export const answersElsewhere: Record<string, Answers> = JSON.parse(
  readFileSync(new URL("answers.json", FOLDER), "utf8"),
);

/** The largest difference of our answers, as a share of those beyond 1. */
export function differenceFrom(
  { x, y }: Answers,
  net: MLP,
  scaling?: { readonly mean: readonly number[]; readonly deviation: readonly number[] },
): number {
  const rows = scaling ? x.map((row) => row.map((value, i) => (value - scaling.mean[i]) / scaling.deviation[i])) : x;
  const got = net.predictProba(rows);
  const wanted = y.flat();
  if (got.length !== wanted.length) throw new Error(`${got.length} answers, not ${wanted.length}`);
  return got.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i]))),
    0,
  );
}
