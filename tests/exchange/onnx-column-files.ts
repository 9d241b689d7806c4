/** Pipelines of columns as scikit-learn's converter writes them, drawn at random, and rows for them. */
import type { Random } from "../../src/ground/random.js";
import { floats, type GraphSpec, int64s, modelBytes, type NodeSpec, RuntimeTensor, texts } from "./onnx-cases.js";

export const ml = "ai.onnx.ml";

export type Kind = "float" | "double" | "int" | "text" | "bool";
export type Row = Record<string, number | string | boolean>;

export interface ColumnFile {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly inputs: Record<string, Kind>;
  readonly rows: Row[];
  readonly isClassifier: boolean;
}

const TYPES: Record<Kind, number> = { float: 1, double: 11, int: 7, text: 8, bool: 9 };
const WORDS = ["red", "green", "blue", "NA", "1"];

/** Rows as onnxruntime takes them, a tensor [N, 1] a column. */
export function rowFeeds(inputs: Record<string, Kind>, rows: readonly Row[]): Record<string, RuntimeTensor> {
  const dims = [rows.length, 1];
  return Object.fromEntries(
    Object.entries(inputs).map(([name, kind]) => {
      const cells = rows.map((row) => row[name]);
      if (kind === "text") return [name, new RuntimeTensor("string", cells.map(String), dims)];
      if (kind === "int")
        return [
          name,
          new RuntimeTensor(
            "int64",
            BigInt64Array.from(cells, (cell) => BigInt(cell as number)),
            dims,
          ),
        ];
      if (kind === "bool") return [name, new RuntimeTensor("bool", Uint8Array.from(cells, Number), dims)];
      if (kind === "double") return [name, new RuntimeTensor("float64", Float64Array.from(cells as number[]), dims)];
      return [name, new RuntimeTensor("float32", Float32Array.from(cells as number[]), dims)];
    }),
  );
}

/** @param off what is added to the last bias: another file */
export function columnFile(random: Random, off = 0): ColumnFile {
  const whole = (below: number) => Math.floor(random.uniform() * below);
  const real = () => Math.fround(2 * random.uniform() - 1);
  const list = (count: number) => Array.from({ length: count }, real);
  const inputs: Record<string, Kind> = {};
  const drawn: Record<string, () => number | string | boolean> = {};
  const constants: NonNullable<GraphSpec["constants"]> = {};
  const nodes: NodeSpec[] = [];
  const blocks: string[] = [];
  let width = 0;
  const count = 2 + whole(4);
  const isDouble = whole(4) === 0;
  for (let n = 0; n < count; n++) {
    const name = `c${n}`;
    const form = ["number", "imputed", "scaled", "texts", "ints", "above", "bool", "ordinal"][whole(8)];
    const mean = Math.fround(whole(2) === 0 ? 5 * real() : 3000 * real());
    const numeric = () => Math.fround(mean + 2 * real());
    const toFloat = (from: string) => {
      nodes.push(["Cast", from, `${name}f`, { to: 1n }]);
      return `${name}f`;
    };
    inputs[name] = isDouble ? "double" : "float";
    drawn[name] = numeric;
    let out = name;
    let size = 1;
    if (form === "bool") {
      inputs[name] = "bool";
      drawn[name] = () => whole(2) === 1;
      out = toFloat(name);
    } else if (form === "texts" || form === "ints" || form === "ordinal") {
      const isText = form !== "ints";
      inputs[name] = isText ? "text" : "int";
      const known = isText ? WORDS.slice(0, 2 + whole(3)) : [1, 2, 5].slice(0, 2 + whole(2));
      drawn[name] = () => (isText ? WORDS[whole(WORDS.length)] : whole(7));
      if (form === "ordinal") {
        const values = known.map((_, i) => i);
        nodes.push([
          "LabelEncoder",
          name,
          `${name}e`,
          { keys_strings: known as string[], values_floats: values, default_float: -1 },
          ml,
        ]);
        out = `${name}e`;
      } else {
        const categories: NodeSpec[3] = isText
          ? { cats_strings: known as string[] }
          : { cats_int64s: (known as number[]).map(BigInt) };
        nodes.push(["OneHotEncoder", name, `${name}o`, { ...categories, zeros: 1n }, ml]);
        size = known.length;
        constants[`${name}s`] = int64s([2], [-1n, BigInt(size)]);
        nodes.push(["Reshape", `${name}o ${name}s`, `${name}r`]);
        out = `${name}r`;
      }
    } else {
      if (inputs[name] === "double") out = toFloat(name);
      if (form === "imputed") {
        drawn[name] = () => (whole(3) === 0 ? Number.NaN : numeric());
        const attributes = { imputed_value_floats: [Math.fround(mean + real())], replaced_value_float: Number.NaN };
        nodes.push(["Imputer", out, `${name}i`, attributes, ml]);
        out = `${name}i`;
      }
      if (form === "above") nodes.push(["Binarizer", out, `${name}b`, { threshold: mean }, ml]);
      if (form === "above") out = `${name}b`;
      else {
        nodes.push(["Scaler", out, `${name}z`, { offset: [mean], scale: [Math.fround(0.2 + random.uniform())] }, ml]);
        out = `${name}z`;
      }
    }
    blocks.push(out);
    width += size;
  }
  if (blocks.length > 1) nodes.push(["Concat", blocks.join(" "), "features", { axis: 1n }]);
  else nodes.push(["Identity", blocks[0], "features"]);
  const hidden = 2 + whole(5);
  const ending = whole(3);
  const outputs = ending === 0 ? 3 : 1;
  constants.w = floats([width, hidden], list(width * hidden));
  constants.k = floats([1, hidden], list(hidden));
  constants.v = floats([hidden, outputs], list(hidden * outputs));
  constants.j = floats(
    [1, outputs],
    list(outputs).map((value) => value + off),
  );
  const curve = ["Relu", "Tanh", "Sigmoid"][whole(3)];
  nodes.push(
    ["MatMul", "features w", "m"],
    ["Add", "m k", "a"],
    [curve, "a", "h"],
    ["MatMul", "h v", "n"],
    ["Add", "n j", "z"],
  );
  const isText = whole(2) === 0;
  const labels = ending === 0 ? 3 : 2;
  constants.names = isText ? texts(["a", "b", "c"].slice(0, labels)) : int64s([labels], [3n, 7n, 9n].slice(0, labels));
  constants.flat = int64s([1], [-1n]);
  constants.one = floats([], [1]);
  constants.column = int64s([2], [-1n, 1n]);
  if (ending === 0) nodes.push(["Softmax", "z", "p", { axis: 1n }]);
  if (ending === 1) nodes.push(["Sigmoid", "z", "s"], ["Sub", "one s", "q"], ["Concat", "q s", "p", { axis: 1n }]);
  if (ending === 2) nodes.push(["Reshape", "z column", "y"]);
  else {
    nodes.push(["ArgMax", "p", "id", { axis: 1n }], ["ArrayFeatureExtractor", "names id", "found", {}, ml]);
    nodes.push(["Reshape", "found flat", "label"]);
  }
  const rows = Array.from({ length: 12 }, () =>
    Object.fromEntries(Object.entries(drawn).map(([name, draw]) => [name, draw()])),
  );
  const declared = Object.fromEntries(
    Object.entries(inputs).map(([name, kind]) => [name, [TYPES[kind], "N", 1] as [number, ...(number | string)[]]]),
  );
  const spec: GraphSpec = { nodes, constants, inputs: declared, outputs: ending === 2 ? "y" : "label p" };
  const title = `${Object.values(inputs).join()} ${nodes.map(([op]) => op).join()}`;
  return { title, bytes: modelBytes(spec), inputs, rows, isClassifier: ending !== 2 };
}
