/** Rows on their way in: bytes become floats, zeros are counted, and what is not finite is noticed. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Slabs } from "../slabs.js";
import { faults, SMALLEST } from "../ulp.js";
import { draw, type Fault, holdsAndControls } from "./elementwise.js";

const slabs = await Slabs.create(2 ** 14);
const { kernels } = slabs;

describe("bytesForward", () => {
  function trial(bytes: number[], offset: number, scale: number, fault?: Fault): string[] {
    slabs.clear();
    const from = slabs.output(Math.ceil((bytes.length + offset) / 4));
    new Uint8Array(from.floats.buffer, from.address).set(bytes, offset);
    const to = slabs.output(bytes.length);
    return faults(slabs, [from], () => {
      const nonZero = kernels.bytesForward(to.address, from.address + offset, bytes.length, scale);
      fault?.output?.(to.floats);
      const exact = bytes.map((byte) => Math.fround(byte * Math.fround(scale)));
      return [
        { result: to.floats, exact, bound: () => 0 },
        { result: [nonZero], exact: [bytes.filter((byte) => byte !== 0).length], bound: () => 0 },
      ];
    });
  }

  holdsAndControls((n, random, fault) => {
    const bytes = Array.from({ length: n }, () => random.below(2) * random.below(256));
    return trial(bytes, random.below(4), random.normal(), fault);
  });

  it("knows all 256 bytes", () => {
    for (const scale of [1, 1 / 255]) {
      expect(trial([...Array(256).keys()], 0, scale)).toEqual([]);
    }
  });
});

interface Answers {
  /** Of scanForward: how many numbers are not ±0, and whether all are finite. */
  nonZero: number;
  finite: number;
}

const right = (numbers: Float32Array): Answers => {
  const finite = numbers.every(Number.isFinite) ? 1 : 0;
  return { nonZero: numbers.filter((number) => number !== 0).length, finite };
};

/** What the kernels say of numbers when they are told that there are `told`. */
function answers(numbers: Float32Array, told = numbers.length): Answers {
  slabs.clear();
  const x = slabs.input(numbers);
  const found = slabs.labels([7, 7]);
  kernels.scanForward(found.address, x.address, told);
  const [nonZero, finite] = new Int32Array(found.floats.buffer, found.address, 2);
  expect(slabs.intact).toBe(true);
  return { nonZero, finite };
}

/** n numbers, of which a third are zeros of both signs, with `value` at each place in turn. */
function* withValue(value: number): Generator<Float32Array> {
  for (let n = 1; n <= 70; n++) {
    const numbers = draw(n, new Random(n)).map((number, i) => (i % 3 === 0 ? (i % 2 === 0 ? -0 : 0) : number));
    for (let at = 0; at < n; at++) yield Float32Array.from(numbers, (number, i) => (i === at ? value : number));
  }
}

describe("scanForward", () => {
  const LARGEST = 3.4028234663852886e38;

  it.each([LARGEST, -LARGEST, SMALLEST, -SMALLEST, 2 ** -127, -0, 0])("count %s rightly wherever it is", (value) => {
    for (const numbers of withValue(value)) expect(answers(numbers)).toEqual(right(numbers));
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("notice %s wherever it is", (value) => {
    for (const numbers of withValue(value)) {
      expect(right(numbers)).toMatchObject({ finite: 0 });
      expect(answers(numbers)).toEqual(right(numbers));
    }
  });

  it("control: told of one number fewer, they miss the last and only the last", () => {
    for (const numbers of withValue(Number.NaN)) {
      const isLast = Number.isNaN(numbers[numbers.length - 1]) ? 1 : 0;
      expect(answers(numbers, numbers.length - 1)).toMatchObject({ finite: isLast });
    }
  });
});
