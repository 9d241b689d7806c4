/** Ends and numbers of files: scikit-learn's labels, each type of weights, shifts that float32 cannot hold. */
import { describe, expect, it } from "vitest";
import { Dataset } from "../../src/index.js";
import { fromOnnx } from "../../src/onnx.js";
import {
  difference,
  doubles,
  feed,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  type NodeSpec,
  numbers,
  RuntimeTensor,
  runtime,
  texts,
} from "./onnx-cases.js";

const a35 = numbers(15, 1);
const b54 = numbers(20, 2);
const c4 = numbers(4, 3);
const b = floats([5, 4], b54);

describe("scikit-learn's tail", () => {
  const ml = "ai.onnx.ml";
  const last: NodeSpec[] = [
    ["MatMul", "x b", "m"],
    ["Softmax", "m", "p", { axis: 1n }],
    ["ArgMax", "p", "id", { axis: 1n }],
    ["ArrayFeatureExtractor", "names id", "found", {}, ml],
    ["Reshape", "found shape", "label"],
  ];
  const shape = int64s([1], [-1n]);
  const words = ["setosa", "versicolor", "Ünicode", ""];
  const x = a35;

  it("labels of text, by ArrayFeatureExtractor and ZipMap", async () => {
    const nodes: NodeSpec[] = [...last, ["ZipMap", "p", "z", { classlabels_strings: words }, ml]];
    const constants = { b, names: texts(words), shape };
    const { net, labels } = await fromOnnx(modelBytes({ nodes, constants, outputs: "label z" }));
    expect(labels).toEqual(words);
    const other = await runtime(modelBytes({ nodes: last, constants, outputs: "label p" }), { x: feed(x, [3, 5]) });
    expect(Array.from(net.predict(x), (id) => labels?.[id])).toEqual(other.label.data);
    expect(difference(net.predictProba(x), other.p.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it("labels of whole numbers in 32 bits, cast to 64, as the converter writes them", async () => {
    const names = {
      dims: [4n],
      dataType: 6,
      int32Data: [Uint8Array.of(7, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 127)],
    };
    const nodes: NodeSpec[] = [...last, ["Cast", "label", "y", { to: 7n }]];
    expect((await fromOnnx(modelBytes({ nodes, constants: { b, names, shape }, outputs: "y p" }))).labels).toEqual([
      7, -1, 0, 127,
    ]);
  });

  it("control: labels in another order are noticed", async () => {
    const constants = { b, names: texts(words), shape };
    const { net, labels } = await fromOnnx(modelBytes({ nodes: last, constants, outputs: "label p" }));
    const other = { ...constants, names: texts([...words].reverse()) };
    const { label } = await runtime(modelBytes({ nodes: last, constants: other, outputs: "label" }), {
      x: feed(x, [3, 5]),
    });
    expect(Array.from(net.predict(x), (id) => labels?.[id])).not.toEqual(label.data);
  });

  it("a regressor's: an Identity, and a shape of one column", async () => {
    const nodes: NodeSpec[] = [
      ["MatMul", "x w", "m"],
      ["Identity", "m", "i"],
      ["Reshape", "i column", "y"],
    ];
    const { net } = await fromOnnx(
      modelBytes({ nodes, constants: { w: floats([5, 1], numbers(5, 4)), column: int64s([2], [-1n, 1n]) } }),
    );
    expect([net.layers, net.output]).toEqual([[5, 1], "linear"]);
  });

  it("a decision about the logits, beside their softmax, as toOnnx writes it", async () => {
    const nodes: NodeSpec[] = [
      ["MatMul", "x b", "m"],
      ["Softmax", "m", "p"],
      ["ArgMax", "m", "y", { axis: 1n, keepdims: 0n }],
    ];
    const { net, labels } = await fromOnnx(modelBytes({ nodes, constants: { b }, outputs: "y p" }));
    expect([net.output, labels]).toEqual(["softmax", undefined]);
  });

  describe("a decision is along the features, whatever the axis is called", () => {
    const shapes: [shape: (number | string)[], dims: number[], axes: bigint[]][] = [
      [
        ["N", 5],
        [3, 5],
        [1n, -1n],
      ],
      [
        ["N", 1, 5],
        [3, 1, 5],
        [2n, -1n],
      ],
      [[5], [5], [0n, -1n]],
    ];
    it.each(shapes)("%s", async (shape, dims, axes) => {
      for (const axis of [-1n, 0n, 1n, 2n]) {
        if (axis >= dims.length) continue;
        const nodes: NodeSpec[] = [
          ["MatMul", "x b", "m"],
          ["ArgMax", "m", "y", { axis, keepdims: 0n }],
        ];
        const bytes = modelBytes({ nodes, constants: { b }, shape });
        if (axes.includes(axis)) {
          const { net } = await fromOnnx(bytes);
          const { y } = await runtime(bytes, { x: feed(a35.slice(0, dims[0] * (dims.length > 1 ? 5 : 1)), dims) });
          expect(Array.from(net.predict(a35.slice(0, y.data.length * 5)))).toEqual(
            Array.from(y.data as BigInt64Array, Number),
          );
        } else await expect(fromOnnx(bytes)).rejects.toThrow(/\(ArgMax\) axis 1 or -1, got/);
      }
    });

    it("rows whose features were gathered to one number have none", async () => {
      const nodes: NodeSpec[] = [
        ["MatMul", "x b", "m"],
        ["Gather", "m first", "g", { axis: 1n }],
        ["ArgMax", "g", "y", { axis: -1n, keepdims: 0n }],
      ];
      const bytes = modelBytes({ nodes, constants: { b, first: int64s([], [0n]) }, shape: ["N", 5] });
      await expect(fromOnnx(bytes)).rejects.toThrow(/\(ArgMax\) axis 1 or -1, got -1/);
    });
  });

  const faults: [string, GraphSpec["constants"], NodeSpec[], string, RegExp][] = [
    ["too few labels", { names: texts(["a", "b"]) }, [], "label", /4 labels, got 2/],
    ["a label twice", { names: texts(["a", "b", "a", "c"]) }, [], "label", /two labels at least, each once/],
    ["labels of fractions", { names: floats([4], c4) }, [], "label", /texts or whole numbers as labels/],
    [
      "labels beyond 2^53",
      { names: int64s([4], [1n, 2n, 3n, 2n ** 60n]) },
      [],
      "label",
      /labels within 2\^53, got 1152921504606846976/,
    ],
    [
      "other labels in ZipMap",
      { names: texts(words) },
      [["ZipMap", "p", "z", { classlabels_strings: ["a", "b", "c", "d"] }, ml]],
      "label z",
      /one list of labels/,
    ],
    [
      "labels cast to text",
      { names: int64s([4], [1n, 2n, 3n, 4n]) },
      [["Cast", "label", "y", { to: 8n }]],
      "y",
      /labels as they are, got to 8/,
    ],
    [
      "labels that are not UTF-8",
      { names: { dims: [4n], dataType: 8, stringData: [0, 1, 2, 255].map((byte) => Uint8Array.of(byte)) } },
      [],
      "label",
      /texts of UTF-8 in "names"/,
    ],
    [
      "another prediction beside",
      { names: texts(words) },
      [["Gemm", "x b", "other"]],
      "label other",
      /predict one thing, got another as "other"/,
    ],
  ];
  for (const [name, constants, nodes, outputs, message] of faults) {
    it(`refuses ${name}`, async () => {
      const bytes = modelBytes({ nodes: [...last, ...nodes], constants: { b, shape, ...constants }, outputs });
      await expect(fromOnnx(bytes)).rejects.toThrow(message);
    });
  }
});

describe("numbers of the file", () => {
  const halves = Uint16Array.from({ length: 20 }, (_, i) => 0x3c00 + 37 * i); // 1 and above
  const brains = Uint16Array.from({ length: 20 }, (_, i) => 0x3f80 + 3 * i);
  const varints = (words: Uint16Array) =>
    Uint8Array.from([...words].flatMap((w) => [(w & 127) | 128, ((w >> 7) & 127) | 128, w >> 14]));
  const bytes = (words: Uint16Array) => new Uint8Array(words.buffer);
  const half = (w: number) => 1 + (w - 0x3c00) / 1024;
  const brain = (w: number) => 1 + (w - 0x3f80) / 128;
  const KINDS: [string, object, number[]][] = [
    ["float32, raw", floats([5, 4], b54), [...b54]],
    ["float32, typed", floats([5, 4], b54, "typed"), [...b54]],
    [
      "float32, typed and in two pieces",
      {
        ...floats([5, 4], []),
        rawData: undefined,
        floatData: [
          new Uint8Array(Float32Array.from(b54.subarray(0, 7)).buffer),
          new Uint8Array(Float32Array.from(b54.subarray(7)).buffer),
        ],
      },
      [...b54],
    ],
    ["float64, raw", doubles([5, 4], b54), [...b54]],
    [
      "float64, typed",
      { dims: [5n, 4n], dataType: 11, doubleData: [new Uint8Array(Float64Array.from(b54).buffer)] },
      [...b54],
    ],
    ["float16, raw", { dims: [5n, 4n], dataType: 10, rawData: bytes(halves) }, [...halves].map(half)],
    ["float16, typed", { dims: [5n, 4n], dataType: 10, int32Data: [varints(halves)] }, [...halves].map(half)],
    ["bfloat16, raw", { dims: [5n, 4n], dataType: 16, rawData: bytes(brains) }, [...brains].map(brain)],
    ["bfloat16, typed", { dims: [5n, 4n], dataType: 16, int32Data: [varints(brains)] }, [...brains].map(brain)],
  ];
  for (const [name, tensor, wanted] of KINDS) {
    it(name, async () => {
      const { net } = await fromOnnx(modelBytes({ nodes: [["MatMul", "x b", "y"]], constants: { b: tensor } }));
      expect([...net.parameters()[0].weights]).toEqual(wanted);
    });
  }

  it("whole numbers as inputs are cast first", async () => {
    const spec = {
      constants: { b },
      elemType: 7,
      nodes: [
        ["Cast", "x", "f", { to: 1n }],
        ["Gemm", "f b", "y"],
      ] as NodeSpec[],
    };
    const { net } = await fromOnnx(modelBytes(spec));
    const x = [1, 2, 3, 4, 5];
    const other = await runtime(modelBytes(spec), { x: new RuntimeTensor("int64", x.map(BigInt), [1, 5]) });
    expect(difference(net.predictProba(x), other.y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
    await expect(fromOnnx(modelBytes({ ...spec, nodes: [["Gemm", "x b", "y"]] }))).rejects.toThrow(
      /floats as input 0, got whole numbers/,
    );
  });

  describe("a shift before a layer", () => {
    const scaled = (offset: number, scale: number): GraphSpec => ({
      constants: { b },
      nodes: [
        ["Scaler", "x", "s", { offset: [offset, 0, 0, 0, offset], scale: [scale, 1, 1, 1, scale] }, ml],
        ["Gemm", "s b", "y"],
      ],
    });
    const ml = "ai.onnx.ml";

    for (const [offset, scale] of [
      [-60, 1],
      [6e5, 1e-4],
      [0.0006, 1e5],
    ]) {
      it(`of ${offset} by ${scale} is folded into the weights`, async () => {
        const bytes = modelBytes(scaled(offset, scale));
        const { net } = await fromOnnx(bytes);
        const x = numbers(1000, 3).map((value, i) => (i % 5 === 0 || i % 5 === 4 ? offset + value / scale : value));
        const other = await runtime(bytes, { x: feed(x, [200, 5]) });
        expect(difference(net.predictProba(x), other.y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
      });
    }

    it("that float32 could not hold beside what it shifts comes beside the net", async () => {
      const bytes = modelBytes(scaled(1e6, 1));
      const { net, scaling } = await fromOnnx(bytes);
      expect(scaling).toEqual({ mean: [1e6, 0, 0, 0, 1e6], deviation: [1, 1, 1, 1, 1] });
      const x = numbers(50, 3).map((value, i) => (i % 5 === 0 || i % 5 === 4 ? 1e6 + 8 * value : value));
      const { y } = await runtime(bytes, { x: feed(x, [10, 5]) });
      const rows = Dataset.from({
        x: Array.from({ length: 10 }, (_, r) => [...x.slice(5 * r, 5 * r + 5)]),
        y: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
      });
      const own = Array.from(x, (value, i) => (value - scaling!.mean[i % 5]) / scaling!.deviation[i % 5]);
      expect(difference(net.predictProba(own), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
      // As it is meant to be used.
      expect([...rows.standardise(scaling).x].slice(0, 5)).toEqual(own.slice(0, 5).map(Math.fround));
    });

    it("inside the network is refused, not approximated", async () => {
      const nodes: NodeSpec[] = [
        ["Gemm", "x b", "g"],
        ["Relu", "g", "r"],
        ["Sub", "r far", "f"],
        ["Gemm", "f c", "y"],
      ];
      const constants = { b, far: floats([], [1e6]), c: floats([4, 2], numbers(8, 5)) };
      await expect(fromOnnx(modelBytes({ nodes, constants }))).rejects.toThrow(
        /shift what node "the Gemm at 3" \(Gemm\) reads by no more than float32 can hold beside it \(64\), got/,
      );
    });
  });
});
