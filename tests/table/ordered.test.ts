/** Columns whose values have an order: read as ranks, wherever a row comes from and wherever a model goes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor, type TableWarning } from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import { toModule, toWasm } from "../../src/standalone.js";
import { feed, RuntimeTensor, runtime } from "../exchange/onnx-cases.js";
import { startFile } from "../exchange/wasm-file.js";

const SIZES = ["tiny", "small", "medium", "large", "huge"];
const columns = { size: { ordered: SIZES } };

type Row = { size: string | null; weight: number; price: number };

/** Prices rise with the size, but fall at the end. */
function rowsOf(count: number, seed: number, missing = true): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const rank = random.below(SIZES.length);
    const weight = Math.fround(random.normal());
    const size = missing && random.below(8) === 0 ? null : SIZES[rank];
    return { size, weight, price: (rank === 4 ? 0 : 10 * rank) + weight };
  });
}

const ranked = (rows: readonly Row[]) =>
  rows.map((row) => ({ ...row, size: row.size === null ? null : SIZES.indexOf(row.size) }));
const options = { target: "price", hidden: [6], epochs: 4, ensemble: 2, seed: 3 };
const rows = rowsOf(200, 1);
const others = rowsOf(50, 2);

const folder = mkdtempSync(join(tmpdir(), "wasmlp-ordered-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("an ordered column", () => {
  it("is what its ranks would be as numbers, to the bit", async () => {
    for (const [list, given] of [
      [rows, {}],
      [rowsOf(200, 4, false), {}],
      // So few have no bins.
      [rowsOf(12, 5), { validation: 0 }],
    ] as const) {
      const model = await Regressor.fit(list, { ...options, ...given, columns });
      const twin = await Regressor.fit(ranked(list), { ...options, ...given, columns: { size: "number" } });
      expect(model.members.map((net) => net.parameters())).toEqual(twin.members.map((net) => net.parameters()));
      expect(model.encode(list)).toEqual(twin.encode(ranked(list)));
      expect(model.predict(others)).toEqual(twin.predict(ranked(others)));
      // Control: as texts they are other features.
      expect(model.featureNames).not.toEqual((await Regressor.fit(list, { ...options, ...given })).featureNames);
    }
  });

  it("takes numbers and texts, in whatever order is given", async () => {
    const sizes = [30, 10, 2.5];
    const numbered = rows.map((row, r) => ({ ...row, size: sizes[r % 3] }));
    const model = await Regressor.fit(numbered, { ...options, columns: { size: { ordered: [30, "10", 2.5] } } });
    const written = numbered.map((row, r) => ({ ...row, size: [" 30.0", "10", 2.5][r % 3] }));
    expect(model.encode(written)).toEqual(model.encode(numbered));
    const twin = await Regressor.fit(
      numbered.map((row, r) => ({ ...row, size: r % 3 })),
      { ...options, columns: { size: "number" } },
    );
    expect(twin.net.parameters()).toEqual(model.net.parameters());
  });

  it("has missing values by what the rows hold, not by ranks", async () => {
    const marked = rows.map((row, r) => ({ ...row, size: row.size ?? ["?", "none of these", " "][r % 3] }));
    const told: TableWarning[] = [];
    const model = await Regressor.fit(marked, {
      ...options,
      columns,
      missing: ["none of these", 0, 1],
      onWarning: (warning) => told.push(warning),
    });
    const plain = await Regressor.fit(rows, { ...options, columns });
    expect(model.net.parameters()).toEqual(plain.net.parameters());
    expect(told.filter(({ column }) => column).map(({ code, column }) => [code, column])).toEqual([
      ["missing-texts", "size"],
    ]);
    expect(told[0].message).toMatch(/If it is a text of its own, add it to the order\.$/);
    const asked = await Regressor.fit(marked.slice(0, 150), {
      ...options,
      columns: { size: { ordered: ["?", "none of these", ...SIZES] } },
    });
    expect(asked.warnings.map(({ code }) => code)).not.toContain("missing-texts");
  });

  it("refuses in a fit what is none of its values, and tells of it when predicting", async () => {
    const wrong = rows.map((row, r) => (r === 7 ? { ...row, size: "giant" } : row));
    await expect(Regressor.fit(wrong, { ...options, columns })).rejects.toThrow(
      'Regressor.fit: column "size" must hold values of its order (tiny, small, medium, large, huge), got "giant" at row 7. Add it to the order, or name it in missing when fitting.',
    );
    for (const odd of [true, new Date(0), {}]) {
      const rest = rows.map((row, r) => (r === 7 ? { ...row, size: odd } : row));
      await expect(Regressor.fit(rest, { ...options, columns })).rejects.toMatchObject({ row: 7, column: "size" });
    }
    for (const list of [rows, rowsOf(200, 4, false)]) {
      const told: TableWarning[] = [];
      const model = await Regressor.fit(list, { ...options, columns, onWarning: (warning) => told.push(warning) });
      told.length = 0;
      const [row] = others;
      expect(model.predict({ ...row, size: "giant" })).toBe(model.predict({ ...row, size: null }));
      expect(told[0]).toEqual({
        code: "late-text",
        column: "size",
        message:
          'column "size": "giant" is none of the values of its order: counted as missing, as any other such text will be.',
      });
      expect(() => model.predict({ ...row, size: false })).toThrow('column "size" must hold values of its order');
      // Once a column.
      model.predict({ ...row, size: "gigantic" });
      expect(told.length).toBe(1);
    }
  });

  it("shows in columns, summary and schema, and comes back from a file", async () => {
    const model = await Regressor.fit(rows, { ...options, columns });
    const [size] = model.columns;
    expect(size).toMatchObject({ name: "size", kind: "number", form: { type: "ordered", values: SIZES } });
    expect(model.summary()).toContain("ranks of tiny < small < medium < large < huge");
    expect(model.featureNames.filter((name) => name.startsWith("size"))).toEqual([
      "size",
      ...["size tiny", "size small", "size medium", "size large", "size huge"],
      "size is missing",
    ]);
    expect(model.schema().properties.size).toMatchObject({ examples: SIZES });
    const again = await Regressor.load(model.save());
    expect(again.save()).toEqual(model.save());
    expect(again.predict(others)).toEqual(model.predict(others));
    const dependence = await model.partialDependence(others, "size");
    expect(dependence.values).toEqual([...SIZES, null]);
    expect(dependence.means[3]).toBeGreaterThan(dependence.means[0]);
    const { answer, base, columns: shares } = await model.explain(others[0], { background: rows.slice(0, 20) });
    expect(shares.reduce((sum, { mean }) => sum + mean, base)).toBeCloseTo(answer, 6);
  });

  it("is refused by a file that holds no order", async () => {
    const { readEncoder } = await import("../../src/table/saved-encoder.js");
    const model = await Regressor.fit(rows, { ...options, columns });
    const data = JSON.parse(JSON.stringify(model.encoder));
    expect(() => readEncoder("load", data)).not.toThrow();
    for (const values of [undefined, [], ["a"], ["a", "a"], ["1", "1.0"], ["a", 2], ["a", " b"], "ab"]) {
      const damaged = structuredClone(data);
      damaged.columns[0].form.values = values;
      expect(() => readEncoder("load", damaged)).toThrow('a form of numbers as form of column "size"');
    }
  });

  it("is a model's own as a module, a .wasm file and ONNX", async () => {
    const labelled = rows.map(({ price, ...row }) => ({ ...row, kind: price > 15 ? "dear" : "cheap" }));
    const model = await Classifier.fit(labelled, { ...options, target: "kind", columns });
    const asked = [...others, { size: "giant", weight: 1 }, { size: " huge ", weight: 0 }].map(({ size, weight }) => ({
      size,
      weight,
    }));
    const path = join(folder, "model.mjs");
    writeFileSync(path, toModule(model));
    const module = await import(/* @vite-ignore */ pathToFileURL(path).href);
    expect(asked.map((row) => module.predict(row))).toEqual(model.predict(asked));
    expect(asked.map((row) => module.predictProba(row))).toEqual(asked.map((row) => model.predictProba(row)));
    const { memory, input, inputs, output, outputs, predict } = startFile(toWasm(model));
    for (const row of asked) {
      new Float32Array(memory.buffer, input.value, inputs.value).set(model.encode([row]));
      predict();
      const answers = new Float32Array(memory.buffer, output.value, outputs.value);
      expect(answers).toEqual(model.predictProba([row], new Float32Array(2)));
    }
    // As toOnnx says: trimmed, and "" for what is missing.
    const texts = asked.map(({ size }) => size?.trim() ?? "");
    const { probabilities } = await runtime(toOnnx(model), {
      size: new RuntimeTensor("string", texts, [texts.length, 1]),
      weight: feed(
        asked.map(({ weight }) => weight),
        [texts.length, 1],
      ),
    });
    const own = model.predictProba(asked, new Float32Array(2 * asked.length));
    for (const [i, p] of (probabilities.data as Float32Array).entries())
      expect(Math.abs(p - own[i])).toBeLessThan(1e-5);
  });
});

describe("an order", () => {
  const refused = (ordered: unknown) =>
    expect(Regressor.fit(rows, { ...options, columns: { size: { ordered } as never } })).rejects;

  it("is a list of two or more texts and numbers, each once", async () => {
    const list = 'Regressor.fit: columns["size"].ordered must';
    await refused(undefined).toThrow(`${list} be a list of texts and finite numbers, got undefined.`);
    await refused("small").toThrow(`${list} be a list of texts and finite numbers, got "small".`);
    await refused(["small", null]).toThrow(`${list} be a list of texts and finite numbers, got null.`);
    await refused(["small", " "]).toThrow(`${list} be a list of texts and finite numbers, got " ".`);
    await refused([1, Number.NaN]).toThrow(`${list} be a list of texts and finite numbers, got NaN.`);
    await refused(["small"]).toThrow(`${list} list 2 to 1000 values, got 1.`);
    await refused(Array.from({ length: 1001 }, (_, i) => i)).toThrow(`${list} list 2 to 1000 values, got 1001.`);
    await refused(["small", "large", "small "]).toThrow(`${list} list each value once, got "small" twice.`);
    await refused([1, 2, "1.0"]).toThrow(`${list} list each value once, got "1.0" twice.`);
  });

  it("stands alone", async () => {
    const given = (kind: unknown, name = "size") =>
      expect(Regressor.fit(rows, { ...options, columns: { [name]: kind as never } })).rejects;
    await given({ order: SIZES }).toThrow('the keys of columns["size"] must be among ordered, got "order".');
    await given({ ordered: SIZES }, "colour").toThrow("columns must name columns among");
    await given(SIZES).toThrow('columns["size"]');
  });
});
