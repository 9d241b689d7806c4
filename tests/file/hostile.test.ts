/**
 * F1: whatever the bytes, a right answer or an error of one sentence. A few hundred mutants a format here, 50,000 with `WASMLP_LONG=1`; `npm run fuzz`
 * makes as many as it is asked for, and what it finds is kept in tests/corpus, beside files that stand for a kind each.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { answerTo, corpus, keepFind, readTold, strays } from "../corpus/files.js";
import { modelWays } from "../model-mutants.js";
import { attack, makeTargets, type Target } from "../targets.js";

const targets = await makeTargets();
const told = readTold();
const LONG = process.env.WASMLP_LONG === "1";
const COUNT = LONG ? 50_000 : 600;

const elsewhere = mkdtempSync(join(tmpdir(), "wasmlp-corpus-"));
afterAll(() => rmSync(elsewhere, { recursive: true }));

describe("mutants of what a model means", () => {
  /** How many of 200 mutants are refused for their checksum. */
  const damaged = async (change: (bytes: Uint8Array) => Uint8Array) => {
    const random = new Random(1);
    let count = 0;
    for (const way of modelWays(targets.model.seeds)) {
      for (let i = 0; i < 40; i++) {
        const bytes = way(targets.model.seeds[i % 4], random);
        const answer = bytes ? await answerTo(targets.model, change(bytes)) : "read";
        if (answer.includes("checksum")) count++;
      }
    }
    return count;
  };

  it("get behind the checksum, all of them", async () => {
    expect(await damaged((bytes) => bytes)).toBe(0);
  });

  it("control: with one more bit flipped none does", async () => {
    const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte));
    expect(await damaged(flip)).toBeGreaterThan(150);
  });
});

it("every format has a corpus, and none is told of that is no format", () => {
  expect(Object.keys(told).sort()).toEqual(Object.keys(targets).sort());
});

for (const [name, target] of Object.entries(targets)) {
  describe(name, () => {
    it("is read whole", async () => {
      for (const [i, seed] of target.seeds.entries()) {
        expect(await answerTo(target, seed), `seed ${i}`).toBe("read");
      }
    });

    it(
      `is read or refused, ${COUNT} mutants`,
      async () => {
        const { read, refused, finds } = await attack(target, COUNT, 1);
        expect(finds.map(({ error }) => String(error))).toEqual([]);
        expect(read + refused).toBe(COUNT);
        // Both happen: the mutants get past the first checks, and do not all pass.
        expect(refused).toBeGreaterThan(COUNT / 4);
        expect(read).toBeGreaterThan(0);
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
        expect(Object.keys(Object.prototype)).toEqual([]);
      },
      LONG ? 900_000 : 60_000,
    );

    it("is answered as told, each file of the corpus", async () => {
      const files = corpus(name);
      expect(files.size).toBeGreaterThanOrEqual(12);
      expect(await strays(target, files, told[name])).toEqual([]);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      // Some are read, most are refused.
      const sentences = Object.values(told[name]).filter((answer) => answer !== "read");
      expect(sentences.length).toBeLessThan(files.size);
      expect(new Set(sentences).size).toBeGreaterThan(files.size / 2);
    });

    it("control: a file that is answered otherwise, that is missing or that nothing is told of is noticed", async () => {
      const files = corpus(name);
      const whole = files.get("whole") as Uint8Array;
      const others = { ...told[name], cut: "read", gone: "read" };
      expect(await strays(target, new Map([...files, ["new", whole]]), others)).toEqual([
        "gone: told of, but not there",
        `cut: must be read, got ${told[name].cut}`,
        "new: must be told of in told.json, got read",
      ]);
    });

    const tripping: Target = {
      ...target,
      read: async (bytes) => {
        if (bytes.length % 16 === 3) throw new TypeError("undefined is not a function");
        if (bytes.length % 16 === 4) bytes[0] ^= 1;
        await target.read(bytes);
      },
    };

    it("control: a reader that trips over a byte, or writes into the file, is found, and the find is kept", async () => {
      const { finds } = await attack(tripping, 200, 2);
      const messages = new Set(finds.map(({ error }) => (error as Error).message));
      expect(messages).toEqual(new Set(["undefined is not a function", "the bytes were written"]));
      const base = pathToFileURL(`${elsewhere}/`);
      const names = new Set(finds.map(({ bytes }) => keepFind(name, bytes, base)));
      const kept = corpus(name, base);
      expect([...kept.keys()]).toEqual([...names].sort());
      // Until it is mended the reader trips over them again, whatever is told.
      for (const line of await strays(tripping, kept)) expect(line).toMatch(/got neither read nor refused, but /);
      expect(await strays(tripping, kept)).toHaveLength(kept.size);
    }, 60_000);
  });
}

it("control: a format without a corpus is noticed", () => {
  expect(() => corpus("nothing")).toThrow("ENOENT");
});
