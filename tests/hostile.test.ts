/**
 * F1: whatever the bytes, a right answer or an error of one sentence. A few thousand mutants a format here; `npm run fuzz`
 * makes as many as it is asked for, and what it finds is kept in tests/corpus.
 */
import { describe, expect, it } from "vitest";
import { attack, corpus, makeTargets, oneFile, type Target } from "./targets.js";

const targets = await makeTargets();
const COUNT = 600;

for (const [name, target] of Object.entries(targets)) {
  describe(name, () => {
    it("is read whole", async () => {
      for (const seed of target.seeds) expect([undefined, "refused"]).toContain(await oneFile(target, seed));
    });

    it(`is read or refused, ${COUNT} mutants`, async () => {
      const { read, refused, finds } = await attack(target, COUNT, 1);
      expect(finds.map(({ error }) => String(error))).toEqual([]);
      expect(read + refused).toBe(COUNT);
      // Both happen: the mutants get past the first checks, and do not all pass.
      expect(refused).toBeGreaterThan(COUNT / 4);
      expect(read).toBeGreaterThan(0);
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
      expect(Object.keys(Object.prototype)).toEqual([]);
    }, 60_000);

    it("is read or refused, what once was found", async () => {
      for (const bytes of corpus(name)) expect([undefined, "refused"]).toContain(await oneFile(target, bytes));
    });

    it("control: a reader that trips over a byte, or writes into the file, is found", async () => {
      const tripping: Target = {
        ...target,
        read: async (bytes) => {
          if (bytes.length % 16 === 3) throw new TypeError("undefined is not a function");
          if (bytes.length % 16 === 4) bytes[0] ^= 1;
          await target.read(bytes);
        },
      };
      const { finds } = await attack(tripping, 200, 2);
      const messages = new Set(finds.map(({ error }) => (error as Error).message));
      expect(messages).toEqual(new Set(["undefined is not a function", "the bytes were written"]));
    }, 60_000);
  });
}
