/** Networks as all protocols ask them: one tensor of numbers in, the outputs and what is decided of them out. */
import type { MLP } from "wasmlp";
import { Refusal, shown } from "../ground/refusal.js";
import { type Answering, ask } from "./answering.js";
import { fill, type Tensor, type TensorType } from "./tensor.js";

/** Rows of a flat tensor: views of it, where it is typed. */
function rowsOf(input: Tensor, width: number): ArrayLike<unknown>[] {
  const { name, shape, datatype, data } = input;
  const [rows, ...rest] = shape;
  if (rest.reduce((product, size) => product * size, 1) !== width) {
    throw new Refusal(
      400,
      `input "${name}" must have ${width} numbers a row, got the shape [${shape.slice(0, 8).join(", ")}].`,
    );
  }
  if (datatype === "BYTES" || datatype === "BOOL") {
    throw new Refusal(400, `input "${name}" must hold numbers, got ${datatype}.`);
  }
  const part = (Array.isArray(data) ? data.slice : (data as Float32Array).subarray).bind(data);
  return Array.from({ length: rows }, (_, r) => part(r * width, (r + 1) * width));
}

const refused = (row: number, message: string) => new Refusal(400, message, undefined, row);

/** The rows side by side, each a list of `width` numbers; the library checks that those are finite. */
function flatten(rows: readonly unknown[], width: number): Float32Array {
  const flat = new Float32Array(rows.length * width);
  for (let r = 0; r < rows.length; r++) {
    const row = rows[r] as ArrayLike<unknown>;
    if (!Array.isArray(row) && !ArrayBuffer.isView(row)) {
      throw refused(r, `a row must be a list of ${width} numbers, got ${shown(row)} at row ${r}.`);
    }
    if (row.length !== width) throw refused(r, `a row must hold ${width} numbers, got ${row.length} at row ${r}.`);
    for (let i = 0; i < width; i++) {
      const value = row[i];
      if (typeof value !== "number" || !Number.isFinite(Math.fround(value))) {
        throw refused(r, `a row must hold finite numbers, got ${shown(value)} at row ${r}, place ${i}.`);
      }
      flat[r * width + i] = value;
    }
  }
  return flat;
}

const listText = (data: ArrayLike<unknown>, from: number, to: number) =>
  `[${Array.prototype.slice.call(data, from, to).join(",")}]`;

/** A network: `input` in; `output` out, and `class`, the most probable, of softmax. */
export function networkAnswers(net: MLP): Answering {
  const [width, outputs] = [net.layers[0], net.layers[net.layers.length - 1]];
  const isSoftmax = net.output === "softmax";
  const input: TensorType = { name: "input", datatype: "FP32", shape: [-1, width] };
  const output: TensorType = { name: "output", datatype: "FP32", shape: [-1, outputs] };
  const decided: TensorType = { name: "class", datatype: "INT32", shape: [-1] };
  const list = (answers: readonly Tensor[], r: number) => listText(answers[0].data, r * outputs, (r + 1) * outputs);
  return {
    platform: "wasmlp_network",
    properties: {},
    inputs: [input],
    outputs: isSoftmax ? [output, decided] : [output],
    isList: (body): body is readonly unknown[] =>
      Array.isArray(body) && (body.length === 0 || typeof body[0] === "object"),
    readRows(tensors) {
      const stranger = tensors.find(({ name }) => name !== "input");
      if (stranger) throw new Refusal(400, `the input must be "input", got ${JSON.stringify(stranger.name)}.`);
      return rowsOf(tensors[0], width);
    },
    answer(rows) {
      const { length } = rows;
      const x = flatten(rows, width);
      const values = length === 0 ? new Float32Array(0) : ask(() => net.predictProba(x));
      const own = fill(output, length, values);
      if (!isSoftmax) return [own];
      const classes = length === 0 ? [] : ask(() => (net as MLP<"softmax">).predict(x));
      return [own, fill(decided, length, classes)];
    },
    text: (answers, r) =>
      isSoftmax
        ? `{"class":${answers[1].data[r]},"probabilities":${list(answers, r)}}`
        : `{"${net.output === "sigmoid" ? "probabilities" : "values"}":${list(answers, r)}}`,
    prediction: (answers, r) => (isSoftmax ? String(answers[1].data[r]) : list(answers, r)),
  };
}
