/** Parts of dates in files of toOnnx: onnxruntime makes the features that rows are encoded as, to the bit. */
import { describe, expect, it } from "vitest";
import { writeColumns } from "../../src/exchange/onnx/column-operators.js";
import { GraphWriter, writeModel } from "../../src/exchange/onnx/graph-writer.js";
import { Random } from "../../src/ground/random.js";
import { Regressor } from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import { DATE_PARTS } from "../../src/table/date-parts.js";
import type { Encoder } from "../../src/table/encoder.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { difference, RuntimeTensor, runtime } from "./onnx-cases.js";

const DAY = 86_400_000;

const encoderOf = (changes: object = {}) => {
  const column = {
    ...{ kind: "date", name: "at", mean: 19000, deviation: 300, bound: 8, hasMissing: true, missingShare: 0.25 },
    ...{ form: { type: "date", order: "year-first" }, parts: DATE_PARTS, median: 19000, spread: 400 },
    ...{ bins: [-30000, 0, 19000, 30000], means: [0.25, 0.5, 0.75], ...changes },
  };
  return readEncoder("load", { missing: [], columns: [JSON.parse(JSON.stringify(column))] });
};

/** Moments of all kinds, one missing. */
function moments(): number[] {
  const random = new Random(1);
  const times = [0, -1, 1, 8.64e15, -8.64e15, Number.NaN];
  const from = Date.UTC(-200, 0, 1);
  for (let i = 0; i < 4000; i++) times.push(from + Math.floor((Date.UTC(9999, 11, 31) - from) * random.uniform()));
  for (let i = 0; i < 2000; i++) times.push(Math.floor(2e12 * random.uniform()));
  for (const year of [-200, -4, 0, 1, 4, 100, 400, 1582, 1900, 1970, 1999, 2000, 2001, 2024, 2100, 2400, 9999]) {
    for (let day = 0; day < 366; day++) {
      const start = new Date(0).setUTCFullYear(year, 0, 1);
      times.push(start + day * DAY + random.below(24) * 3_600_000, start + day * DAY - 1);
    }
  }
  return times;
}

/** What onnxruntime makes of days, all features of each. */
async function given(encoder: Encoder, days: readonly number[], opset: number): Promise<Float32Array> {
  const graph = new GraphWriter(["at", "out"]);
  graph.result("Identity", [writeColumns(graph, encoder.toJSON())], "out");
  graph.output("out", "FLOAT", encoder.width);
  const at = new RuntimeTensor("float64", Float64Array.from(days), [days.length, 1]);
  return (await runtime(writeModel(graph.finish("test", opset)), { at })).out.data as Float32Array;
}

/** The features that differ, each once. */
function differing({ featureNames, width }: Encoder, a: Float32Array, b: Float32Array): string[] {
  expect(a.length).toBe(b.length);
  return [...new Set(Array.from(a, (feature, i) => (feature === b[i] ? "" : featureNames[i % width])))].filter(Boolean);
}

describe("parts of dates", () => {
  const times = moments();
  const wanted = (encoder: Encoder) =>
    encoder.encode(
      "predict",
      times.map((time) => ({ at: new Date(time) })),
    );
  const days = times.map((time) => time / DAY);

  it.each([13, 17, 21])("are the features that rows are encoded as, of operator set %i", async (opset) => {
    for (const changes of [{}, { bins: undefined, means: undefined, hasMissing: false }, { parts: ["weekday"] }]) {
      const encoder = encoderOf(changes);
      expect(differing(encoder, await given(encoder, days, opset), wanted(encoder))).toEqual([]);
    }
  });

  it("are finite for all numbers of days", async () => {
    const far = [1e9, -1e9, 1e20, -1e300, Number.MAX_VALUE, 5e-324];
    const out = await given(encoderOf({ bins: undefined, means: undefined }), far, 17);
    expect(out.every(Number.isFinite)).toBe(true);
    expect(out.every((feature, i) => i % 69 === 0 || Math.abs(feature) <= 1)).toBe(true);
  });

  it("control: an hour more is noticed, and so is a day", async () => {
    const encoder = encoderOf();
    const by = async (more: number) => {
      const later = days.map((day) => day + more);
      return differing(encoder, await given(encoder, later, 17), wanted(encoder));
    };
    expect(await by(1 / 24)).toContain("at at 8:00");
    expect(await by(1)).toEqual(expect.arrayContaining(["at in early May", "at on Monday"]));
    expect(await by(7)).not.toContain("at on Monday");
  });

  it("of a model that was fitted, answer as it does", async () => {
    const rows = times
      .filter((time) => Math.abs(time - 1e12) < 1e12)
      .slice(0, 400)
      .map((time) => ({ at: new Date(time), y: new Date(time).getUTCDay() }));
    const model = await Regressor.fit(rows, { target: "y", hidden: [8], epochs: 5, ensemble: 1 });
    expect(model.columns[0]).toMatchObject({ parts: DATE_PARTS });
    const at = new RuntimeTensor(
      "float64",
      Float64Array.from(rows, (row) => row.at.getTime() / DAY),
      [rows.length, 1],
    );
    const { value } = await runtime(toOnnx(model), { at });
    expect(difference(value.data as Float32Array, Array.from(model.predict(rows)))).toBeLessThan(1e-5);
  });
});
