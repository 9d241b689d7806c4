/** The nine open tables of ../shared/data/tables, and which of their rows train and test. */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { splitRows } from "../../src/index.js";

export type Row = Record<string, string>;

/** Beside the project, no part of it. */
export const FOLDER = new URL("../../../shared/data/tables/", import.meta.url);
export const haveSets = existsSync(FOLDER);

export interface OpenSet {
  readonly name: string;
  readonly file: string;
  readonly target: string;
  readonly kind: "class" | "value";
}

/** Rows of one table, by what they are for. */
export interface Parts {
  readonly train: readonly Row[];
  readonly test: readonly Row[];
}

export function openSets(): OpenSet[] {
  return JSON.parse(readFileSync(new URL("SETS.json", FOLDER), "utf8"));
}

/** The rows that have a target, all text. */
export function readSet({ file, target }: OpenSet): Row[] {
  const rows = parse<Row>(gunzipSync(readFileSync(new URL(file, FOLDER))), { columns: true });
  return rows.filter((row) => !["", "NA", "?"].includes(row[target]));
}

/** One fifth to test, with each class's share. `seed` 0 is the split that figures are told of. */
export function splitSet({ kind, target }: OpenSet, rows: readonly Row[], seed: number): Parts {
  return splitRows([...rows], { test: 0.2, seed, ...(kind === "class" && { stratify: target }) });
}

/** What peers.py is told: of each row 0 to train, 1 to test, 2 neither. */
export function partOf(rows: readonly Row[], { train, test }: Parts): number[] {
  const [trained, tested] = [new Set(train), new Set(test)];
  return rows.map((row) => (trained.has(row) ? 0 : tested.has(row) ? 1 : 2));
}
