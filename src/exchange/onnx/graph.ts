/** Walks a graph from its input to its outputs; everything in it must be understood. */
import { show } from "../../ground/check.js";
import type { Label } from "../../table/label.js";
import type { External } from "./external-data.js";
import { liveParts, Names, type Running } from "./node-names.js";
import type { Graph, Model, Value as StoredValue } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { readTensor } from "./stored-tensor.js";
import { isFloat, TYPES } from "./tensors.js";
import { type Elements, nameOf, type Prediction, type Rows, type Scores, widthOfAxes } from "./values.js";

/** The IR versions whose files say what is read here in the way it is read here. */
const IR = { from: 3, to: 13 };

/**
 * @param running what runs its nodes
 * @throws Error naming what is no part of an MLP
 */
export function readGraph(model: Model, external: External, running: Running): Prediction {
  const { irVersion, graph, trainingInfo } = model;
  if (irVersion < IR.from || irVersion > IR.to) refuse(`have IR version ${IR.from} to ${IR.to}`, `${irVersion}`);
  if (trainingInfo.length > 0) refuse("be for predicting alone", "what is for training");
  if (!graph) return refuse("hold a graph", "none");
  const names = new Names();
  const outputs = graph.output.map(({ name }) => name);
  const { nodes, needed } = liveParts(graph.node, outputs, running.namesWithin);
  const inputs = declare(graph, names, needed, external);
  for (const stored of nodes) running.run(stored, names);
  return { ...predictionOf(graph, names), inputs };
}

/** @returns the names of the inputs that are read */
function declare(graph: Graph, names: Names, needed: ReadonlySet<string>, external: External): string[] {
  if (graph.sparseInitializer.length > 0) refuse("hold dense tensors alone", "sparse initializers");
  for (const stored of graph.initializer) {
    if (!needed.has(stored.name) && stored.name !== "") continue;
    names.set(stored.name, { kind: "constant", tensor: readTensor(stored.name, stored, external) });
  }
  // Initializers may be listed as inputs: their defaults, then.
  const seen = new Set<string>();
  const inputs = graph.input.filter(({ name }) => {
    if (seen.has(name)) refuse("list each input once", `${show(name)} twice`);
    seen.add(name);
    return needed.has(name) && !names.has(name);
  });
  if (inputs.length === 0)
    refuse("have an input that its outputs depend on", show(graph.input.map(({ name }) => name)));
  for (const input of inputs) names.set(input.name, readInput(input));
  return inputs.map(({ name }) => name);
}

const INTEGERS = [2, 3, 4, 5, 6, 7, 12, 13]; // TensorProto.DataType: UINT8, INT8, UINT16, INT16, INT32, INT64, UINT32, UINT64

function elementsOf(name: string, type: number): Elements {
  if (isFloat(type)) return "floats";
  if (INTEGERS.includes(type)) return "integers";
  if (type === TYPES.BOOL) return "booleans";
  return type === TYPES.STRING
    ? "texts"
    : refuse(`declare input ${show(name)} as numbers or texts`, `data type ${type}`);
}

/** Sizes that are not said are those of rows, and of what is in one. */
function readInput({ name, type }: StoredValue): Rows {
  const tensor = type?.tensorType;
  if (!tensor) return refuse(`declare input ${show(name)} as a tensor`, "another type or none");
  const elements = elementsOf(name, tensor.elemType);
  const sizes = tensor.shape?.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : undefined));
  if (sizes && (sizes.length === 0 || sizes.length > 8 || sizes.some((size) => size !== undefined && size < 0))) {
    refuse(`declare input ${show(name)} as [rows, numbers]`, `sizes [${sizes}]`);
  }
  // One axis of a known size is that of a row alone.
  const hasBatch = !(sizes?.length === 1 && sizes[0] !== undefined);
  const all = sizes ?? [undefined, undefined];
  // 0 stands for any number of rows.
  const items = hasBatch ? all[0] || undefined : undefined;
  const axes = hasBatch ? all.slice(1) : all;
  const width = widthOfAxes(axes);
  if (width === 0) refuse(`declare input ${show(name)} as rows of numbers`, "rows of none");
  return { kind: "rows", by: `input ${show(name)}`, input: { name, elements }, hasBatch, items, axes, width, elements };
}

/** All outputs of the graph must tell of one prediction. */
function predictionOf({ output }: Graph, names: Names): Omit<Prediction, "inputs"> {
  let scores: Scores | undefined;
  let labels: readonly Label[] | undefined;
  let isDecision = true;
  const listed = new Set<string>();
  for (const { name } of output) {
    if (listed.has(name)) refuse("list each output once", `${show(name)} twice`);
    listed.add(name);
    const value = names.get(name, "the graph's outputs");
    const own = value.kind === "decision" || value.kind === "dictionary" ? value : undefined;
    if (!own && value.kind !== "rows" && value.kind !== "pair") {
      return refuse("have predictions as its outputs", `${nameOf(value)} as ${show(name)}`);
    }
    const of = own?.of ?? (value as Scores);
    scores = scores === undefined ? of : (merge(scores, of) ?? refuse("predict one thing", `another as ${show(name)}`));
    if (value.kind !== "decision") isDecision = false;
    if (!own?.labels) continue;
    if (labels && !isSame(labels, own.labels)) refuse("have one list of labels", `another for ${show(name)}`);
    labels = own.labels;
  }
  return scores ? { scores, labels, isDecision, output: output[0].name } : refuse("have an output", "none");
}

const isSame = (a: readonly Label[], b: readonly Label[]) => a === b || a.every((label, i) => label === b[i]);

/** The one of the two that tells all: logits are those of the softmax that follows them. */
function merge(a: Scores, b: Scores): Scores | undefined {
  const isSoftmaxOf = (later: Scores, earlier: Scores) =>
    later.kind === "rows" &&
    (later.from === earlier || later.like === earlier) &&
    later.step?.kind === "activation" &&
    later.step.operator === "Softmax";
  if (a === b || isSoftmaxOf(a, b)) return a;
  return isSoftmaxOf(b, a) ? b : undefined;
}
