/** ONNX files from strangers: each fault is refused in a sentence, and none needs much memory (RELIABILITY.md, F1 and F3). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { type Model, ModelSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { MLP } from "../../src/index.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { MIB, onePeak, peak } from "./memory-peak.js";
import {
  BINARY,
  FULL,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  type NodeSpec,
  numbers,
  outcome,
} from "./onnx-cases.js";

type Change = (model: Model) => void;

/** The file after a change to its message. */
function changed(spec: GraphSpec, change: Change): Uint8Array {
  const model = fromBinary(ModelSchema, modelBytes(spec));
  change(model);
  return toBinary(ModelSchema, model);
}

const graph = (model: Model) => model.graph!;
const bytes = (...values: number[]) => Uint8Array.from(values);

describe("one test a class", () => {
  const w = ({ graph: g }: Model) => g!.initializer[0];
  const CLASSES: [name: string, change: Change, message: RegExp][] = [
    [
      "external data",
      (m) => (w(m).externalData = [bytes(10, 1, 65)]),
      /hold the data of "w" once, got external data beside it/,
    ],
    ["an external location", (m) => (w(m).dataLocation = 1), /hold the data of "w" once/],
    ["segments", (m) => (w(m).segment = bytes()), /"w" in one piece/],
    ["sparse initializers", (m) => graph(m).sparseInitializer.push(bytes()), /dense tensors alone/],
    ["a function twice", (m) => m.functions.push(bytes(), bytes()), /each of its functions once, got "" twice/],
    ["functions that are none", (m) => m.functions.push(bytes(10, 9)), /hold the 9 bytes that name announces/],
    ["training", (m) => m.trainingInfo.push(bytes()), /for predicting alone/],
    ["a subgraph", (m) => (graph(m).node[0].attribute[0].g = bytes()), /\(Cast\) no subgraph, got "to"/],
    ["subgraphs", (m) => graph(m).node[0].attribute[0].graphs.push(bytes()), /no subgraph/],
    ["a reference", (m) => (graph(m).node[0].attribute[0].refAttrName = "x"), /attributes of its own/],
    [
      "an attribute twice",
      (m) => graph(m).node[0].attribute.push(graph(m).node[0].attribute[0]),
      /each attribute once, got "to" twice/,
    ],
    [
      "an attribute of another type",
      (m) => (graph(m).node[0].attribute[0].type = 1),
      /to as INT \(2\), got attribute type 1/,
    ],
    ["an overload", (m) => (graph(m).node[2].overload = "mine"), /operators of an MLP alone, got node "the MatMul"/],
    ["an unknown domain", (m) => (graph(m).node[2].domain = "com.evil"), /"the MatMul" \(MatMul\) of "com.evil"/],
    ["an old operator set", (m) => (m.opsetImport[0].version = 5n), /version 6 to 26 of operator set "ai.onnx", got 5/],
    ["a new operator set", (m) => (m.opsetImport[0].version = 27n), /got 27/],
    ["a new ai.onnx.ml", (m) => (m.opsetImport[1].version = 6n), /version 1 to 5 of operator set "ai.onnx.ml", got 6/],
    ["an operator set twice", (m) => m.opsetImport.push(m.opsetImport[0]), /each operator set once/],
    ["no operator set", (m) => (m.opsetImport = []), /import the operator set of node "the Cast"/],
    ["an old IR", (m) => (m.irVersion = 2n), /IR version 3 to 13, got 2/],
    ["a new IR", (m) => (m.irVersion = 14n), /got 14/],
    ["no graph", (m) => (m.graph = undefined), /hold a graph, got none/],
    ["an initializer twice", (m) => graph(m).initializer.push(w(m)), /each name once, got "w" twice/],
    ["a nameless initializer", (m) => (w(m).name = ""), /name its values/],
    ["an output twice", (m) => (graph(m).node[1].output = ["f"]), /each name once, got "f" twice/],
    ["a graph output twice", (m) => graph(m).output.push(graph(m).output[0]), /each output once/],
    ["no output", (m) => (graph(m).output = []), /have an input that its outputs depend on, got \["x"\]/],
    ["an output that nothing gives", (m) => (graph(m).output[0].name = "?"), /give "\?" before the graph's outputs/],
    ["an input twice", (m) => graph(m).input.push(graph(m).input[0]), /each input once/],
    ["no input", (m) => (graph(m).input = []), /have an input that its outputs depend on, got \[\]/],
    ["an input of text", (m) => (graph(m).input[0].type!.tensorType!.elemType = 8), /\(Cast\) floats to cast to/],
    [
      "an input of complex numbers",
      (m) => (graph(m).input[0].type!.tensorType!.elemType = 14),
      /"x" as numbers or texts, got data type 14/,
    ],
    ["an input of no type", (m) => (graph(m).input[0].type = undefined), /"x" as a tensor/],
    ["a cycle", (m) => (graph(m).node[0].input = ["x", "label"]), /give "label" before node "the Cast"/],
    ["a node that reads itself", (m) => (graph(m).node[2].input = ["s", "m"]), /give "m" before node "the MatMul"/],
    ["an input that is missing", (m) => (graph(m).node[2].input = ["s", ""]), /\(MatMul\) input 1, got none/],
    ["no inputs", (m) => (graph(m).node[2].input = ["s"]), /\(MatMul\) input 1, got none/],
    ["too many inputs", (m) => graph(m).node[2].input.push("w"), /\(MatMul\) 2 inputs at most, got 3/],
    ["a node without an output", (m) => (graph(m).node[12].output = []), /give "z" before the graph's outputs/],
    ["a node of too many outputs", (m) => graph(m).node[2].output.push("m2"), /\(MatMul\) one output, got 2/],
    [
      "NaN weights",
      (m) => w(m).rawData!.fill(255),
      /finite in float32 at node "the MatMul" \(MatMul\), got NaN by "w"/,
    ],
    ["infinite weights", (m) => w(m).rawData!.set([0, 0, 128, 127]), /got Infinity by "w"/],
    ["a NaN attribute", (m) => (graph(m).node[7].attribute[1].f = Number.NaN), /\(Gemm\) a finite alpha, got NaN/],
    [
      "sizes that overflow",
      (m) => (w(m).dims = [2n ** 31n - 1n, 2n ** 31n - 1n, 2n ** 31n - 1n]),
      /bytes each, got 48 bytes/,
    ],
    ["sizes beyond 2^31", (m) => (w(m).dims = [2n ** 62n]), /sizes from 0 to 2\^31 - 1/],
    ["negative sizes", (m) => (w(m).dims = [-3n, -4n]), /sizes from 0 to 2\^31 - 1, got -3/],
    ["sizes of nothing", (m) => Object.assign(w(m), { dims: [0n, 4n], rawData: bytes() }), /a matrix of floats as "w"/],
    [
      "a tensor of nothing as one number a feature",
      (m) => Object.assign(graph(m).initializer[1], { dims: [0n], rawData: bytes() }),
      /one number a feature/,
    ],
    [
      "less data than sizes",
      (m) => (w(m).rawData = bytes(1, 2)),
      /12 values in "w" of shape \[3, 4\] of 4 bytes each, got 2 bytes/,
    ],
    ["data twice", (m) => (w(m).floatData = [bytes(0, 0, 0, 0)]), /the data of "w" once/],
    [
      "data of another type",
      (m) => Object.assign(w(m), { rawData: undefined, doubleData: [bytes()] }),
      /the data of "w" in its type, got doubleData/,
    ],
    ["an unknown data type", (m) => (w(m).dataType = 99), /"w" in one of FLOAT, .* got data type 99/],
    ["raw texts", (m) => (graph(m).initializer[4].rawData = bytes(1)), /"names" once|texts as texts/],
    [
      "a varint without an end",
      (m) => Object.assign(graph(m).initializer[5], { rawData: undefined, int64Data: [bytes(129)] }),
      /1 values in "shape" of shape \[1\], got NaN/,
    ],
    [
      "a varint of eleven bytes",
      (m) =>
        Object.assign(graph(m).initializer[5], { rawData: undefined, int64Data: [bytes(...Array(11).fill(129), 0)] }),
      /ten bytes at most/,
    ],
    ["prototype names", (m) => (graph(m).node[2].opType = "__proto__"), /got node "the MatMul" \(__proto__\)/],
    ["other prototype names", (m) => (graph(m).node[2].opType = "constructor"), /\(constructor\)/],
  ];
  for (const [name, change, message] of CLASSES) {
    it(`refuses ${name}`, async () => expect(await outcome(changed(FULL, change))).toMatch(message));
  }

  it("reads the file that these are made of, and the binary one", async () => {
    for (const spec of [FULL, BINARY]) expect(await outcome(modelBytes(spec))).toHaveProperty("net");
  });

  it("initializers may be listed as inputs, and operator sets that nothing uses may be imported", async () => {
    const listed = changed(BINARY, (m) => {
      graph(m).input.push(create(ModelSchema, { graph: { input: [{ name: "w" }] } }).graph!.input[0]);
      m.opsetImport.push({ ...m.opsetImport[0], domain: "com.microsoft", version: 1n });
    });
    expect(await outcome(listed)).toHaveProperty("net");
  });

  it("refuses what is no Uint8Array by its kind", async () => {
    for (const wrong of [undefined, "x", {}, new ArrayBuffer(8), [1, 2]]) {
      await expect(fromOnnx(wrong as Uint8Array)).rejects.toThrow(/^fromOnnx: bytes must be a Uint8Array, got .*\.$/);
    }
  });
});

describe("bytes that protobuf would read otherwise", () => {
  const FAULTS: [string, Uint8Array, RegExp][] = [
    ["nothing", bytes(), /IR version 3 to 13, got 0/],
    ["a text", new TextEncoder().encode("<!doctype html>"), /./],
    [
      "a message that reaches beyond the one it lies in",
      bytes(8, 8, 58, 2, 10, 100, 0),
      /hold the 100 bytes that node announces, got 0/,
    ],
    ["a length beyond 2^31", bytes(58, 255, 255, 255, 255, 15), /bytes that graph announces/],
    ["a tag of field 0", bytes(0, 0), /illegal tag/],
    ["groups", bytes(8, 8, 0x7b, 0x7c), /hold no groups, got field 15/],
    ["fields of another wire type", bytes(10, 1, 0), /write ir_version with wire type 0, got 2/],
    ["floats in half", bytes(58, 10, 10, 8, 42, 6, 58, 3, 0, 0, 0, 0), /whole numbers of bytes in floats/],
    ["whole numbers in half", bytes(58, 7, 10, 5, 42, 3, 66, 1, 128), /end ints with a number/],
    ["names that are not UTF-8", bytes(58, 4, 10, 2, 34, 0, 18, 1, 255), /./],
  ];
  for (const [name, file, message] of FAULTS) {
    it(`refuses ${name}`, async () => expect(await outcome(file)).toMatch(message));
  }

  it("refuses every truncation", async () => {
    const whole = modelBytes(BINARY);
    for (let length = 0; length < whole.length; length++) {
      const cut = await outcome(whole.subarray(0, length));
      // The names of the outputs come last: without one of them the file is whole.
      if (typeof cut !== "string") expect(fromBinary(ModelSchema, whole.subarray(0, length)).graph).toBeDefined();
    }
  });
});

/** Prints the peak of reading the second file, the first having warmed up all that is made once. */
const ALONE = `
import { readFileSync, writeFileSync } from "node:fs";
import { fromOnnx } from ${JSON.stringify(new URL("../../dist/onnx.js", import.meta.url).href)};
const [count, ...paths] = process.argv.slice(1);
const [small, file] = paths.map((path) => readFileSync(path));
await fromOnnx(small);
const status = (name) => 1024 * Number(new RegExp(name + ":\\\\s+(\\\\d+)").exec(readFileSync("/proc/self/status", "utf8"))[1]);
global.gc();
writeFileSync("/proc/self/clear_refs", "5");
const before = status("VmRSS");
const { net } = await fromOnnx(file);
if (net.parameterCount !== Number(count)) throw new Error("another model");
console.log(status("VmHWM") - before);
`;

/** In a process of its own: what earlier tests have left here is collected when the engine likes. */
function neededAlone(small: Uint8Array, file: Uint8Array, count: number): number {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-onnx-"));
  writeFileSync(join(folder, "file"), file);
  writeFileSync(join(folder, "small"), small);
  const paths = [join(folder, "small"), join(folder, "file")];
  const args = ["--expose-gc", "--input-type=module", "-e", ALONE, `${count}`, ...paths];
  const needed = Number(execFileSync(process.execPath, args).toString());
  rmSync(folder, { recursive: true });
  return needed;
}

/** What `toOnnx` writes of a Regressor of one column and two layers of `width` units. */
async function tableBytes(width: number): Promise<Uint8Array> {
  const column = { kind: "number", name: "a", mean: 0, deviation: 1, hasMissing: false };
  const encoder = readEncoder("load", { missing: [], columns: [column] });
  const net = await MLP.create({ layers: [1, width, width, 1], output: "linear", init: "he-uniform" });
  const code = { mean: 0, deviation: 1 };
  const saved = () => ({ kind: "regressor", target: "y", encoder: encoder.toJSON(), code });
  return toOnnx({ members: [net], columns: encoder.columns, saved });
}

describe.runIf(process.platform === "linux")("memory", () => {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  /** A field of a message: its tag, its length, its contents. */
  const wrap = (tag: number, contents: Uint8Array) =>
    Buffer.concat([Uint8Array.from([tag, ...varint(contents.length)]), contents]);
  const repeated = (unit: number[], size: number) => {
    const file = new Uint8Array(size - (size % unit.length));
    for (let i = 0; i < file.length; i++) file[i] = unit[i % unit.length];
    return file;
  };
  const SIZE = 2 * MIB;
  const BOMBS: [string, Uint8Array][] = [
    ["empty nodes", wrap(58, repeated([10, 0], SIZE))],
    ["empty initializers", wrap(58, repeated([42, 0], SIZE))],
    ["empty operator sets", repeated([66, 0], SIZE)],
    ["empty names", wrap(58, wrap(10, repeated([10, 0], SIZE)))],
    ["packed sizes of a tensor", wrap(58, wrap(42, wrap(10, repeated([0], SIZE))))],
    ["sizes of a tensor", wrap(58, wrap(42, repeated([8, 0], SIZE)))],
    ["floats of an attribute", wrap(58, wrap(10, wrap(42, wrap(58, repeated([0, 0, 0, 0], SIZE)))))],
    ["empty texts", wrap(58, wrap(42, repeated([50, 0], SIZE)))],
  ];

  it("small parts that become large objects are refused before they do", async () => {
    for (const [name, bomb] of BOMBS) {
      const needed = await peak(async () => {
        expect(await outcome(bomb), name).toMatch(/no more parts than an MLP of its size needs/);
      });
      expect(needed, name).toBeLessThanOrEqual(2 * bomb.length + 16 * MIB);
    }
  });

  it("the same weights for many layers, or many nodes that scale, are refused", async () => {
    const constants = { w: floats([256, 256], numbers(65536, 1)), c: floats([256], numbers(256, 2)) };
    const layers = Array.from({ length: 200 }, (_, l) => ["MatMul", l === 0 ? "x w" : `m${l - 1} w`, `m${l}`] as const);
    const many = modelBytes({ constants, nodes: layers.map(([...node]) => node), outputs: "m199" });
    expect(await outcome(many)).toMatch(/weights of its layers once each/);
    const scales = Array.from({ length: 17 }, (_, l) => ["Mul", l === 0 ? "m c" : `s${l - 1} c`, `s${l}`] as const);
    const scaled = modelBytes({
      constants,
      nodes: [["MatMul", "x w", "m"], ...scales.map(([...node]) => node as never)],
      outputs: "s16",
    });
    expect(await outcome(scaled)).toMatch(/scale or shift at most 16 times in a row, got node "the Mul at 17" \(Mul\)/);
  });

  const shapeOf = (...sizes: bigint[]) => int64s([sizes.length], sizes);
  const chain = (op: string, count: number, more = "", attributes = {}) =>
    Array.from(
      { length: count },
      (_, l): NodeSpec => [op, `${l === 0 ? "k" : `n${l - 1}`}${more}`, `n${l}`, attributes],
    );
  const huge = shapeOf(65536n, 32768n);
  const end = (last: string): NodeSpec => ["Mul", `m ${last}`, "y"];
  const first: NodeSpec = ["MatMul", "x w", "m"];
  /** Small files that ask for much: what is computed of constants, and of columns. */
  const COMPUTED: [name: string, nodes: NodeSpec[], shape?: GraphSpec["shape"], constants?: GraphSpec["constants"]][] =
    [
      ["Expand to 2^31 numbers", [first, ["Expand", "k huge", "e"], end("e")]],
      ["Tile", [first, ["Tile", "k1 huge", "e"], end("e")]],
      ["ConstantOfShape", [first, ["ConstantOfShape", "huge", "e"], end("e")]],
      [
        "the sum of 2^31 numbers",
        [first, ["Expand", "k huge", "e"], ["ReduceSum", "e", "r", { keepdims: 0n }], end("r")],
      ],
      ["a reduction that keeps them", [first, ["Expand", "k huge", "e"], ["ReduceMax", "e axis", "r"], end("r")]],
      [
        "sums that double, forty times",
        [
          first,
          ...Array.from({ length: 40 }, (_, l): NodeSpec => {
            const name = l === 0 ? "k" : `n${l - 1}`;
            return ["Add", `${name} ${name}`, `n${l}`];
          }),
          end("n39"),
        ],
      ],
      ["views of views", [first, ...chain("Transpose", 2000), end("n1999")]],
      [
        "whole numbers of large shapes",
        [
          first,
          ...Array.from(
            { length: 3000 },
            (_, l): NodeSpec => ["ConstantOfShape", "many", `n${l}`, { value: { tensor: int64s([1], [1n]) } }],
          ),
          ["Concat", Array.from({ length: 3000 }, (_, l) => `n${l}`).join(" "), "all", { axis: 0n }],
          ["Reshape", "m all", "y"],
        ],
      ],
      [
        "columns that are imputed again and again",
        [
          ["Imputer", "x", "n0", { imputed_value_floats: [1], replaced_value_float: Number.NaN }, "ai.onnx.ml"],
          ...Array.from(
            { length: 2000 },
            (_, l): NodeSpec => [
              "Imputer",
              `n${l}`,
              `n${l + 1}`,
              { imputed_value_floats: [1], replaced_value_float: Number.NaN },
              "ai.onnx.ml",
            ],
          ),
          ["MatMul", "n2000 w", "y"],
        ],
        ["N", 16384],
      ],
      [
        "features that are chosen a million times",
        Array.from(
          { length: 200 },
          (_, l): NodeSpec => ["Gather", `${l === 0 ? "x" : `n${l - 1}`} places`, `n${l}`, { axis: 1n }],
        ).concat([["MatMul", "n199 w", "y"]]),
        ["N", 1],
      ],
      [
        "activations in a row on a wide row",
        [
          ...Array.from({ length: 50 }, (_, l): NodeSpec => ["Tanh", l === 0 ? "x" : `n${l - 1}`, `n${l}`]),
          ["MatMul", "n49 v", "y"],
        ],
        ["N", 4096],
      ],
      [
        "a deep graph",
        [
          first,
          ["Relu", "m", "n0"],
          ...Array.from({ length: 3000 }, (_, l): NodeSpec => ["Relu", `n${l}`, `n${l + 1}`]),
          ["Relu", "n3000", "y"],
        ],
      ],
    ];

  for (const [name, nodes, shape = ["N", 3], more] of COMPUTED) {
    it(`${name}: refused, or read in little memory`, async () => {
      const constants = {
        w: floats([3, 2], numbers(6, 1)),
        v: floats([4096, 1], numbers(4096, 1)),
        k: floats([], [1]),
        k1: floats([1, 1], [1]),
        huge,
        axis: int64s([1], [0n]),
        many: int64s([1], [4096n]),
        places: int64s(
          [1024],
          Array.from({ length: 1024 }, () => 0n),
        ),
        ...more,
      };
      const file = modelBytes({ nodes, shape, constants });
      let result: Awaited<ReturnType<typeof outcome>> | undefined;
      const needed = await peak(async () => {
        result = await outcome(file);
      });
      expect(needed).toBeLessThanOrEqual(2 * file.length + 16 * MIB);
      expect(typeof result === "string" || result?.net.parameterCount).toBeTruthy();
    });
  }

  it("a file of 16 MiB needs twice its size and 16 MiB", async () => {
    const weights = { dims: [1024n, 4096n], dataType: 1, rawData: new Uint8Array(16 * MIB) };
    const file = modelBytes({ constants: { w: weights }, nodes: [["MatMul", "x w", "y"]] });
    const small = modelBytes({ constants: { w: floats([2, 2], numbers(4, 1)) }, nodes: [["MatMul", "x w", "y"]] });
    const needed = neededAlone(small, file, 4_198_400);
    expect(needed).toBeGreaterThan(file.length);
    expect(needed).toBeLessThanOrEqual(2 * file.length + 16 * MIB);
  });

  it("a table's file of 16 MiB needs no more", async () => {
    const [small, file] = [await tableBytes(4), await tableBytes(2048)];
    const needed = neededAlone(small, file, 4_202_497);
    expect(needed).toBeGreaterThan(file.length);
    expect(needed).toBeLessThanOrEqual(2 * file.length + 16 * MIB);
  });

  it("control: protobuf alone needs far more for such parts", async () => {
    expect(await onePeak(() => fromBinary(ModelSchema, BOMBS[0][1]))).toBeGreaterThan(2 * SIZE + 16 * MIB);
  });
});
