/**
 * What `toOnnx` wrote of a Classifier or a Regressor, read back: its columns and networks are looked for by the names that it gives, then
 * written again. Only if that is the file, every operator and every number of it, they are what it was made of: two graphs that differ in the names
 * of what is between inputs and outputs alone are one.
 */
import { field, readJson } from "../../file/json.js";
import { isWalkable } from "../../ground/check.js";
import { exp } from "../../ground/math.js";
import type { EncoderData } from "../../table/encoder.js";
import type { Label } from "../../table/label.js";
import type { Unit } from "../exported-model.js";
import type { External } from "./external-data.js";
import { PRODUCER, WRITTEN_OPSETS } from "./graph-writer.js";
import type { Graph, Model, Node as StoredNode } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { readTensor } from "./stored-tensor.js";
import type { Tensor } from "./tensors.js";
import { type TableFile, writeTable } from "./write-models.js";
import { readWrittenColumn } from "./written-columns.js";
import { readWrittenNetworks, type WrittenNetwork } from "./written-networks.js";
import { stemOf, WrittenNodes } from "./written-nodes.js";

/** A table's model as `toOnnx` takes it, with the name of its first output. */
export type WrittenTable = ReadTable & { readonly output: string };

/** The same before it was written again. */
type ReadTable = TableFile & { readonly nets: readonly WrittenNetwork[] };

const NO_FILES: External = new Map();

/**
 * The table that the file was written of; undefined if it was written of none.
 * @throws Error if it was changed since: what its columns were is not known, then
 */
export function readWrittenTable(model: Model): WrittenTable | undefined {
  const { graph, producerName, opsetImport } = model;
  const opset = Number(opsetImport[0]?.version ?? 0);
  const isTable = producerName === PRODUCER && (graph?.name === "classifier" || graph?.name === "regressor");
  if (!graph || !isTable || opset < WRITTEN_OPSETS.from || opset > WRITTEN_OPSETS.to) return undefined;
  const table = readTable(graph, model.docString);
  if (table && isSame(renamed(writeTable(table, opset)), renamed(model)))
    return { ...table, output: graph.output[0].name };
  return refuse(
    "be what toOnnx wrote of a table's model",
    "one that was changed since, or is of another version; load what save wrote of the model instead",
  );
}

/** Whether two messages hold the same: one that has no field has it undefined. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b) return false;
  if (a instanceof Uint8Array || Array.isArray(a)) {
    const [list, other] = [a, b] as ArrayLike<unknown>[];
    if (list.length !== other.length || Array.isArray(a) !== Array.isArray(b)) return false;
    for (let i = 0; i < list.length; i++) if (list[i] !== other[i] && !isSame(list[i], other[i])) return false;
    return true;
  }
  const [own, others] = [a, b] as Record<string, unknown>[];
  return [...new Set([...Object.keys(own), ...Object.keys(others)])].every((key) => isSame(own[key], others[key]));
}

/** The same with plain names of all that is between inputs and outputs: 0.1 gave other ones. */
function renamed(model: Model): Model {
  const { graph } = model;
  if (!graph) return model;
  const names = new Map([...graph.input, ...graph.output].map(({ name }) => [name, `its own ${name}`]));
  const plain = (name: string): string => {
    if (!names.has(name)) names.set(name, `#${names.size}`);
    return names.get(name) as string;
  };
  const initializer = graph.initializer.map((tensor) => ({ ...tensor, name: plain(tensor.name) }));
  const node = graph.node.map((own) => ({
    ...own,
    name: "",
    input: own.input.map(plain),
    output: own.output.map(plain),
  }));
  return { ...model, docString: NOTHING, graph: { ...graph, initializer, node } };
}

const NOTHING = new Uint8Array();

/** What `missing` named: in files of 0.1 columns of text alone tell. */
function readMissing(doc: Uint8Array): readonly string[] | undefined {
  const refused = () => refuse("list what `missing` named in its doc_string", "others");
  if (doc.length === 0) return undefined;
  const told = field(readJson(doc, refused), "missing");
  // Whether they are texts is asked when the table is made.
  return isWalkable(told) ? (told as string[]) : refused();
}

function readTable(graph: Graph, doc: Uint8Array): ReadTable | undefined {
  const constants = new Map<string, Tensor>();
  for (const stored of graph.initializer) constants.set(stored.name, readTensor(stored.name, stored, NO_FILES));
  const end = graph.node.findIndex(({ opType }) => opType === "Concat");
  if (end < 0 || graph.output.length === 0) return undefined;
  const encoder = readEncoderData(graph, graph.node.slice(0, end), constants, readMissing(doc));
  const rest = graph.node.slice(end + 1);
  const tailFrom = 1 + rest.map(({ opType }) => opType).lastIndexOf("Gemm");
  const tail = new WrittenNodes(rest.slice(tailFrom), constants);
  const nets = readWrittenNetworks(rest.slice(0, tailFrom), graph.node[end].output[0], constants);
  if (!encoder || !nets) return undefined;
  return graph.name === "regressor" ? readRegressor(encoder, nets, tail) : readClassifier(encoder, nets, tail);
}

/** Each column's nodes begin with the one that reads its input. */
function readEncoderData(
  { input }: Graph,
  nodes: readonly StoredNode[],
  constants: ReadonlyMap<string, Tensor>,
  told: readonly string[] | undefined,
): EncoderData | undefined {
  const columns: EncoderData["columns"][number][] = [];
  const missing = new Set<string>();
  const starts = startsOf(input, nodes);
  for (const [c, { name, type }] of input.entries()) {
    if (starts[c] < 0 || (c > 0 && starts[c] <= starts[c - 1])) return undefined;
    const own = new WrittenNodes(nodes.slice(starts[c], starts[c + 1] ?? nodes.length), constants);
    const read = readWrittenColumn(name, type?.tensorType?.elemType ?? 0, own);
    if (!read) return undefined;
    columns.push(read.column);
    for (const text of read.missing) missing.add(text);
  }
  return { missing: told ?? [...missing], columns };
}

function startsOf(input: Graph["input"], nodes: readonly StoredNode[]): number[] {
  const first = new Map<string, number>();
  nodes.forEach((node, i) => {
    for (const name of node.input) if (!first.has(name)) first.set(name, i);
  });
  return input.map(({ name }) => first.get(name) ?? -1);
}

function readClassifier(encoder: EncoderData, nets: readonly WrittenNetwork[], tail: WrittenNodes): ReadTable {
  const isSet = tail.node("predicted.likely") !== undefined;
  const own = nets.map((net) => ({ ...net, output: isSet ? ("sigmoid" as const) : ("softmax" as const) }));
  const { outputs } = own[0].parameters[own[0].parameters.length - 1];
  // Labels of sets are not in the file: each is known by its place.
  if (isSet) {
    const code = Array.from({ length: outputs }, (_, id) => id);
    return { kind: "multi-label classifier", nets: own, encoder, code };
  }
  return { kind: "classifier", nets: own, encoder, code: labelsOf(tail) };
}

function labelsOf(tail: WrittenNodes): readonly Label[] {
  const names = tail.constant("label.names");
  if (!names) return [false, true];
  return names.isText ? names.texts() : names.integers().map(Number);
}

function readRegressor(
  encoder: EncoderData,
  nets: readonly WrittenNetwork[],
  tail: WrittenNodes,
): ReadTable | undefined {
  const { outputs } = nets[0].parameters[nets[0].parameters.length - 1];
  if (outputs > 1) {
    refuse(
      "tell the levels of its quantiles",
      `${outputs} quantiles of unknown levels; load what save wrote of the Regressor instead`,
    );
  }
  const number = (part: string) => tail.number(`value.${part}`);
  const [mean, deviation, factor, offset] = ["mean", "deviation", "factor", "offset"].map(number);
  if (mean === undefined || deviation === undefined) return undefined;
  const isCount = tail.all.some(({ output: [name = ""] }) => stemOf(name).endsWith(".sums.exponential"));
  const unit: Unit & { log?: { least: number } } = {
    ...{ mean, deviation },
    // What the smallest value was has no say in answers.
    ...(factor !== undefined &&
      offset !== undefined && { log: { offset, factor, least: exp(mean - 4 * deviation) || Number.MIN_VALUE } }),
    ...(isCount && { loss: "poisson" as const }),
  };
  const output = isCount ? ("exponential" as const) : ("linear" as const);
  return { kind: "regressor", nets: nets.map((net) => ({ ...net, output })), encoder, code: unit };
}
