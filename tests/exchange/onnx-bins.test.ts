/** Columns counted from their median in files of toOnnx: onnxruntime makes the features that rows are encoded as, to the bit. */
import { describe, expect, it } from "vitest";
import type { ExportableTable } from "../../src/exchange/exported-model.js";
import { Random } from "../../src/ground/random.js";
import { MLP } from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import type { Encoder } from "../../src/table/encoder.js";
import { learnEncoder } from "../table/learn.js";
import { feed, RuntimeTensor, runtime } from "./onnx-cases.js";

type Row = { n: number; whole: number; at: Date; few: number; y: number };

const day = (random: Random) => new Date(Date.UTC(2020, 0, 1, 0, random.below(2e6)));

/** Numbers that float32 holds, some missing. */
function table(random: Random, n: number): Row[] {
  return Array.from({ length: n }, () => {
    const number = Math.fround(10 * random.normal());
    const at = day(random);
    const [whole, few] = [random.below(200), Math.fround(random.uniform() < 0.9 ? 0 : random.uniform())];
    return {
      n: random.below(6) ? number : Number.NaN,
      whole,
      at: random.below(6) ? at : new Date(Number.NaN),
      few,
      // All of them tell something: chance alone cuts no bins.
      y: Math.abs(number) + random.normal() + at.getTime() / 5e9 + whole / 10 + (few > 0 ? 30 : 0),
    };
  });
}

/** Values at edges, beyond all others, and none at all. */
function odd(rows: readonly Row[], { columns }: Encoder): Row[] {
  const bins = (name: string) => {
    const column = columns.find((own) => own.name === name);
    return column && "bins" in column && column.bins ? column.bins : [0];
  };
  const numbers = [0, -0, 3.4e38, -3.4e38, 2 ** -149, Number.NaN, 1e9, ...bins("n").map(Math.fround)];
  const dates = [0, 8.64e15, -8.64e15, Number.NaN, ...bins("at").map((edge) => edge * 86_400_000)];
  return numbers.map((n, i) => ({ n, whole: n, few: n, at: new Date(dates[i % dates.length]), y: rows[0].y }));
}

function feedsOf(rows: readonly Row[]): Record<string, RuntimeTensor> {
  const dims = [rows.length, 1];
  const column = (name: "n" | "whole" | "few") =>
    feed(
      rows.map((row) => row[name]),
      dims,
    );
  const days = Float64Array.from(rows, ({ at }) => at.getTime() / 86_400_000);
  return { n: column("n"), whole: column("whole"), few: column("few"), at: new RuntimeTensor("float64", days, dims) };
}

/** A model whose value is one feature of a row. */
async function modelOf(encoder: Encoder, feature: number): Promise<ExportableTable> {
  const net = await MLP.create({ layers: [encoder.width, 1], output: "linear" });
  const weights = Float32Array.from({ length: encoder.width }, (_, i) => Number(i === feature));
  net.setParameters([{ weights, biases: [0] }]);
  const code = { mean: 0, deviation: 1 };
  const saved = () => ({ kind: "regressor", target: "y", encoder: encoder.toJSON(), code });
  return { members: [net], columns: encoder.columns, saved } as unknown as ExportableTable;
}

/** What onnxruntime gives for a feature of rows. */
async function given(encoder: Encoder, feature: number, rows: readonly Row[], opset?: number): Promise<number[]> {
  const { value } = await runtime(toOnnx(await modelOf(encoder, feature), { opset }), feedsOf(rows));
  return Array.from(value.data as Float32Array);
}

describe("columns with bins", () => {
  const rows = table(new Random(1), 400);
  const learn = (learned: readonly Row[]) => {
    const guide = { targets: Float64Array.from(learned, ({ y }) => y) };
    return learnEncoder([...learned], "y", {}, undefined, guide);
  };
  const encoder = learn(rows);
  const shown = [...odd(rows, encoder), ...table(new Random(2), 100)];
  const wanted = (feature: number) => {
    const all = encoder.encode("predict", shown);
    return Array.from({ length: shown.length }, (_, r) => all[r * encoder.width + feature] + 0);
  };

  it("make the features that rows are encoded as", async () => {
    const counts = encoder.columns.map((own) => ("bins" in own && own.bins ? own.bins.length - 1 : 0));
    expect(Math.min(...counts), `${counts}`).toBeGreaterThanOrEqual(2);
    for (let feature = 0; feature < encoder.width; feature++) {
      const own = await given(encoder, feature, shown);
      expect(
        own.map((value) => value + 0),
        encoder.featureNames[feature],
      ).toEqual(wanted(feature));
    }
  });

  it.each([13, 21])("of operator set %i too", async (opset) => {
    for (const feature of [0, 1, 2]) expect(await given(encoder, feature, shown, opset)).toEqual(wanted(feature));
  });

  it("control: an edge that is moved is noticed", async () => {
    const other = learn(rows.map((row) => ({ ...row, whole: row.whole + 1 })));
    const feature = encoder.width - 2;
    expect(other.featureNames[feature]).toMatch(/^whole /);
    expect(await given(other, feature, shown)).not.toEqual(wanted(feature));
  });
});
