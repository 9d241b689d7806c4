/** Activations in ONNX files: written, they give what onnxruntime says; read, as one operator or several, what they are here. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { type Activation, type Activations, MLP, type Output } from "../../src/index.js";
import { ACTIVATIONS, hasClasses, OUTPUTS } from "../../src/net/activations.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { feed, floats, type GraphSpec, modelBytes, type NodeSpec, numbers, runtime, unit } from "./onnx-cases.js";

const NUMBERED: Activation[] = [{ "leaky-relu": 0.2 }, { "leaky-relu": 0 }, { elu: 1.5 }, { elu: 0.3 }];
const HIDDEN: Activation[] = [...ACTIVATIONS, ...NUMBERED];

/** The largest difference, as a share of values beyond 1. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]) / Math.max(1, Math.abs(b[i]))));
}

async function makeNet(layers: number[], activation: Activations, output: Output, seed: number): Promise<MLP<Output>> {
  const net = await MLP.create<Output>({ layers, activation, output, seed });
  net.setParameters(net.parameters().map((layer) => ({ ...layer, biases: numbers(layer.outputs, seed + 1) })));
  return net;
}

/** How far onnxruntime's answers are from ours, on rows that reach all parts of the curves. */
async function disagreement(net: MLP<Output>, file: Uint8Array, seed: number): Promise<number> {
  const [inputs] = net.layers;
  // Exponentials of exponentials are soon beyond float32.
  const most = JSON.stringify(net.activation).includes("exponential") ? 0.5 : 6;
  const x = numbers(40 * inputs, seed).map((value, i) => value * (i < 20 * inputs ? 1 : most));
  const given = await runtime(file, { input: feed(x, [40, inputs]) });
  const scores = given[hasClasses(net.output) ? "probabilities" : "values"];
  return distance(scores.data as Float32Array, net.predictProba(x));
}

async function expectSame(net: MLP<Output>, file: Uint8Array): Promise<void> {
  const { net: again } = await fromOnnx(file);
  expect([again.layers, again.activation, again.output]).toEqual([net.layers, net.activation, net.output]);
  expect(again.parameters()).toEqual(net.parameters());
}

describe("written", () => {
  it.each(HIDDEN.map((own) => [JSON.stringify(own), own] as const))("%s in hidden layers", async (_, activation) => {
    const net = await makeNet([5, 9, 6, 3], activation, "linear", 3);
    const file = toOnnx(net);
    expect(await disagreement(net, file, 4)).toBeLessThanOrEqual(1e-5);
    await expectSame(net, file);
  });

  it.each(OUTPUTS)("%s as the output", async (output) => {
    const net = await makeNet([5, 9, 6], "tanh", output, 5);
    const file = toOnnx(net);
    expect(await disagreement(net, file, 6)).toBeLessThanOrEqual(1e-5);
    await expectSame(net, file);
  });

  it("any of them together, in every operator set", async () => {
    const random = new Random(1);
    const pick = <T>(list: readonly T[]) => list[random.below(list.length)];
    for (let i = 0; i < 60; i++) {
      const layers = Array.from({ length: 3 + random.below(3) }, () => 1 + random.below(12));
      const net = await makeNet(
        layers,
        layers.slice(2).map(() => pick(HIDDEN)),
        pick(OUTPUTS),
        i,
      );
      const file = toOnnx(net, { opset: 13 + (i % 9) });
      const what = JSON.stringify([layers, net.activation, net.output]);
      expect(await disagreement(net, file, i), what).toBeLessThanOrEqual(1e-5);
      await expectSame(net, file);
    }
  });

  it("control: another activation and another number are noticed", async () => {
    const net = await makeNet([5, 9, 3], { elu: 1.5 }, "linear", 3);
    for (const other of [{ elu: 1.501 }, "elu", "selu"] as Activation[]) {
      expect(await disagreement(net, toOnnx(await makeNet([5, 9, 3], other, "linear", 3)), 4)).toBeGreaterThan(1e-5);
    }
    const gelu = await makeNet([5, 9, 3], "gelu", "linear", 3);
    const other = await makeNet([5, 9, 3], "gelu-tanh", "linear", 3);
    expect(await disagreement(gelu, toOnnx(other), 4)).toBeGreaterThan(1e-5);
  });
});

/** Constants of patterns, as files have them. */
const CONSTANTS = {
  w: floats([3, 4], numbers(12, 1)),
  v: floats([4, 2], numbers(8, 2)),
  I: unit(3),
  half: floats([], [0.5]),
  one: floats([], [1]),
  two: floats([1], [2]),
  six: floats([], [6]),
  zero: floats([], [0]),
  minus: floats([], [-1]),
  three: floats([3], [0.5, 0.5, 0.4]),
  sqrt2: floats([], [Math.SQRT2]),
  root: floats([], [Math.SQRT1_2]),
};

/** From `a` to `b`: the nodes that stand for an activation. */
const PATTERNS: [name: string, nodes: NodeSpec[], wanted: Activation, opset?: number][] = [
  ["LeakyRelu", [["LeakyRelu", "a", "b"]], "leaky-relu"],
  ["LeakyRelu of 0.2", [["LeakyRelu", "a", "b", { alpha: 0.2 }]], { "leaky-relu": 0.2 }],
  ["Elu", [["Elu", "a", "b"]], "elu"],
  ["Elu of 1.5", [["Elu", "a", "b", { alpha: 1.5 }]], { elu: 1.5 }],
  ["Selu", [["Selu", "a", "b"]], "selu"],
  ["Gelu", [["Gelu", "a", "b"]], "gelu", 20],
  ["Gelu, none", [["Gelu", "a", "b", { approximate: "none" }]], "gelu", 20],
  ["Gelu, tanh", [["Gelu", "a", "b", { approximate: "tanh" }]], "gelu-tanh", 20],
  ["HardSigmoid", [["HardSigmoid", "a", "b", { alpha: 1 / 6 }]], "hard-sigmoid"],
  ["Softplus", [["Softplus", "a", "b"]], "softplus"],
  ["Softsign", [["Softsign", "a", "b"]], "softsign"],
  ["Exp", [["Exp", "a", "b"]], "exponential"],
  ["Mish", [["Mish", "a", "b"]], "mish", 18],
  ["Clip to 0 and 6", [["Clip", "a zero six", "b"]], "relu6"],
  ["Clip to -1 and 1", [["Clip", "a minus one", "b"]], "hard-tanh"],
  ["Clip of operator set 10", [["Clip", "a", "b", { min: -1, max: 1 }]], "hard-tanh", 10],
  [
    "Clip by Constants",
    [
      ["Constant", "", "low", { value: { tensor: floats([], [0]) } }],
      ["Constant", "", "high", { value: { tensor: floats([], [6]) } }],
      ["Clip", "a low high", "b"],
    ],
    "relu6",
  ],
  [
    "x·Sigmoid(x)",
    [
      ["Sigmoid", "a", "s"],
      ["Mul", "a s", "b"],
    ],
    "silu",
  ],
  [
    "Sigmoid(x)·x",
    [
      ["Sigmoid", "a", "s"],
      ["Mul", "s a", "b"],
    ],
    "silu",
  ],
  [
    "x·Tanh(Softplus(x))",
    [
      ["Softplus", "a", "p"],
      ["Tanh", "p", "t"],
      ["Mul", "a t", "b"],
    ],
    "mish",
  ],
  [
    "x·(1 + Erf(x/√2))·½, as PyTorch's exporter",
    [
      ["Div", "a sqrt2", "d"],
      ["Erf", "d", "e"],
      ["Add", "e one", "p"],
      ["Mul", "a p", "m"],
      ["Mul", "m half", "b"],
    ],
    "gelu",
  ],
  [
    "½·(x·(Erf(x/√2) + 1)), as its newer exporter",
    [
      ["Div", "a sqrt2", "d"],
      ["Erf", "d", "e"],
      ["Add", "e one", "p"],
      ["Mul", "a p", "m"],
      ["Mul", "half m", "b"],
    ],
    "gelu",
  ],
  [
    "(½·x)·(1 + Erf(x·√½))",
    [
      ["Mul", "root a", "d"],
      ["Erf", "d", "e"],
      ["Add", "one e", "p"],
      ["Mul", "a half", "h"],
      ["Mul", "h p", "b"],
    ],
    "gelu",
  ],
  [
    "x·(½·(1 + Erf(x/√2)))",
    [
      ["Div", "a sqrt2", "d"],
      ["Erf", "d", "e"],
      ["Add", "one e", "p"],
      ["Mul", "p half", "h"],
      ["Mul", "h a", "b"],
    ],
    "gelu",
  ],
  [
    "x·(1 + Erf(x/√2))/2",
    [
      ["Div", "a sqrt2", "d"],
      ["Erf", "d", "e"],
      ["Add", "e one", "p"],
      ["Mul", "a p", "m"],
      ["Div", "m two", "b"],
    ],
    "gelu",
  ],
];

const spec = (nodes: NodeSpec[], isHidden: boolean, opset = 17): GraphSpec => ({
  nodes: [
    ["MatMul", isHidden ? "x w" : "x I", "a"],
    ...nodes.map(
      ([op, inputs, outputs, ...rest]): NodeSpec => [
        op,
        inputs,
        isHidden ? outputs : outputs.replace(/^b$/, "y"),
        ...rest,
      ],
    ),
    ...(isHidden ? [["MatMul", "b v", "y"] as NodeSpec] : []),
  ],
  constants: CONSTANTS,
  shape: ["N", 3],
  opset,
  ir: opset < 11 ? 5 : 9,
});

describe("read", () => {
  const x = numbers(60, 7).map((value) => 5 * value);

  for (const [name, nodes, wanted, opset] of PATTERNS) {
    it(`${name} in a hidden layer`, async () => {
      const bytes = modelBytes(spec(nodes, true, opset));
      const { net } = await fromOnnx(bytes);
      expect([net.activation, net.output]).toEqual([wanted, "linear"]);
      const { y } = await runtime(bytes, { x: feed(x, [20, 3]) });
      expect(distance(net.predictProba(x), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
    });

    it(`${name} at the end`, async () => {
      const bytes = modelBytes(spec(nodes, false, opset));
      const { net } = await fromOnnx(bytes);
      // One with a number is a hidden layer's: weights that change nothing come behind it.
      const hasNumber = typeof wanted === "object";
      expect([net.layers, net.output]).toEqual(hasNumber ? [[3, 3, 3], "linear"] : [[3, 3], wanted]);
      const { y } = await runtime(bytes, { x: feed(x, [20, 3]) });
      expect(distance(net.predictProba(x), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
    });
  }
});

describe("refused", () => {
  const CASES: [name: string, nodes: NodeSpec[], message: RegExp, opset?: number][] = [
    ["LeakyRelu that bends down", [["LeakyRelu", "a", "b", { alpha: -0.5 }]], /alpha from 0 to 1, got -0\.5/],
    [
      "Gelu in another way",
      [["Gelu", "a", "b", { approximate: "erf" }]],
      /approximate "none" or "tanh", got "erf"/,
      20,
    ],
    ["Clip to nothing", [["Clip", "a one zero", "b"]], /\(Clip\) min below max, got 1 and 0\.$/],
    ["Erf alone", [["Erf", "a", "b"]], /have an activation after each of its hidden layers, got node "the Erf"/],
    ["a square", [["Mul", "a a", "b"]], /have an activation after each of its hidden layers, got node "the Mul"/],
    [
      "twice GELU",
      [
        ["Div", "a sqrt2", "d"],
        ["Erf", "d", "e"],
        ["Add", "e one", "p"],
        ["Mul", "a p", "b"],
      ],
      /have an activation after each of its hidden layers/,
    ],
    [
      "GELU of another width",
      [
        ["Mul", "a half", "d"],
        ["Erf", "d", "e"],
        ["Add", "e one", "p"],
        ["Mul", "a p", "m"],
        ["Mul", "m half", "b"],
      ],
      /a constant as input 1, got rows/,
    ],
    [
      "halves that are not the same for all features",
      [
        ["Div", "a sqrt2", "d"],
        ["Erf", "d", "e"],
        ["Add", "e one", "p"],
        ["Mul", "a p", "m"],
        ["Mul", "m three", "b"],
      ],
      /(have an activation|one number a feature)/,
    ],
    [
      "the Sigmoid of something else",
      [
        ["Relu", "a", "r"],
        ["Sigmoid", "r", "s"],
        ["Mul", "a s", "b"],
      ],
      /a constant as input 1, got rows/,
    ],
  ];
  for (const [name, nodes, message, opset] of CASES) {
    it(name, async () => {
      const bytes = modelBytes(spec(nodes, true, opset));
      await expect(fromOnnx(bytes)).rejects.toThrow(message);
      await expect(fromOnnx(bytes)).rejects.toThrow(/^fromOnnx: the file must [^\n]*\.$/);
    });
  }
});
