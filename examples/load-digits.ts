/** Reads data/digits.csv: 1,797 pictures of 8x8 values from 0 to 16, and the digit that each shows. */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { Dataset } from "wasmlp";

export function loadDigits(): Dataset {
  const file = readFileSync(new URL("data/digits.csv", import.meta.url));
  const rows = parse(file, { from_line: 2 }).map((row) => row.map(Number));
  return Dataset.from({ x: rows.map((row) => row.slice(0, 64)), y: rows.map((row) => row[64]) });
}

/** A seeded fifth for testing, both parts scaled by what the training part looks like. */
export function splitDigits(): { train: Dataset; test: Dataset } {
  const { train, test } = loadDigits().split({ test: 0.2, seed: 1, stratify: true });
  const scaled = train.standardise();
  return { train: scaled, test: test.standardise(scaled.scaling) };
}
