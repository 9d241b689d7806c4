/** What unpacks the core is zlib's inverse. */
import { constants, deflateSync, inflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { coreBase64 } from "../../src/built/core-base64.js";
import { coreDeflated } from "../../src/built/core-deflated.js";
import { workerDeflated } from "../../src/built/worker-deflated.js";
import { decodeBase64 } from "../../src/core/core.js";
import { inflate } from "../../src/core/inflate.js";

it("unpacks the core", () => {
  expect(inflate(decodeBase64(coreDeflated))).toEqual(new Uint8Array(decodeBase64(coreBase64)));
});

it("unpacks the worker's script", () => {
  const packed = decodeBase64(workerDeflated);
  expect(Buffer.from(inflate(packed)).equals(inflateSync(packed))).toBe(true);
});

it("unpacks a block whose codes are those that all know", () => {
  const packed = deflateSync("wasmlp, wasmlp and wasmlp", { strategy: constants.Z_FIXED });
  expect(Buffer.from(inflate(packed)).toString()).toBe("wasmlp, wasmlp and wasmlp");
});

it("unpacks what zlib packs into blocks with codes of their own", () => {
  // Letters by chance, some often, some seldom, and what was there before: other blocks would be longer.
  const letter = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(..."aehnrst") },
    fc.constantFrom(..."AEHNRSTbcdfg{}();"),
  );
  const text = fc.string({ unit: letter, minLength: 400, maxLength: 3000, size: "max" });
  fc.assert(
    fc.property(text, fc.nat(40_000), (letters, count) => {
      const bytes = Buffer.from(letters + letters.repeat(20).slice(0, count) + [...letters].reverse().join(""));
      const packed = deflateSync(bytes, { level: 9 });
      fc.pre(bytes.length <= 8 * packed.length);
      expect(Buffer.from(inflate(packed)).equals(bytes)).toBe(true);
    }),
  );
});

it("refuses blocks without codes", () => {
  expect(() => inflate(deflateSync("wasmlp", { level: 0 }))).toThrow("inflate: the bytes must be whole");
});

it("control: another byte in the middle is other bytes, or refused", () => {
  const packed = decodeBase64(coreDeflated);
  packed[packed.length >> 1] ^= 1;
  let unpacked: Uint8Array | undefined;
  try {
    unpacked = inflate(packed);
  } catch {}
  expect(unpacked).not.toEqual(new Uint8Array(decodeBase64(coreBase64)));
});
