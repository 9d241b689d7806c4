/** Walks a graph from its input to its outputs; everything in it must be understood. */
import { show } from "../../ground/check.js";
import type { Label } from "../../table/label.js";
import * as activations from "./activation-operators.js";
import { Node, OPSETS, titleOf } from "./graph-node.js";
import type { Graph, Model, Node as StoredNode, Value as StoredValue } from "./onnx_pb.js";
import * as operators from "./operators.js";
import { refuse } from "./refusal.js";
import * as tail from "./tail.js";
import { isFloat, Tensor } from "./tensors.js";
import { nameOf, type Rows, type Scores, type Value } from "./values.js";

type Operator = (node: Node) => Value;

/** By domain and name: operators whose meaning is that of {@link OPSETS}. */
const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["/Gemm", operators.gemm],
  ["/MatMul", operators.matMul],
  ["/Add", operators.add],
  ["/Sub", operators.sub],
  ["/Mul", operators.mul],
  ["/Div", operators.div],
  ["/BatchNormalization", operators.batchNormalization],
  ["/Relu", activations.plain("Relu", "relu")],
  ["/Sigmoid", activations.plain("Sigmoid", "sigmoid")],
  ["/Tanh", activations.plain("Tanh", "tanh")],
  ["/Softplus", activations.plain("Softplus", "softplus")],
  ["/Softsign", activations.plain("Softsign", "softsign")],
  ["/Exp", activations.plain("Exp", "exponential")],
  ["/Mish", activations.plain("Mish", "mish")],
  ["/Erf", activations.plain("Erf")],
  ["/LeakyRelu", activations.leakyRelu],
  ["/Elu", activations.elu],
  ["/Selu", activations.selu],
  ["/Gelu", activations.gelu],
  ["/HardSigmoid", activations.hardSigmoid],
  ["/Clip", activations.clip],
  ["/Softmax", activations.softmax("Softmax")],
  ["/LogSoftmax", activations.softmax("LogSoftmax")],
  ["/Identity", operators.identity],
  ["/Dropout", operators.dropout],
  ["/Flatten", operators.flatten],
  ["/Transpose", operators.transpose],
  ["/Constant", operators.constant],
  ["/Cast", tail.cast],
  ["/Reshape", tail.reshape],
  ["/Concat", tail.concat],
  ["/ArgMax", tail.argMax],
  ["/Gather", tail.gather],
  ["ai.onnx.ml/Scaler", operators.scaler],
  ["ai.onnx.ml/ArrayFeatureExtractor", tail.arrayFeatureExtractor],
  ["ai.onnx.ml/ZipMap", tail.zipMap],
]);

/** What a graph predicts. */
export interface Prediction {
  readonly scores: Scores;
  readonly labels?: readonly Label[];
}

/** The IR versions whose files say what is read here in the way it is read here. */
const IR = { from: 3, to: 13 };

/** @throws Error naming what is no part of an MLP */
export function readGraph(model: Model): Prediction {
  const { irVersion, graph, functions, trainingInfo } = model;
  if (irVersion < IR.from || irVersion > IR.to) refuse(`have IR version ${IR.from} to ${IR.to}`, `${irVersion}`);
  if (functions.length > 0) refuse("use operators alone", "functions of its own");
  if (trainingInfo.length > 0) refuse("be for predicting alone", "what is for training");
  if (!graph) return refuse("hold a graph", "none");
  const opsets = readOpsets(model);
  const names = new Names();
  declare(graph, names);
  for (const stored of graph.node) run(stored, opsets, names);
  return predictionOf(graph, names);
}

const domainOf = (domain: string) => (domain === "ai.onnx" ? "" : domain);

/** Versions by domain. Other domains than those known here do no harm as long as no node is of theirs. */
function readOpsets({ opsetImport }: Model): ReadonlyMap<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain: written, version } of opsetImport) {
    const domain = domainOf(written);
    if (opsets.has(domain)) refuse("import each operator set once", `${show(domain)} twice`);
    opsets.set(domain, Number(version));
    if (domain !== "" && domain !== "ai.onnx.ml") continue;
    const { from, to } = OPSETS[domain];
    if (version < from || version > to) {
      refuse(`use version ${from} to ${to} of operator set ${show(domain || "ai.onnx")}`, `${version}`);
    }
  }
  return opsets;
}

/** What each name stands for: each is given once, and before it is used. */
class Names {
  private readonly values = new Map<string, Value>();

  set(name: string, value: Value): void {
    if (name === "") refuse("name its values", "an empty name");
    if (this.values.has(name)) refuse("give each name once", `${show(name)} twice`);
    this.values.set(name, value);
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  get(name: string, where: string): Value {
    const value = this.values.get(name);
    return value ?? refuse(`give ${show(name)} before ${where}`, "no such value there");
  }
}

function declare(graph: Graph, names: Names): void {
  if (graph.sparseInitializer.length > 0) refuse("hold dense tensors alone", "sparse initializers");
  for (const stored of graph.initializer) {
    names.set(stored.name, { kind: "constant", tensor: Tensor.of(stored.name, stored), transposed: false });
  }
  // Initializers may be listed as inputs: their defaults, then.
  const seen = new Set<string>();
  const inputs = graph.input.filter(({ name }) => {
    if (seen.has(name)) refuse("list each input once", `${show(name)} twice`);
    seen.add(name);
    return !names.has(name);
  });
  if (inputs.length !== 1) refuse("have one input", show(inputs.map(({ name }) => name)));
  names.set(inputs[0].name, readInput(inputs[0]));
}

const INTEGERS = [2, 3, 4, 5, 6, 7, 12, 13]; // TensorProto.DataType: UINT8, INT8, UINT16, INT16, INT32, INT64, UINT32, UINT64

function readInput({ name, type }: StoredValue): Rows {
  const tensor = type?.tensorType;
  if (!tensor) return refuse(`declare input ${show(name)} as a tensor`, "another type or none");
  const { elemType, shape } = tensor;
  if (!isFloat(elemType) && !INTEGERS.includes(elemType)) {
    refuse(`declare input ${show(name)} as numbers`, `data type ${elemType}`);
  }
  const sizes = shape?.dim.map(({ value }) => (value.case === "dimValue" ? Number(value.value) : undefined));
  if (sizes && (sizes.length < 2 || sizes.some((size) => size !== undefined && size < 0))) {
    refuse(`declare input ${show(name)} as [rows, numbers]`, `sizes [${sizes}]`);
  }
  const rank = sizes?.length ?? 2;
  const width = sizes?.slice(1).reduce<number | undefined>((product, size) => {
    return product === undefined || size === undefined ? undefined : product * size;
  }, 1);
  if (width === 0) refuse(`declare input ${show(name)} as rows of numbers`, "rows of none");
  return { kind: "rows", by: `input ${show(name)}`, width, rank, isFloat: isFloat(elemType) };
}

/** Operators whose further outputs mean nothing outside of training. */
const WITH_MORE_OUTPUTS = ["Dropout"];

function run(stored: StoredNode, opsets: ReadonlyMap<string, number>, names: Names): void {
  const domain = domainOf(stored.domain);
  const title = titleOf(stored);
  const operator = stored.overload === "" ? OPERATORS.get(`${domain}/${stored.opType}`) : undefined;
  if (!operator) refuse("use the operators of an MLP alone", domain === "" ? title : `${title} of ${show(domain)}`);
  const opset = opsets.get(domain);
  if (opset === undefined) refuse(`import the operator set of ${title}`, "none");
  const inputs = stored.input.map((name) => (name === "" ? undefined : names.get(name, title)));
  const value = operator(new Node(stored, opset, inputs));
  const [first, ...further] = stored.output;
  if (first === undefined) refuse(`give ${title} an output`, "none");
  if (further.some((name) => name !== "") && !WITH_MORE_OUTPUTS.includes(stored.opType)) {
    refuse(`give ${title} one output`, `${stored.output.length}`);
  }
  names.set(first, value);
  for (const name of further) if (name !== "") names.set(name, { kind: "unread" });
}

/** All outputs of the graph must tell of one prediction. */
function predictionOf({ output }: Graph, names: Names): Prediction {
  let scores: Scores | undefined;
  let labels: readonly Label[] | undefined;
  const listed = new Set<string>();
  for (const { name } of output) {
    if (listed.has(name)) refuse("list each output once", `${show(name)} twice`);
    listed.add(name);
    const value = names.get(name, "the graph's outputs");
    if (value.kind === "constant" || value.kind === "complement" || value.kind === "unread") {
      return refuse("have predictions as its outputs", `${nameOf(value)} as ${show(name)}`);
    }
    const own = value.kind === "decision" || value.kind === "dictionary" ? value : undefined;
    const of = own?.of ?? (value as Scores);
    scores = scores === undefined ? of : (merge(scores, of) ?? refuse("predict one thing", `another as ${show(name)}`));
    if (!own?.labels) continue;
    if (labels && !isSame(labels, own.labels)) refuse("have one list of labels", `another for ${show(name)}`);
    labels = own.labels;
  }
  return scores ? { scores, labels } : refuse("have an output", "none");
}

const isSame = (a: readonly Label[], b: readonly Label[]) => a === b || a.every((label, i) => label === b[i]);

/** The one of the two that tells all: logits are those of the softmax that follows them. */
function merge(a: Scores, b: Scores): Scores | undefined {
  const isSoftmaxOf = (later: Scores, earlier: Scores) =>
    later.kind === "rows" &&
    later.from === earlier &&
    later.step?.kind === "activation" &&
    later.step.operator === "Softmax";
  if (a === b || isSoftmaxOf(a, b)) return a;
  return isSoftmaxOf(b, a) ? b : undefined;
}
