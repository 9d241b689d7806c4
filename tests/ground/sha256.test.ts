/** SHA-256 beside Node's own. */
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { sha256 } from "../../src/ground/sha256.js";

it("is Node's for all lengths around a block, and for more", () => {
  for (const length of [...Array(140).keys(), 1000, 100_003]) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 197 + length) % 256);
    expect(sha256(bytes), `${length}`).toBe(createHash("sha256").update(bytes).digest("hex"));
  }
});

it("control: one bit changes it", () => expect(sha256(Uint8Array.of(1))).not.toBe(sha256(Uint8Array.of(3))));
