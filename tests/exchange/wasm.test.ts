/** Models as WebAssembly files: run by a bare process that has nothing of the library, they give the library's bits. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Exportable } from "../../src/exchange/exported-model.js";
import { toWasm } from "../../src/exchange/standalone/wasm.js";
import {
  CODES,
  Reader,
  readSections,
  SECTIONS,
  signed,
  unsigned,
  vector,
  writeFile,
} from "../../src/exchange/standalone/wasm-binary.js";
import { callsOf } from "../../src/exchange/standalone/wasm-calls.js";
import { Random } from "../../src/ground/random.js";
import { argmax } from "../../src/ground/statistics.js";
import { type Activation, type Activations, Classifier, MLP, type Output } from "../../src/index.js";
import { ACTIVATIONS as ALL_ACTIVATIONS, OUTPUTS as ALL_OUTPUTS } from "../../src/net/activations.js";
import { startFile } from "./wasm-file.js";

const ACTIVATIONS: Activation[] = ["relu", "sigmoid", "tanh", "identity"];
const OUTPUTS: Output[] = ["softmax", "sigmoid", "linear"];
/** With their numbers, whole and broken. */
const NUMBERED: Activation[] = [{ "leaky-relu": 0.2 }, { "leaky-relu": 1 }, { elu: 1.5 }, { elu: 3 }];
/** No hidden layer to three of them, with widths on both sides of every tile's edge. */
const SHAPES = [
  [1, 1],
  [15, 16],
  [784, 3],
  [16, 17, 1],
  [31, 33, 15],
  [784, 128, 10],
  [64, 15, 31, 16],
  [33, 1, 784, 2],
  [17, 64, 33, 31, 32],
  [2, 31, 16, 64, 17],
];

const folder = mkdtempSync(join(tmpdir(), "wasmlp-wasm-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A network whose parameters are all random, biases too. */
async function makeNet(layers: number[], activation: Activations, output: Output, random: Random): Promise<MLP> {
  const net = await MLP.create<Output>({ layers, activation, output, seed: random.below(1000) });
  const parameters = net.parameters();
  for (const { biases } of parameters) for (let j = 0; j < biases.length; j++) biases[j] = random.normal();
  net.setParameters(parameters);
  return net;
}

/** Eight rows: ordinary, mostly zeros (which the library skips), all zeros, very small, and large enough to saturate. */
function makeRows(width: number, random: Random): Float32Array {
  const scales = [1, 1, 10, 1, 0, 1e-40, 1e4, 1];
  const shares = [1, 1, 1, 0.1, 1, 1, 1, 0.05];
  return Float32Array.from({ length: 8 * width }, (_, i) => {
    const r = Math.floor(i / width);
    return random.below(100) < 100 * shares[r] ? scales[r] * random.normal() : -0;
  });
}

/** Instantiates each file with no imports at all and writes what `predict` and `forward` give for each row. */
const BARE = `
  const { readFileSync, writeFileSync } = require("node:fs");
  (async () => {
    for (let i = 0; i < COUNT; i++) {
      const { instance } = await WebAssembly.instantiate(readFileSync(i + ".wasm"));
      const { memory, input, inputs, output, outputs, predict, forward } = instance.exports;
      const x = new Float32Array(memory.buffer, input.value, inputs.value);
      const y = new Float32Array(memory.buffer, output.value, outputs.value);
      const rows = new Float32Array(new Uint8Array(readFileSync(i + ".rows")).buffer);
      const results = [];
      for (let at = 0; at < rows.length; at += x.length) {
        x.set(rows.subarray(at, at + x.length));
        predict();
        results.push(...y);
        forward();
        results.push(...y);
      }
      writeFileSync(i + ".results", Float32Array.from(results));
    }
  })();`;

/** What a bare process makes of files and rows: [row, "predict" | "forward", output] flat. */
function runBare(jobs: readonly { file: Uint8Array; rows: Float32Array }[]): Float32Array[] {
  for (const [i, { file, rows }] of jobs.entries()) {
    writeFileSync(join(folder, `${i}.wasm`), file);
    writeFileSync(join(folder, `${i}.rows`), rows);
  }
  execFileSync(process.execPath, ["-e", BARE.replace("COUNT", `${jobs.length}`)], { cwd: folder, env: {} });
  return jobs.map((_, i) => new Float32Array(new Uint8Array(readFileSync(join(folder, `${i}.results`))).buffer));
}

/** Rows whose probabilities differ from the library's in a bit, or whose sums lead to other decisions. */
function differences(net: MLP, rows: Float32Array, results: Float32Array): number[] {
  const [inputs, outputs] = [net.layers[0], net.layers[net.layers.length - 1]];
  const bytes = (numbers: Float32Array) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return [...Array(rows.length / inputs).keys()].filter((r) => {
    const row = rows.subarray(r * inputs, (r + 1) * inputs);
    const [predicted, sums] = [0, 1].map((which) => results.subarray((2 * r + which) * outputs).subarray(0, outputs));
    const decide: Partial<Record<Output, () => number[]>> = {
      softmax: () => [argmax(sums, 0, outputs)],
      sigmoid: () => Array.from(sums, (sum) => Number(sum > 0)),
    };
    const decision = decide[net.output]?.() ?? [...predicted];
    let wanted: Float32Array;
    try {
      wanted = net.predictProba(row);
    } catch {
      // The library refuses rows whose values float32 does not hold; the file says so in its way.
      return predicted.every(Number.isFinite) && sums.every(Number.isFinite);
    }
    const isSame = bytes(predicted).equals(bytes(wanted));
    return !isSame || decision.some((value, j) => value !== net.predict(row)[j]);
  });
}

describe("a model's file in a bare process", () => {
  it("gives the library's bits, whatever the activation, the output and the widths", async () => {
    const random = new Random(1);
    const jobs = [];
    for (const layers of SHAPES) {
      for (const activation of ACTIVATIONS) {
        for (const output of OUTPUTS) {
          const net = await makeNet(layers, activation, output, random);
          jobs.push({ net, file: toWasm(net), rows: makeRows(layers[0], random) });
        }
      }
    }
    for (const [i, results] of runBare(jobs).entries()) {
      const { net, rows } = jobs[i];
      expect(results).toHaveLength(16 * net.layers[net.layers.length - 1]);
      expect(differences(net, rows, results), `${net.layers} ${net.activation} ${net.output}`).toEqual([]);
    }
  });

  it("gives the library's bits of every activation, hidden and last, each layer with its own", async () => {
    const random = new Random(7);
    const pick = <T>(list: readonly T[]) => list[random.below(list.length)];
    const activations = [...ALL_ACTIVATIONS, ...NUMBERED];
    const jobs: { net: MLP; file: Uint8Array; rows: Float32Array }[] = [];
    const add = async (layers: number[], activation: Activations, output: Output) => {
      const net = await makeNet(layers, activation, output, random);
      jobs.push({ net, file: toWasm(net), rows: makeRows(layers[0], random) });
    };
    for (const activation of activations) await add([7, 19, 5], activation, pick(ALL_OUTPUTS));
    for (const output of ALL_OUTPUTS) await add([6, 9, 7], pick(activations), output);
    for (let i = 0; i < 60; i++) {
      const layers = Array.from({ length: 2 + random.below(4) }, () => 1 + random.below(40));
      await add(layers, layers.length > 2 ? layers.slice(2).map(() => pick(activations)) : "relu", pick(ALL_OUTPUTS));
    }
    for (const [i, results] of runBare(jobs).entries()) {
      const { net, rows } = jobs[i];
      expect(differences(net, rows, results), JSON.stringify([net.layers, net.activation, net.output])).toEqual([]);
    }
  });

  it("control: another number of an activation, and another last activation, are noticed", async () => {
    const random = new Random(8);
    const net = await makeNet([9, 12, 3], { elu: 1.5 }, "relu6", random);
    const rows = makeRows(9, random);
    const parts = { layers: net.layers, parameters: () => net.parameters() };
    const files = [
      { ...parts, activation: { elu: 1.5 }, output: "relu6" },
      { ...parts, activation: { elu: 1.5000001 }, output: "relu6" },
      { ...parts, activation: { elu: 1.5 }, output: "relu" },
    ].map((other) => toWasm(other as unknown as Exportable));
    const counts = runBare(files.map((file) => ({ file, rows }))).map(
      (result) => differences(net, rows, result).length,
    );
    expect(counts[0]).toBe(0);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(0);
  });

  it("control: a bit of a weight, another activation and another output are noticed", async () => {
    const random = new Random(2);
    const net = await makeNet([15, 16, 4], "tanh", "softmax", random);
    const rows = makeRows(15, random);
    const bit = toWasm(net);
    bit[bit.length - 1] ^= 1; // A bit of the last bias's exponent.
    const parts = { layers: net.layers, parameters: () => net.parameters() };
    const others = [
      { ...parts, activation: "sigmoid", output: "softmax" },
      { ...parts, activation: "tanh", output: "sigmoid" },
    ].map((other) => toWasm(other as unknown as Exportable));
    const results = runBare([toWasm(net), bit, ...others].map((file) => ({ file, rows })));
    const counts = results.map((result) => differences(net, rows, result).length);
    expect(counts[0]).toBe(0);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(0);
  });

  it("has a memory that does not grow: 100,000 predictions, then the same answer", async () => {
    const net = await makeNet([31, 33, 3], "sigmoid", "softmax", new Random(3));
    writeFileSync(join(folder, "many.wasm"), toWasm(net));
    const script = `
      WebAssembly.instantiate(require("node:fs").readFileSync("many.wasm")).then(({ instance }) => {
        const { memory, input, output, predict } = instance.exports;
        const before = memory.buffer;
        const x = new Float32Array(before, input.value, 31).fill(0.5);
        predict();
        const first = new Float32Array(before, output.value, 3).slice();
        for (let i = 0; i < 1e5; i++) {
          x.fill(i / 1e5);
          predict();
        }
        x.fill(0.5);
        predict();
        let refused = false;
        try { memory.grow(1); } catch { refused = true; }
        const last = new Float32Array(before, output.value, 3);
        console.log(JSON.stringify([before === memory.buffer, refused, [...first], [...last]]));
      });`;
    const [same, refused, first, last] = JSON.parse(
      `${execFileSync(process.execPath, ["-e", script], { cwd: folder })}`,
    );
    expect([same, refused]).toEqual([true, true]);
    expect(last).toEqual(first);
    expect(first).toEqual([...net.predictProba(new Float32Array(31).fill(0.5))]);
  });
});

describe("the file", () => {
  it("is a module that imports nothing, has no names in it, and exports what is documented", async () => {
    for (const output of OUTPUTS) {
      const net = await makeNet([5, 4, 3], "tanh", output, new Random(4));
      const module = new WebAssembly.Module(toWasm(net) as Uint8Array<ArrayBuffer>);
      expect(WebAssembly.Module.imports(module)).toEqual([]);
      expect(WebAssembly.Module.customSections(module, "name")).toEqual([]);
      expect(WebAssembly.Module.exports(module).map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
        "memory: memory",
        ...["input: global", "inputs: global", "output: global", "outputs: global"],
        ...["forward: function", "predict: function"],
      ]);
    }
  });

  it("holds the weights and some kilobytes of kernels", async () => {
    for (const layers of [
      [2, 10, 2],
      [784, 128, 10],
    ]) {
      const net = await MLP.create({ layers });
      const kernels = toWasm(net).length - 4 * net.parameterCount;
      expect(kernels).toBeGreaterThan(1000);
      expect(kernels).toBeLessThan(8000);
    }
  });

  it("puts everything on lines of 64 bytes, and writes neither to the row nor to the weights", async () => {
    for (const layers of SHAPES) {
      const net = await makeNet(layers, "relu", "softmax", new Random(5));
      const { memory, input, inputs, output, outputs, predict } = startFile(toWasm(net));
      expect([inputs.value, outputs.value]).toEqual([layers[0], layers[layers.length - 1]]);
      expect([input.value % 64, output.value % 64]).toEqual([0, 0]);
      const row = new Float32Array(memory.buffer, input.value, layers[0]).fill(0.25);
      const after = new Uint8Array(memory.buffer, output.value + 4 * outputs.value);
      const before = after.slice();
      predict();
      expect(row.every((value) => value === 0.25)).toBe(true);
      expect(Buffer.from(after).equals(before)).toBe(true);
    }
  });

  it("is the same for the same parameters, and a snapshot: it does not follow the model", async () => {
    const net = await makeNet([3, 2], "relu", "linear", new Random(6));
    const file = toWasm(net);
    expect(toWasm(await MLP.load(net.save()))).toEqual(file);
    const copy = file.slice();
    net.setParameters([{ weights: new Float32Array(6), biases: new Float32Array(2) }]);
    expect(file).toEqual(copy);
    expect(toWasm(net)).not.toEqual(file);
  });

  it("of a table with one network is that of the network", async () => {
    const rows = Array.from({ length: 8 }, (_, i) => ({ x: i % 3, y: i % 2 === 0 }));
    const model = await Classifier.fit(rows, { target: "y", epochs: 1, ensemble: 1 });
    expect(toWasm(model)).toEqual(toWasm(model.net));
  });

  it("is not written of anything else", () => {
    for (const [value, shown] of [
      [undefined, "undefined"],
      [{ net: 5 }, "an object"],
      ["net", '"net"'],
    ]) {
      expect(() => toWasm(value as unknown as Exportable)).toThrow(
        new TypeError(`toWasm: model must be an MLP, a Classifier or a Regressor, got ${shown}.`),
      );
    }
    const huge = { layers: [2 ** 15, 2 ** 14], activation: "relu", output: "linear", parameters: () => [] };
    expect(() => toWasm(huge as unknown as Exportable)).toThrow(
      /^toWasm: the parameters must fit in 1 GiB, got 2147\d+ bytes/,
    );
  });
});

describe("the calls of a function", () => {
  /** The bodies of all functions of a build, and what each calls, from the text of the same build. */
  const read = () => {
    const build = readFileSync("build/core.wasm");
    const code = new Reader(readSections(build).get(SECTIONS.code) as Uint8Array);
    const bodies = Array.from({ length: code.unsigned() }, () => code.counted());
    const functions = readFileSync("build/core.wat", "utf8")
      .split(/^ \(func /m)
      .slice(1);
    const names = functions.map((text) => /^\S+/.exec(text)?.[0]);
    const told = functions.map((text) => [...text.matchAll(/\(?call (\S+)/g)].map(([, name]) => names.indexOf(name)));
    return { bodies, told: told.map((calls) => [...new Set(calls)].sort((a, b) => a - b)) };
  };

  it("are those that the compiler writes", () => {
    const { bodies, told } = read();
    expect(told.length).toBe(bodies.length);
    expect(bodies.map((body) => [...callsOf(body)].sort((a, b) => a - b))).toEqual(told);
    expect(told.flat().length).toBeGreaterThan(10);
  });

  it("control: the call's byte is in other places, too", () => {
    const { bodies, told } = read();
    const scanned = bodies.map((body) => [...body].filter((_, i) => body[i - 1] === CODES.call).sort((a, b) => a - b));
    expect(scanned).not.toEqual(told);
  });
});

describe("LEB128", () => {
  /** What an engine reads. */
  const asGlobal = (value: number) => {
    const file = writeFile([
      [SECTIONS.global, vector([[Uint8Array.of(0x7f, 0, 0x41), signed(value), Uint8Array.of(0x0b)]])],
      [SECTIONS.export, vector([[Uint8Array.of(1, 0x67, 3, 0)]])],
    ]);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(file as Uint8Array<ArrayBuffer>));
    return (exports.g as WebAssembly.Global).value;
  };
  const edges = [0, 63, 64, 127, 128, 8191, 8192, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

  it("signed words are what an engine reads, unsigned ones come back", () => {
    for (const value of [...edges, ...edges.map((edge) => -edge)]) expect(asGlobal(value)).toBe(value | 0);
    fc.assert(fc.property(fc.integer(), (value) => asGlobal(value) === value));
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.integer({ min: 0, max: 2 ** 32 - 1 })), (value) => {
        const reader = new Reader(unsigned(value));
        return reader.unsigned() === value && reader.done;
      }),
    );
  });

  it("control: an unsigned word in a signed one's place is another number", () => {
    expect([...unsigned(64)]).not.toEqual([...signed(64)]);
    expect(new Reader(signed(-1)).unsigned()).not.toBe(-1);
  });
});
