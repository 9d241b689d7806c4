/** Functions of a file's own and `If` of a condition that is known: what is within is read as if it stood there. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { FunctionSchema, GraphSchema, ModelSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { fromOnnx } from "../../src/onnx.js";
import { bools, difference, feed, floats, int64s, numbers, outcome, runtime } from "./onnx-cases.js";

type Attribute = Record<string, unknown>;
const node = (opType: string, input: string, output: string, attribute: Attribute[] = [], domain = "") => ({
  opType,
  domain,
  input: input.split(" "),
  output: output.split(" "),
  attribute,
});
const opset = { domain: "", version: 18n };

interface OwnFunction {
  name: string;
  input: string[];
  output: string[];
  attribute?: string[];
  attributeProto?: Attribute[];
  node: object[];
}

const functionBytes = (own: OwnFunction) =>
  toBinary(
    FunctionSchema,
    create(FunctionSchema, { domain: "own", opsetImport: [opset, { domain: "own", version: 1n }], ...own } as never),
  );
const branch = (nodes: object[], output: string, initializer: object[] = []) =>
  toBinary(
    GraphSchema,
    create(GraphSchema, {
      name: "branch",
      node: nodes,
      output: [{ name: output, type: FLOATS }],
      initializer,
    } as never),
  );

const size = (value?: bigint) => ({
  value: value === undefined ? { case: "dimParam" as const, value: "N" } : { case: "dimValue" as const, value },
});
const FLOATS = { tensorType: { elemType: 1 } };

const CONSTANTS: Record<string, object> = {
  w: floats([3, 4], numbers(12, 1)),
  c: floats([4], numbers(4, 2)),
  v: floats([4, 2], numbers(8, 3)),
  yes: bools([], [1]),
  no: bools([], [0]),
  three: int64s([], [3n]),
  last: int64s([1], [1n]),
};

function model(nodes: object[], functions: Uint8Array[] = []): Uint8Array {
  // What branches read lies in their bytes.
  const plain = (_: string, value: unknown) =>
    value instanceof Uint8Array
      ? Buffer.from(value).toString("latin1")
      : typeof value === "bigint"
        ? `${value}`
        : value;
  const all = JSON.stringify(nodes, plain);
  const isUsed = (name: string) => new RegExp(`["\\W]${name}["\\W]`).test(all);
  const graph = {
    name: "g",
    node: nodes,
    initializer: Object.entries(CONSTANTS)
      .filter(([name]) => isUsed(name))
      .map(([name, tensor]) => ({ ...tensor, name })),
    input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim: [size(), size(3n)] } } } }],
    output: [{ name: "y", type: FLOATS }],
  };
  const message = { irVersion: 8n, opsetImport: [opset, { domain: "own", version: 1n }], graph, functions };
  return toBinary(ModelSchema, create(ModelSchema, message as never));
}

async function distance(bytes: Uint8Array): Promise<number> {
  const { net } = await fromOnnx(bytes);
  const x = numbers(15, 9);
  const { y } = await runtime(bytes, { x: feed(x, [5, 3]) });
  return difference(net.predictProba(x), y.data as Float32Array);
}

const DENSE = functionBytes({
  name: "Dense",
  input: ["a", "weight", "bias"],
  output: ["r"],
  node: [node("MatMul", "a weight", "m"), node("Add", "m bias", "n"), node("Relu", "n", "r")],
});
const alpha = (value: number) => ({ name: "alpha", type: 1, f: value });
const referring = { name: "alpha", type: 1, refAttrName: "slope" };
const LEAKY = functionBytes({
  name: "Leaky",
  input: ["a"],
  output: ["b"],
  attribute: ["slope"],
  node: [node("LeakyRelu", "a", "b", [referring])],
});
const BLOCK = functionBytes({
  name: "Block",
  input: ["a", "weight", "bias"],
  output: ["b"],
  node: [
    node("Dense", "a weight bias", "m", [], "own"),
    node("Leaky", "m", "b", [{ ...alpha(0.3), name: "slope" }], "own"),
  ],
});

describe("functions", () => {
  it("are inlined", async () => {
    expect(
      await distance(model([node("Dense", "x w c", "h", [], "own"), node("MatMul", "h v", "y")], [DENSE])),
    ).toBeLessThan(1e-6);
  });

  it("within functions, with attributes of the call", async () => {
    const nodes = [
      node("MatMul", "x w", "m"),
      node("Leaky", "m", "l", [{ ...alpha(0.2), name: "slope" }], "own"),
      node("MatMul", "l v", "y"),
    ];
    const bytes = model(nodes, [LEAKY]);
    expect(await distance(bytes)).toBeLessThan(1e-6);
    expect((await fromOnnx(bytes)).net.activation).toEqual({ "leaky-relu": 0.2 });
    const block = model([node("Block", "x w c", "h", [], "own"), node("MatMul", "h v", "y")], [BLOCK, DENSE, LEAKY]);
    expect(await distance(block)).toBeLessThan(1e-6);
  });

  it("names within are of their own", async () => {
    const twice = [
      node("Dense", "x w c", "m", [], "own"),
      node("Leaky", "m", "a", [{ ...alpha(0.2), name: "slope" }], "own"),
      node("MatMul", "a v", "y"),
    ];
    expect(await distance(model(twice, [DENSE, LEAKY]))).toBeLessThan(1e-6);
  });

  it("that are called as operators are, of which some runtimes call the one and some the other: refused", async () => {
    const relu = functionBytes({ name: "Relu", input: ["a"], output: ["b"], node: [node("Tanh", "a", "b")] });
    const own = fromBinary(FunctionSchema, relu);
    own.domain = "";
    const nodes = [node("MatMul", "x w", "m"), node("Relu", "m", "h"), node("MatMul", "h v", "y")];
    expect(await outcome(model(nodes, [toBinary(FunctionSchema, own)]))).toMatch(
      /name its functions otherwise than operators, got "Relu"/,
    );
    expect(await distance(model(nodes, [relu]))).toBeLessThan(1e-6);
  });

  it("that call themselves, that are not there, that take less: refused", async () => {
    const self = functionBytes({
      name: "Self",
      input: ["a"],
      output: ["b"],
      node: [node("Self", "a", "b", [], "own")],
    });
    expect(await outcome(model([node("Self", "x", "h", [], "own"), node("MatMul", "h w", "y")], [self]))).toMatch(
      /functions and branches within 16 others at most, got node "b" \(Self\)/,
    );
    expect(await outcome(model([node("Gone", "x", "h", [], "own"), node("MatMul", "h w", "y")], [DENSE]))).toMatch(
      /node "h" \(Gone\) of "own"/,
    );
    expect(await outcome(model([node("Leaky", "x w", "h", [], "own"), node("MatMul", "h w", "y")], [LEAKY]))).toMatch(
      /1 inputs at most, got 2/,
    );
    const open = functionBytes({ name: "Open", input: ["a"], output: ["b"], node: [node("MatMul", "a w", "b")] });
    expect(await outcome(model([node("Open", "x", "h", [], "own"), node("MatMul", "h v", "y")], [open]))).toMatch(
      /give "w" before node "b" \(MatMul\)/,
    );
  });
});

describe("If", () => {
  const branches = (yes: Uint8Array, no: Uint8Array) => [
    { name: "then_branch", type: 5, g: yes },
    { name: "else_branch", type: 5, g: no },
  ];
  const relu = branch([node("Relu", "m", "t")], "t");
  const tanh = branch([node("Tanh", "m", "e")], "e");
  const choice = (condition: string, before: object[] = [], [yes, no] = [relu, tanh]) =>
    model([
      ...before,
      node("MatMul", "x w", "m"),
      node("If", condition, "h", branches(yes, no)),
      node("MatMul", "h v", "y"),
    ]);

  it.each([
    ["yes", "relu"],
    ["no", "tanh"],
  ])("%s: %s", async (condition, activation) => {
    const bytes = choice(condition);
    expect((await fromOnnx(bytes)).net.activation).toBe(activation);
    expect(await distance(bytes)).toBeLessThan(1e-6);
  });

  it("by a shape that the file tells", async () => {
    const before = [
      node("Shape", "x", "s"),
      node("Gather", "s last", "n", [{ name: "axis", type: 2, i: 0n }]),
      node("Equal", "n three", "q"),
    ];
    const bytes = choice("q", before);
    expect((await fromOnnx(bytes)).net.activation).toBe("relu");
    expect(await distance(bytes)).toBeLessThan(1e-6);
  });

  it("in a function, whose attributes its branches refer to", async () => {
    const own = functionBytes({
      name: "Choose",
      input: ["m", "condition"],
      output: ["h"],
      attribute: ["slope"],
      node: [node("If", "condition", "h", branches(branch([node("LeakyRelu", "m", "t", [referring])], "t"), tanh))],
    });
    for (const condition of ["yes", "no"]) {
      const call = node("Choose", `m ${condition}`, "h", [{ ...alpha(0.3), name: "slope" }], "own");
      const bytes = model([node("MatMul", "x w", "m"), call, node("MatMul", "h v", "y")], [own]);
      expect(await distance(bytes)).toBeLessThan(1e-6);
    }
  });

  it("within another, with constants of its own", async () => {
    const own = branch([node("Add", "m k", "z"), node("Relu", "z", "o")], "o", [
      { ...floats([4], numbers(4, 7)), name: "k" },
    ]);
    const inner = branch([node("If", "yes", "i", branches(own, tanh))], "i");
    expect(await distance(choice("yes", [node("Identity", "yes", "same")], [inner, tanh]))).toBeLessThan(1e-6);
  });

  it("of rows is refused, and a branch that is not there", async () => {
    const decided = [node("ReduceMax", "x", "r"), node("Greater", "r c", "q")];
    expect(await outcome(choice("q", decided))).toMatch(/^fromOnnx: the file must /);
    const lost = model([
      node("MatMul", "x w", "m"),
      node("If", "yes", "h", branches(relu, tanh).slice(1)),
      node("MatMul", "h v", "y"),
    ]);
    expect(await outcome(lost)).toMatch(/\(If\) a then_branch, got none/);
    const rows = model([
      node("MatMul", "x w", "m"),
      node("If", "m", "h", branches(relu, tanh)),
      node("MatMul", "h v", "y"),
    ]);
    expect(await outcome(rows)).toMatch(
      /a condition that is a constant, got one that rows decide: use onnxruntime-web/,
    );
  });
});
