/** Rows as they come from outside: JSON that claims to be something, arrays of other realms, values that change. */
import vm from "node:vm";
import { describe, expect, it } from "vitest";
import { Dataset, MLP } from "../../src/index.js";

const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
const elsewhere = (code: string): unknown => vm.runInNewContext(code);

describe("JSON", () => {
  it("that says it is a dataset, or long, is refused in a sentence", () => {
    for (const text of [
      '{"isDataset":true,"inputs":2,"x":[1,2,3,4],"scale":"x"}',
      '{"wasmlp.Dataset":true,"inputs":2,"x":{"length":4e10}}',
    ]) {
      expect(() => net.predict(JSON.parse(text))).toThrow("predict: x must be a typed array, an array of numbers");
    }
    const long = JSON.parse('[{"length":1000000000}]');
    expect(() => Dataset.from({ x: long })).toThrow("Dataset.from: x[0] must be a row of 0 numbers, got an object.");
    expect(() => Dataset.from({ x: [{ length: -1 }] })).toThrow("Dataset.from: x[0] must be a row");
  });

  it("control: a dataset is taken for one", () => {
    expect(net.predict(Dataset.from({ x: [[1, 2]] })).length).toBe(1);
  });
});

describe("arrays of another realm", () => {
  it("are what they are: rows, bytes of pixels, a place for the result", () => {
    const row = new Float32Array([1, 2]);
    const wanted = net.predictProba(row);
    expect(net.predictProba(elsewhere("new Float32Array([1, 2])") as Float32Array)).toEqual(wanted);
    expect(net.predictProba(elsewhere("[[1, 2]]") as number[][])).toEqual(wanted);
    const out = elsewhere("new Float32Array(2)") as Float32Array;
    expect(net.predictProba(row, out)).toBe(out);
    expect(Array.from(out)).toEqual(Array.from(wanted));
    const pixels = elsewhere("new Uint8Array([0, 255])") as Uint8Array;
    const data = Dataset.from({ x: pixels, rows: 1, scale: 1 / 255 });
    expect(net.predictProba(data)).toEqual(net.predictProba([0, 1]));
    expect(() => net.predict(pixels)).toThrow("got a Uint8Array");
  });

  it("control: what only says that it is a typed array is refused", () => {
    const liar = { [Symbol.toStringTag]: "Float32Array", length: 2, buffer: new ArrayBuffer(8), byteOffset: 0 };
    expect(() => net.predict(liar as never)).toThrow("predict: x must be a typed array");
  });
});

it("a value that says something else each time it is asked is asked once", () => {
  let asked = 0;
  const moody = Object.defineProperty([0, 0], 0, { get: () => (asked++ === 0 ? 1 : Number.NaN), enumerable: true });
  expect(net.predictProba(moody)).toEqual(net.predictProba([1, 0]));
  expect(asked).toBe(1);
});

describe("numbers beyond float32", () => {
  it("on their way through the layers are refused with their row, not answered with NaN", async () => {
    const far = [
      [0, 0],
      [3e38, 3e38],
    ];
    const deep = await MLP.create({ layers: [2, 40, 40, 2], seed: 2 });
    for (const call of ["predict", "predictProba"] as const) {
      expect(() => deep[call](far)).toThrow(
        `${call}: x must hold numbers whose sums float32 holds, got others at row 1.`,
      );
    }
    const many = Array.from({ length: 400 }, (_, r) => (r === 399 ? far[1] : far[0]));
    expect(() => deep.predict(many)).toThrow("at row 399.");
    expect(deep.predict([[1, 1]]).length).toBe(1);
  });

  it("control: numbers that stay finite are answered", () => {
    expect(net.predict([[1e30, -1e30]]).length).toBe(1);
  });

  it("as scale, scaling or rows to take are refused in a sentence", () => {
    const data = Dataset.from({ x: [[1], [2]] });
    expect(() => Dataset.from({ x: new Uint8Array(2), rows: 2, scale: 1e39 })).toThrow("Dataset.from: scale must be");
    expect(() => data.standardise(null as never)).toThrow("standardise: scaling must be { mean, deviation }");
    expect(() => data.standardise({ mean: [0], deviation: [0] })).toThrow("standardise: scaling.deviation[0] must be");
    expect(() => data.take(null as never)).toThrow("take: indices must be a list of row numbers, got null.");
  });
});
