/** Modules and .wasm files with weights of 16 or 8 bits: the answers, to the bit, of the model that is loaded from such a file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { toModule } from "../../src/exchange/standalone/module.js";
import { toWasm } from "../../src/exchange/standalone/wasm.js";
import { Random } from "../../src/ground/random.js";
import { Classifier, Dataset, MLP, type MLPOptions, type Output, Regressor } from "../../src/index.js";
import { ROUNDINGS, rounded } from "../rounded-weights.js";
import { startFile } from "./wasm-file.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-small-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;
interface Loaded {
  predict(row: unknown): unknown;
  predictProba(row: unknown): unknown;
}
function load(source: string): Promise<Loaded> {
  const path = join(folder, `${count++}.mjs`);
  writeFileSync(path, source);
  return import(/* @vite-ignore */ pathToFileURL(path).href);
}

/** What a .wasm file answers to a row of features. */
function answerOf(file: Uint8Array, row: Float32Array): Float32Array {
  const { memory, input, inputs, output, outputs, predict } = startFile(file);
  new Float32Array(memory.buffer, input.value, inputs.value).set(row);
  predict();
  return new Float32Array(memory.buffer, output.value, outputs.value).slice();
}

const bytes = (numbers: Float32Array) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);

const SIZES: MLPOptions<Output>[] = [
  { layers: [1, 1], output: "sigmoid" },
  { layers: [5, 3], output: "linear" },
  { layers: [3, 1, 7, 2], activation: "tanh" },
  { layers: [17, 33, 15, 4], normalization: "batch" },
  { layers: [6, 9, 8, 3], normalization: ["layer", "batch"], activation: "gelu" },
  { layers: [784, 128, 10] },
];

describe.each(ROUNDINGS)("with weights as %s", (weights) => {
  it("a network's file and its module answer as load(save) and as float64's rounding, to the bit", async () => {
    const random = new Random(1);
    for (const options of SIZES) {
      const net = await MLP.create<Output>({ ...options, seed: 1 });
      const [inputs] = net.layers;
      const x = Float32Array.from({ length: 20 * inputs }, () => random.normal());
      if (options.normalization) {
        const y = Array.from({ length: 20 }, (_, i) => i % net.layers[net.layers.length - 1]);
        await (net as MLP).fit(Dataset.from({ x, y }), { epochs: 2 });
      }
      const [file, source] = [toWasm(net, { weights }), toModule(net, { weights })];
      const again = await MLP.load(net.save({ weights }));
      const module = await load(source);
      net.setParameters(rounded(net.parameters(), weights));
      // What is rounded is rounded to itself.
      expect(toWasm(again, { weights })).toEqual(file);
      for (let r = 0; r < 20; r++) {
        const row = x.subarray(r * inputs, (r + 1) * inputs);
        const wanted = bytes(net.predictProba(row));
        expect(bytes(again.predictProba(row)).equals(wanted)).toBe(true);
        expect(bytes(answerOf(file, row)).equals(wanted)).toBe(true);
        expect(bytes(module.predictProba(row) as Float32Array).equals(wanted)).toBe(true);
      }
    }
  });

  it("weights and biases lie in memory as those of the rounded network's own file, none before or after", async () => {
    const net = await MLP.create({ layers: [5, 6, 3], normalization: "layer", seed: 2 });
    const small = startFile(toWasm(net, { weights })).memory.buffer;
    net.setParameters(rounded(net.parameters(), weights));
    const { memory, output } = startFile(toWasm(net));
    expect(small.byteLength).toBe(memory.buffer.byteLength);
    // After the output come the panel, of which nothing is written here, and all parameters.
    const rest = (buffer: ArrayBufferLike) => Buffer.from(buffer, output.value + 12);
    expect(rest(small).equals(rest(memory.buffer))).toBe(true);
  });

  it("extreme weights are those of load(save): of zeros, the smallest and the largest numbers", async () => {
    const net = await MLP.create<Output>({ layers: [2, 6], output: "linear" });
    const lists = [3.4028234e38, 0, 1e-45, 65_504, 1, 1e-39, -3e38, -0, 3e-44, 2e-14, -0.3, -1e-40];
    for (const scale of [1, 1e-5]) {
      net.setParameters([{ weights: lists.map((weight) => Math.fround(weight * scale)), biases: new Float32Array(6) }]);
      const again = await MLP.load(net.save({ weights }));
      for (const row of [Float32Array.of(1, 0), Float32Array.of(0, 1), Float32Array.of(-0.5, 0.25)]) {
        expect(bytes(answerOf(toWasm(net, { weights }), row)).equals(bytes(again.predictProba(row)))).toBe(true);
      }
    }
  });

  it("modules and files of tables answer as the model that is loaded from such a file", async () => {
    const rows = Array.from({ length: 60 }, (_, i) => ({
      a: i % 17,
      b: ["x", "y"][i % 2],
      t: i % 17 > 8 ? "u" : "v",
      n: i % 17,
    }));
    const options = { epochs: 2, hidden: [6, 5], ensemble: 3, seed: 1 };
    const classifier = await Classifier.fit(rows, { ...options, target: "t" });
    const loaded = await Classifier.load(classifier.save({ weights }));
    const module = await load(toModule(classifier, { weights }));
    const file = toWasm(classifier, { weights });
    const regressor = await Regressor.fit(rows, { ...options, target: "n" });
    const value = await Regressor.load(regressor.save({ weights }));
    const values = await load(toModule(regressor, { weights }));
    for (const row of rows.slice(0, 20)) {
      expect(module.predictProba(row)).toEqual(loaded.predictProba(row));
      expect(module.predict(row)).toEqual(loaded.predict(row));
      expect(values.predict(row)).toBe(value.predict(row));
      const wanted = loaded.predictProba(row, new Float32Array(2));
      expect(bytes(answerOf(file, loaded.encode([row]))).equals(bytes(wanted))).toBe(true);
    }
  });
});

it("files are a half and a quarter as large, beside some kilobytes of kernels; without the option they are what they were", async () => {
  const net = await MLP.create({ layers: [784, 128, 10], seed: 1 });
  const weights = 784 * 128 + 128 * 10;
  const [whole, half, quarter] = (["float32", "f16", "int8"] as const).map((own) => toWasm(net, { weights: own }));
  expect(toWasm(net)).toEqual(whole);
  expect(toModule(net, { weights: "float32" })).toBe(toModule(net));
  expect(whole.length - half.length).toBeGreaterThan(2 * weights - 300);
  expect(whole.length - quarter.length).toBeGreaterThan(3 * weights - 4 * 138 - 300);
  expect(toModule(net, { weights: "int8" }).length / toModule(net).length).toBeLessThan(0.28);
  for (const file of [half, quarter]) {
    const module = new WebAssembly.Module(file);
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    expect(WebAssembly.Module.exports(module)).toEqual(WebAssembly.Module.exports(new WebAssembly.Module(whole)));
  }
});

it("another word is refused, and another option", async () => {
  const net = await MLP.create({ layers: [2, 2] });
  for (const write of [toWasm, toModule]) {
    const attempt = (options: unknown) => () => write(net, options as never);
    expect(attempt({ weights: "int4" })).toThrow(
      new RangeError(`${write.name}: weights must be one of "float32", "f16", "int8", got "int4".`),
    );
    expect(attempt({ weights: 8 })).toThrow(TypeError);
    expect(attempt({ weight: "f16" })).toThrow(`${write.name}: the options must be among weights, got "weight".`);
    expect(attempt(null)).toThrow(`${write.name}: the options must be an object, got null. Pass {} for the defaults.`);
  }
});

it("control: a number that is another by one changes answers", async () => {
  const net = await MLP.create({ layers: [4, 3], seed: 1 });
  const file = toWasm(net, { weights: "int8" });
  const row = Float32Array.of(1, -1, 0.5, 2);
  const before = answerOf(file, row);
  // The numbers of the only layer come before its biases and its scales.
  const codes = await MLP.load(net.save({ weights: "int8" }));
  const [{ weights }] = codes.parameters();
  const most = weights.reduce((best, weight, i) => (Math.abs(weight) > Math.abs(weights[best]) ? i : best), 0);
  const at = Buffer.from(file).lastIndexOf(Buffer.from(new Int8Array(12).map((_, i) => codeOf(weights, i)).buffer));
  expect(at).toBeGreaterThan(0);
  file[at + most] ^= 1;
  expect(bytes(answerOf(file, row)).equals(bytes(before))).toBe(false);
});

/** The number of a weight of three outputs. */
function codeOf(weights: Float32Array, i: number): number {
  const column = weights.filter((_, k) => k % 3 === i % 3);
  return Math.round((weights[i] / Math.max(...column.map(Math.abs))) * 127);
}
