/**
 * The least of ONNX: a file for Gemm, Relu, ..., Gemm, Softmax, written in protobuf's wire format by hand, for its own
 * tools are Python's. Field numbers: onnx.proto3, ONNX 1.13 (ir_version 8, opset 13).
 */

const text = new TextEncoder();

function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

/** A whole number. */
const whole = (field, value) => Uint8Array.from([...varint(field * 8), ...varint(value)]);

/** Bytes with their length before them: a string, a message, packed numbers. */
function chunk(field, content) {
  const bytes = typeof content === "string" ? text.encode(content) : content;
  return join([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

function join(parts) {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

const message = (field, ...parts) => chunk(field, join(parts));

const FLOAT = 1;

/** GraphProto.node: inputs and outputs by name. */
const node = (type, inputs, output) =>
  message(1, ...inputs.map((name) => chunk(1, name)), chunk(2, output), chunk(4, type));

/** GraphProto.initializer: a float tensor's raw little-endian bytes. */
const tensor = (name, dims, { buffer, byteOffset, byteLength }) =>
  message(
    5,
    ...dims.map((size) => whole(1, size)),
    whole(2, FLOAT),
    chunk(8, name),
    chunk(9, new Uint8Array(buffer, byteOffset, byteLength)),
  );

/** GraphProto.input (11) or .output (12): a name with type and shape. */
const value = (field, name, dims) => {
  const shape = message(2, ...dims.map((size) => message(1, whole(1, size))));
  return message(field, chunk(1, name), message(2, message(1, whole(1, FLOAT), shape)));
};

/** Bytes of the model `rows` -> "y", probabilities [rows, outputs], for layers { weights, biases, inputs, outputs }. */
export function encodeOnnx(layers, rows) {
  const last = layers.length - 1;
  const parts = layers.flatMap(({ weights, biases, inputs, outputs }, l) => [
    node("Gemm", [l === 0 ? "x" : `h${l}`, `W${l}`, `b${l}`], `s${l}`),
    l < last ? node("Relu", [`s${l}`], `h${l + 1}`) : node("Softmax", [`s${l}`], "y"),
    tensor(`W${l}`, [inputs, outputs], weights),
    tensor(`b${l}`, [outputs], biases),
  ]);
  const graph = message(
    7,
    ...parts,
    chunk(2, "net"),
    value(11, "x", [rows, layers[0].inputs]),
    value(12, "y", [rows, layers[last].outputs]),
  );
  return join([whole(1, 8), graph, message(8, whole(2, 13))]);
}
