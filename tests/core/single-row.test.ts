/** Products of a single row by narrow tiles: the bits of the wide ones, nothing read or written beside, on every engine. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Slabs } from "../slabs.js";
import { uniform } from "./operands.js";

const slabs = await Slabs.create(2_000_000);
const { kernels } = slabs;
const names = ["denseForward", "denseReluForward"] as const;

/** @param told how many inputs the narrow tiles are told of */
function differing(name: (typeof names)[number], inputs: number, outputs: number, odd: boolean, told = inputs): number {
  const random = new Random(inputs * 1000 + outputs);
  slabs.clear();
  const given = [inputs, inputs * outputs, outputs].map((count) => slabs.input(uniform(count, random, 1), odd));
  given[0].floats[inputs >> 1] = 0;
  const [x, w, b] = given.map(({ address }) => address);
  const before = given.map(({ floats }) => floats.slice());
  const [wide, narrow] = [slabs.output(outputs, odd), slabs.output(outputs, odd)];
  // Where the scratch would lie is no address: what is there is not to be read.
  kernels[name](wide.address, x, w, b, wide.address, 1, inputs, outputs);
  kernels[name](narrow.address, x, w, b, 0, 1, told, outputs);
  expect(slabs.intact).toBe(true);
  for (const [i, { floats }] of given.entries()) expect(floats).toEqual(before[i]);
  return wide.floats.reduce((count, value, i) => count + Number(!Object.is(value, narrow.floats[i])), 0);
}

describe.each(names)("%s", (name) => {
  it("has the same bits for every number of outputs around tiles, and of inputs", () => {
    const outputs = [1, 3, 4, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 100, 128, 200];
    for (const inputs of [1, 2, 3, 4, 7, 8, 31, 100, 257]) {
      for (const count of outputs) {
        expect([inputs, count, differing(name, inputs, count, count % 2 === 1)]).toEqual([inputs, count, 0]);
      }
    }
  });

  it("control: one input fewer is noticed", () => expect(differing(name, 100, 64, false, 99)).toBeGreaterThan(0));
});

it("keeps what NaN and infinities make", () => {
  slabs.clear();
  const x = slabs.input([Number.NaN, 1]);
  const w = slabs.input(Array.from({ length: 80 }, (_, i) => (i === 45 ? Number.POSITIVE_INFINITY : 1)));
  const b = slabs.input(new Float32Array(40));
  const y = slabs.output(40);
  kernels.denseReluForward(y.address, x.address, w.address, b.address, 0, 1, 2, 40);
  expect([...y.floats].every(Number.isNaN)).toBe(true);
  x.floats[0] = 0;
  kernels.denseReluForward(y.address, x.address, w.address, b.address, 0, 1, 2, 40);
  expect([...y.floats].map((v) => (Number.isFinite(v) ? v : String(v)))).toEqual(
    Array.from({ length: 40 }, (_, i) => (i === 5 ? "Infinity" : 1)),
  );
});
