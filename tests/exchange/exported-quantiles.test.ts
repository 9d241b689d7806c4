/** Models of quantiles, exported: all of them, in ascending order, where outputs cross too. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Regressor } from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import { toModule, toWasm } from "../../src/standalone.js";
import { difference, feed, runtime } from "./onnx-cases.js";
import { startFile } from "./wasm-file.js";

const random = new Random(1);
const rows = Array.from({ length: 90 }, () => {
  const x = Math.fround(random.uniform());
  return { x, y: 3 + x * 20 * random.uniform() };
});
const LEVELS = [0.3, 0.4, 0.5, 0.6, 0.7];

/** Of so short a fit that outputs cross. */
const learn = (ensemble: number, transform: "none" | "log", quantiles = LEVELS) =>
  Regressor.fit(rows, { target: "y", hidden: [7], epochs: 1, ensemble, transform, loss: { quantiles }, seed: 2 });

const ALL = [1, 3].flatMap((count) => (["none", "log"] as const).map((transform) => ({ count, transform })));

describe("quantiles", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-quantiles-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  interface Loaded {
    predict(row: object): number;
    predictQuantiles(row: object): number[];
  }

  async function load(model: Regressor, name: string): Promise<Loaded> {
    const path = join(folder, `${name}.mjs`);
    writeFileSync(path, toModule(model));
    return import(/* @vite-ignore */ pathToFileURL(path).href);
  }

  it.each(ALL)(
    "of $count networks, transform $transform: the module's and the file's",
    async ({ count, transform }) => {
      const model = await learn(count, transform);
      const wanted = model.predictQuantiles(rows);
      const raw = model.ensemble.predictProba(model.encode(rows));
      const isCrossed = (_: unknown, r: number) => LEVELS.some((_, i) => i > 0 && raw[5 * r + i] < raw[5 * r + i - 1]);
      expect(rows.some(isCrossed)).toBe(true);
      const module = await load(model, `${count}-${transform}`);
      expect(rows.map((row) => module.predictQuantiles(row))).toEqual(wanted);
      expect(rows.map((row) => module.predict(row))).toEqual(model.predict(rows));
      for (const opset of [13, 21]) {
        const x = feed(
          rows.map((row) => row.x),
          [rows.length, 1],
        );
        const { quantiles } = await runtime(toOnnx(model, { opset }), { x });
        expect(quantiles.dims).toEqual([rows.length, 5]);
        expect(difference(quantiles.data as Float32Array, wanted.flat())).toBeLessThan(1e-4);
        // Control: as the networks answer them they are others.
        const crossed = Array.from(raw, (answer) => model.targetEncoder.decode(answer));
        expect(difference(quantiles.data as Float32Array, crossed)).toBeGreaterThan(1e-3);
      }
    },
  );

  it("in the .wasm file are those of the networks, as they are", async () => {
    const model = await learn(3, "none");
    const features = model.encode(rows);
    const { memory, input, inputs, output, outputs, predict } = startFile(toWasm(model));
    expect(outputs.value).toBe(5);
    new Float32Array(memory.buffer, input.value, inputs.value).set(features.subarray(0, inputs.value));
    predict();
    const raw = model.ensemble.predictProba(features).slice(0, 5);
    expect(new Float32Array(memory.buffer, output.value, 5).slice()).toEqual(raw);
  });

  it("may be one alone", async () => {
    const model = await learn(2, "none", [0.9]);
    const module = await load(model, "one");
    expect(rows.map((row) => module.predictQuantiles(row))).toEqual(model.predictQuantiles(rows));
    const x = feed(
      rows.map((row) => row.x),
      [rows.length, 1],
    );
    const { quantiles } = await runtime(toOnnx(model), { x });
    expect(difference(quantiles.data as Float32Array, model.predict(rows))).toBeLessThan(1e-4);
  });
});
