/** The slow way to unpack is zlib's inverse. */
import { constants, deflateSync } from "node:zlib";
import fc from "fast-check";
import { expect, it } from "vitest";
import { coreBase64 } from "../../src/built/core-base64.js";
import { coreDeflated } from "../../src/built/core-deflated.js";
import { decodeBase64 } from "../../src/core/core.js";
import { inflateSlowly } from "../../src/core/inflate.js";

it("unpacks the core", () => {
  expect(inflateSlowly(decodeBase64(coreDeflated))).toEqual(new Uint8Array(decodeBase64(coreBase64)));
});

const strategies = [
  { level: 0 },
  { level: 9 },
  { strategy: constants.Z_FIXED },
  { strategy: constants.Z_HUFFMAN_ONLY },
  { level: 1, memLevel: 1 },
];

it.each(strategies)("unpacks whatever zlib packs: %o", (options) => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.nat(255), fc.nat(2000)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const bytes = Buffer.concat([...pieces, ...pieces]);
      expect(Buffer.from(inflateSlowly(deflateSync(bytes, options))).equals(bytes)).toBe(true);
    }),
  );
});

it("control: another byte in the middle is other bytes, or refused", () => {
  const packed = decodeBase64(coreDeflated);
  packed[packed.length >> 1] ^= 1;
  let unpacked: Uint8Array | undefined;
  try {
    unpacked = inflateSlowly(packed);
  } catch {}
  expect(unpacked).not.toEqual(new Uint8Array(decodeBase64(coreBase64)));
});
