/**
 * R1: same seed, same bytes. SHA-256 of the weights and of the predictions after a short training, for configurations that
 * go through every kernel (tests/engines/configurations.ts), against what Node 20 wrote down (tests/golden/bytes.json). The
 * gate runs this on every Node, and scripts/engines.ts runs the same on the other engines. `WASMLP_WRITE_BYTES=1` writes
 * the file anew: only when a change is meant to move bits.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as wasmlp from "../src/index.js";
import { configurations, hash, hashes } from "./engines/configurations.js";

const file = new URL("golden/bytes.json", import.meta.url);

if (process.env.WASMLP_WRITE_BYTES === "1") {
  const written: Record<string, string> = {};
  for (const [name, compute] of Object.entries(hashes)) written[name] = await compute(wasmlp);
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
}
const golden: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};

describe("same seed, same bytes", () => {
  it("is written down for every configuration", () => {
    expect(Object.keys(golden)).toEqual(Object.keys(hashes));
    expect(new Set(Object.values(golden)).size).toBe(Object.keys(golden).length);
  });

  for (const [name, compute] of Object.entries(hashes)) {
    it(name, async () => expect(await compute(wasmlp)).toBe(golden[name]));
  }

  it("control: one seed further is other bytes", async () => {
    const { model, options } = configurations.sgd;
    expect(await hash(wasmlp, { model: { ...model, seed: 6 }, options })).not.toBe(golden.sgd);
  });
});
