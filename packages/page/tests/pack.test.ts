/** What is packed is unpacked to the byte; the page's own engine is packed so. */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pack } from "../src/pack/pack.js";
import { unpack } from "../src/pack/unpack.js";

const source = readFileSync(new URL("../src/pack/predictor.ts", import.meta.url));

describe("packing", () => {
  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["a byte", Uint8Array.of(7)],
    ["zeros", new Uint8Array(3000)],
    ["every byte, in no order", Uint8Array.from({ length: 4000 }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24)],
    ["a text", source],
  ])("of %s is undone", (_, bytes) => {
    expect(Buffer.from(unpack(pack(bytes))).equals(Buffer.from(bytes))).toBe(true);
  });

  it("makes a text smaller than gzip does", () => {
    expect(pack(source).length).toBeLessThan(0.95 * gzipSync(source, { level: 9 }).length);
  });

  it("control: another byte unpacks to something else", () => {
    const packed = pack(source);
    packed[200] ^= 1;
    expect(Buffer.from(unpack(packed)).equals(source)).toBe(false);
  });
});
