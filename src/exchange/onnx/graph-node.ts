/** A node as its operator reads it: inputs and attributes that are asked for by kind; each refusal names node and operator. */
import { show } from "../../ground/check.js";
import { ATTRIBUTES } from "./attribute-kinds.js";
import { broadcastIndex } from "./broadcast.js";
import type { External } from "./external-data.js";
import type { Attribute, Node as StoredNode } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { readTensor } from "./stored-tensor.js";
import type { Tensor } from "./tensors.js";
import { decodeText } from "./text-of-bytes.js";
import { type Factor, nameOf, type Rows, type Value } from "./values.js";

/** The operator sets that are known here: older ones have other operators, newer ones may. */
export const OPSETS = { "": { from: 6, to: 26 }, "ai.onnx.ml": { from: 1, to: 5 } } as const;

/** What nodes share: files beside the model, and how many numbers may still be computed at once. */
export interface Context {
  readonly external: External;
  left: number;
}

export class Node {
  readonly title: string;
  private readonly attributes = new Map<string, Attribute>();

  /** @param inputs what the names of its inputs stand for; undefined where one is left out */
  constructor(
    stored: StoredNode,
    readonly opset: number,
    readonly inputs: readonly (Value | undefined)[],
    private readonly context: Context = { external: new Map(), left: 0 },
  ) {
    this.title = titleOf(stored);
    for (const attribute of stored.attribute) {
      const { name } = attribute;
      if (this.attributes.has(name)) this.refuse(`each attribute once`, `${show(name)} twice`);
      if (attribute.g || attribute.graphs.length > 0) this.refuse("no subgraph", show(name));
      if (attribute.refAttrName !== "") this.refuse("attributes of its own", `a reference as ${show(name)}`);
      this.attributes.set(name, attribute);
    }
  }

  /** @param wanted what the node must have; "Softmax along axis 1" */
  refuse(wanted: string, got: string): never {
    return refuse(`give ${this.title} ${wanted}`, got);
  }

  /** Refuses further inputs, and attributes that were not asked for: they may mean something. */
  finish(most: number): void {
    const given = this.inputs.length;
    if (given > most) this.refuse(`${most} inputs at most`, `${given}`);
    for (const name of this.attributes.keys()) this.refuse("attributes that are known here", show(name));
  }

  /** Takes so many numbers that are computed at once of what the file may ask for. */
  spend(count: number): void {
    this.context.left -= count;
    if (!(this.context.left >= 0)) this.refuse("no more to compute than a file of its size needs", `${count} numbers`);
  }

  private take(name: string, type: keyof typeof ATTRIBUTES): Attribute | undefined {
    const attribute = this.attributes.get(name);
    this.attributes.delete(name);
    if (attribute && attribute.type !== ATTRIBUTES[type]) {
      this.refuse(`${name} as ${type} (${ATTRIBUTES[type]})`, `attribute type ${attribute.type}`);
    }
    return attribute;
  }

  float(name: string, fallback: number): number {
    const attribute = this.take(name, "FLOAT");
    const value = attribute ? (attribute.f ?? 0) : fallback;
    return Number.isFinite(value) ? value : this.refuse(`a finite ${name}`, `${value}`);
  }

  /** A whole number; one beyond 2⁵³ equals none that is looked for. */
  int(name: string, fallback: number): number {
    const attribute = this.take(name, "INT");
    return attribute ? Number(attribute.i ?? 0n) : fallback;
  }

  /** One that may be left out, or be anything that float32 holds. */
  optionalFloat(name: string): number | undefined {
    const attribute = this.take(name, "FLOAT");
    return attribute && (attribute.f ?? 0);
  }

  optionalInt(name: string): bigint | undefined {
    const attribute = this.take(name, "INT");
    return attribute && (attribute.i ?? 0n);
  }

  optionalText(name: string): string | undefined {
    const attribute = this.take(name, "STRING");
    return attribute && decodeText(name, attribute.s ?? new Uint8Array(0));
  }

  floats(name: string): readonly number[] | undefined {
    return this.take(name, "FLOATS")?.floats;
  }

  ints(name: string): readonly bigint[] | undefined {
    return this.take(name, "INTS")?.ints;
  }

  /** How many attributes there are that were not asked for. */
  get hasMore(): boolean {
    return this.attributes.size > 0;
  }

  strings(name: string): string[] | undefined {
    return this.take(name, "STRINGS")?.strings.map((text) => decodeText(name, text));
  }

  text(name: string, fallback: string): string {
    const stored = this.take(name, "STRING")?.s;
    return stored ? decodeText(name, stored) : fallback;
  }

  tensor(name: string): Tensor | undefined {
    const stored = this.take(name, "TENSOR")?.t;
    return stored && readTensor(`${name} of ${this.title}`, stored, this.context.external);
  }

  /** What may be anything, since it has no say in predictions. */
  ignore(...names: string[]): void {
    for (const name of names) this.attributes.delete(name);
  }

  /** Refuses an attribute whose value is another than the one that an MLP can follow. */
  expect(name: string, fallback: number, ...wanted: number[]): void {
    const value = this.int(name, fallback);
    if (!wanted.includes(value)) this.refuse(`${name} ${wanted.join(" or ")}`, `${value}`);
  }

  /** Input `i`, rows of floats. */
  rows(i: number): Rows {
    const value = this.input(i);
    if (value.kind !== "rows") return this.refuse(`rows as input ${i}`, nameOf(value));
    if (value.elements === "floats") return value;
    const kinds = { integers: "whole numbers", booleans: "true and false", texts: "texts" } as const;
    return this.refuse(`floats as input ${i}`, `${kinds[value.elements]}; put a Cast before it`);
  }

  /** Input `i`, rows of anything. */
  anyRows(i: number): Rows {
    const value = this.input(i);
    return value.kind === "rows" ? value : this.refuse(`rows as input ${i}`, nameOf(value));
  }

  /** The same node with other inputs. */
  with(inputs: readonly (Value | undefined)[]): Node {
    return Object.assign(Object.create(Node.prototype), this, { inputs });
  }

  /** Input `i`, a tensor of the file or one computed of such. */
  constant(i: number): Tensor {
    const value = this.input(i);
    return value.kind === "constant" ? value.tensor : this.refuse(`a constant as input ${i}`, nameOf(value));
  }

  /** Input `i`, a constant, if it is there. */
  optional(i: number): Tensor | undefined {
    return this.inputs[i] && this.constant(i);
  }

  /** Whole numbers of input `i` or, in older versions, of an attribute. */
  list(i: number, attribute: string): readonly bigint[] | undefined {
    const own = this.ints(attribute);
    const given = this.optional(i);
    if (!given) return own;
    if (given.count > MOST_NUMBERS) this.refuse(`${MOST_NUMBERS} numbers at most as input ${i}`, `${given.count}`);
    return given.integers();
  }

  input(i: number): Value {
    return this.inputs[i] ?? this.refuse(`input ${i}`, "none");
  }

  /**
   * A constant that numpy's rules spread over the numbers of each row, which it must not make more.
   * @returns what stands at a feature, whether that is one number for all, and the axes of the rows, of which it may tell
   */
  spread(tensor: Tensor, rows: Rows): { at: Factor; isUniform: boolean; axes: Rows["axes"] } {
    if (!tensor.isFloat && !tensor.isInteger)
      this.refuse(`numbers in ${show(tensor.name)}`, `data type ${tensor.type}`);
    const { dims } = tensor;
    const { axes } = rows;
    if (tensor.count === 1 && dims.length <= axes.length + Number(rows.hasBatch)) {
      return { at: () => tensor.at(0), isUniform: true, axes };
    }
    const own = dims.slice(Math.max(0, dims.length - axes.length));
    const further = dims.slice(0, dims.length - own.length);
    const known = axes.map((size, a) => size ?? own[a - axes.length + own.length]);
    const fits = own.every((size, a) => size === 1 || size === known[a + axes.length - own.length]);
    const isOneEach = further.length <= (rows.hasBatch ? 1 : 4) && further.every((size) => size === 1);
    if (!fits || !isOneEach || tensor.count === 0) {
      const width = rows.width === undefined ? "" : ` (${rows.width})`;
      this.refuse(`one number a feature${width}`, `shape [${dims}] of ${show(tensor.name)}`);
    }
    const index = broadcastIndex(own, known as number[]);
    // One row that is no matrix becomes one.
    const all = rows.hasBatch ? known : [...further, ...known];
    return { at: (feature) => tensor.at(index(feature)), isUniform: tensor.count === 1, axes: all };
  }
}

/** Lists of sizes, places and the like. */
const MOST_NUMBERS = 4096;

/** As errors name it. */
export function titleOf({ name, opType, output }: StoredNode): string {
  return `node ${show(name || (output[0] ?? ""))} (${/^\w{1,40}$/.test(opType) ? opType : show(opType)})`;
}
