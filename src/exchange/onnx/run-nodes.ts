/** Runs nodes, each on what its names stand for: operators, functions of the file's own, and `If` whose condition is known. */
import { show } from "../../ground/check.js";
import type { External } from "./external-data.js";
import { type Context, Node, OPSETS, titleOf } from "./graph-node.js";
import { liveParts, Names, type Running } from "./node-names.js";
import type {
  Attribute,
  Graph,
  Model,
  OperatorSet,
  Function as StoredFunction,
  Node as StoredNode,
} from "./onnx_pb.js";
import { FunctionSchema, GraphSchema } from "./onnx_pb.js";
import { CONSTANT_OPERATORS, OPERATORS } from "./operator-table.js";
import { refuse } from "./refusal.js";
import { readTensor } from "./stored-tensor.js";
import type { Value } from "./values.js";
import type { Parser } from "./wire.js";

/** What may be computed at once, beside a number for so many bytes of the file. */
const COMPUTED = { least: 2 ** 18, bytes: 16 };
/** Functions and branches within each other. */
const DEEPEST = 16;
/** Numbers that could be computed in the place of a node that a function or a branch brings. */
const OF_A_NODE = 32;

const domainOf = (domain: string) => (domain === "ai.onnx" ? "" : domain);

/** Versions by domain. Other domains than those known here do no harm as long as no node is of theirs. */
function readOpsets(imports: readonly OperatorSet[]): ReadonlyMap<string, number> {
  const opsets = new Map<string, number>();
  for (const { domain: written, version } of imports) {
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

const keyOf = (domain: string, name: string, overload: string) => JSON.stringify([domainOf(domain), name, overload]);

/** Operators whose further outputs mean nothing outside of training. */
const WITH_MORE_OUTPUTS = ["Dropout"];

const isIf = ({ opType, domain }: StoredNode) => opType === "If" && domainOf(domain) === "";

export class Runner implements Running {
  private readonly branches = new Map<Uint8Array, Graph>();

  /**
   * @param depth functions and branches around
   * @param given attributes of the function around, those of the call first
   */
  private constructor(
    private readonly opsets: ReadonlyMap<string, number>,
    private readonly context: Context,
    private readonly parser: Parser,
    private readonly functions: ReadonlyMap<string, StoredFunction>,
    private readonly depth: number,
    private readonly given?: readonly Attribute[],
  ) {}

  /**
   * @param size bytes of the file, and of those beside it
   * @param parser that the model was read with
   */
  static of({ opsetImport, functions }: Model, external: External, size: number, parser: Parser): Runner {
    const context = { external, left: COMPUTED.least + size / COMPUTED.bytes };
    const byName = new Map<string, StoredFunction>();
    for (const bytes of functions) {
      const own = parser.read(FunctionSchema, bytes);
      const key = keyOf(own.domain, own.name, own.overload);
      if (byName.has(key)) refuse("define each of its functions once", `${show(own.name)} twice`);
      // Some runtimes call the operator, some the function.
      if (OPERATORS.has(`${domainOf(own.domain)}/${own.name}`))
        refuse("name its functions otherwise than operators", show(own.name));
      byName.set(key, own);
    }
    return new Runner(readOpsets(opsetImport), context, parser, byName, 0);
  }

  /** Names that the branches of a node read, of those around it too. */
  readonly namesWithin = (node: StoredNode, depth = 0): readonly string[] => {
    if (!isIf(node)) return [];
    this.checkDepth(depth, node);
    return node.attribute.flatMap(({ g }) => {
      if (!g) return [];
      const branch = this.branch(g);
      return [
        ...branch.node.flatMap((own) => [...own.input, ...this.namesWithin(own, depth + 1)]),
        ...branch.output.map(({ name }) => name),
      ];
    });
  };

  run(stored: StoredNode, names: Names): void {
    const title = titleOf(stored);
    const inputs = stored.input.map((name) => (name === "" ? undefined : names.input(name, title)));
    const own = this.functions.get(keyOf(stored.domain, stored.opType, stored.overload));
    const values = own
      ? this.call(own, stored, inputs)
      : isIf(stored)
        ? this.choose(stored, inputs, names)
        : this.operate(stored, title, inputs);
    if (stored.output.length === 0) refuse(`give ${title} an output`, "none");
    if (stored.output.slice(values.length).some((name) => name !== "") && !WITH_MORE_OUTPUTS.includes(stored.opType)) {
      refuse(
        `give ${title} ${values.length === 1 ? "one output" : `${values.length} outputs`}`,
        `${stored.output.length}`,
      );
    }
    stored.output.forEach((name, i) => {
      if (name !== "") names.set(name, values[i] ?? { kind: "unread" });
    });
  }

  private operate(stored: StoredNode, title: string, inputs: readonly (Value | undefined)[]): readonly Value[] {
    const domain = domainOf(stored.domain);
    const operator = operatorOf(stored, `${domain}/${stored.opType}`, inputs);
    if (!operator) {
      const named = domain === "" ? title : `${title} of ${show(domain)}`;
      throw refuse("use the operators of an MLP alone", `${named}${remedyOf(stored.opType)}`);
    }
    const opset = this.opsets.get(domain);
    if (opset === undefined) return refuse(`import the operator set of ${title}`, "none");
    return [operator(new Node(stored, opset, inputs, this.context))].flat();
  }

  /** A function of the file's own: its nodes, with names of their own. */
  private call(own: StoredFunction, stored: StoredNode, inputs: readonly (Value | undefined)[]): readonly Value[] {
    if (inputs.length > own.input.length) {
      refuse(`give ${titleOf(stored)} ${own.input.length} inputs at most`, `${inputs.length}`);
    }
    const given = [...stored.attribute, ...own.attributeProto];
    const within = this.within(readOpsets(own.opsetImport), stored, given);
    const names = new Names();
    own.input.forEach((name, i) => {
      names.set(name, inputs[i]);
    });
    return within.runAll(own.node, own.output, names);
  }

  /** The branch of an `If` whose condition the file tells. */
  private choose(stored: StoredNode, [condition]: readonly (Value | undefined)[], names: Names): readonly Value[] {
    const title = titleOf(stored);
    if (condition?.kind !== "constant" || condition.tensor.count !== 1) {
      return refuse(`give ${title} a condition that is a constant`, "one that rows decide: use onnxruntime-web");
    }
    const wanted = condition.tensor.integers()[0] ? "then_branch" : "else_branch";
    const bytes = stored.attribute.find(({ name }) => name === wanted)?.g;
    if (!bytes) return refuse(`give ${title} a ${wanted}`, "none");
    const branch = this.branch(bytes);
    const own = new Names(names);
    if (branch.input.length > 0 || branch.sparseInitializer.length > 0)
      refuse(`give ${title} plain branches`, "others");
    for (const tensor of branch.initializer) {
      own.set(tensor.name, { kind: "constant", tensor: readTensor(tensor.name, tensor, this.context.external) });
    }
    const outputs = branch.output.map(({ name }) => name);
    return this.within(this.opsets, stored).runAll(branch.node, outputs, own);
  }

  private branch(bytes: Uint8Array): Graph {
    const known = this.branches.get(bytes) ?? this.parser.read(GraphSchema, bytes);
    this.branches.set(bytes, known);
    return known;
  }

  private within(opsets: ReadonlyMap<string, number>, node: StoredNode, given = this.given): Runner {
    this.checkDepth(this.depth, node);
    return new Runner(opsets, this.context, this.parser, this.functions, this.depth + 1, given);
  }

  private checkDepth(depth: number, node: StoredNode): void {
    if (depth >= DEEPEST) refuse(`have functions and branches within ${DEEPEST} others at most`, titleOf(node));
  }

  private runAll(stored: readonly StoredNode[], outputs: readonly string[], names: Names): readonly Value[] {
    const { nodes } = liveParts(stored, outputs, this.namesWithin);
    this.context.left -= OF_A_NODE * stored.length;
    if (!(this.context.left >= 0))
      refuse("bring no more nodes by functions and branches than a file of its size needs", `${stored.length} more`);
    const { given } = this;
    for (const node of nodes) this.run(given ? { ...node, attribute: referred(node.attribute, given) } : node, names);
    return outputs.map((name) => names.get(name, "the outputs of a function or a branch"));
  }
}

/** Attributes that stand for those of the call, or for what the function has without. */
function referred(own: readonly Attribute[], given: readonly Attribute[]): Attribute[] {
  return own.flatMap((attribute) => {
    const { name, refAttrName } = attribute;
    if (refAttrName === "") return [attribute];
    const found = given.find((each) => each.name === refAttrName);
    return found ? [{ ...found, name }] : [];
  });
}

function operatorOf({ overload, input }: StoredNode, name: string, inputs: readonly (Value | undefined)[]) {
  if (overload !== "") return undefined;
  const isConstant = input.length > 0 && inputs.every((value) => value === undefined || value.kind === "constant");
  return (isConstant ? CONSTANT_OPERATORS.get(name) : undefined) ?? OPERATORS.get(name);
}

/** What others than an MLP are made of. */
const OTHERS: readonly (readonly [operators: RegExp, what: string])[] = [
  [/^(Conv|ConvTranspose|.*Pool|Global.*Pool)$/, "convolutions are no MLP's"],
  [/^(LSTM|GRU|RNN|Loop|Scan)$/, "recurrence and loops are no MLP's"],
  [/^(Attention|MultiHeadAttention|Einsum)$/, "attention is no MLP's"],
  [/^TreeEnsemble/, "trees are no MLP"],
  [/^SVM/, "support vectors are no MLP"],
];

function remedyOf(opType: string): string {
  const other = OTHERS.find(([operators]) => operators.test(opType));
  return other ? `; ${other[1]}: use onnxruntime-web` : "";
}
