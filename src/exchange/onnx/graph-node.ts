/** A node as its operator reads it: inputs and attributes that are asked for by kind; each refusal names node and operator. */
import { show } from "../../ground/check.js";
import type { Attribute, Node as StoredNode } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { decodeText, Tensor } from "./tensors.js";
import { type Constant, dimsOf, type Factor, nameOf, type Rows, type Value } from "./values.js";

/** AttributeProto.AttributeType of onnx.proto: those that are read. */
export const ATTRIBUTES = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, FLOATS: 6, INTS: 7, STRINGS: 8 } as const;

/** The operator sets that are known here: older ones have other operators, newer ones may. */
export const OPSETS = { "": { from: 7, to: 25 }, "ai.onnx.ml": { from: 1, to: 5 } } as const;

export class Node {
  readonly title: string;
  private readonly attributes = new Map<string, Attribute>();

  /** @param inputs what the names of its inputs stand for; undefined where one is left out */
  constructor(
    stored: StoredNode,
    readonly opset: number,
    readonly inputs: readonly (Value | undefined)[],
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

  floats(name: string): readonly number[] | undefined {
    return this.take(name, "FLOATS")?.floats;
  }

  ints(name: string): readonly bigint[] | undefined {
    return this.take(name, "INTS")?.ints;
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
    return stored && Tensor.of(`${name} of ${this.title}`, stored);
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
    if (value.rank !== 2) this.refuse(`rows of numbers as input ${i}`, `${value.rank} axes; put a Flatten before it`);
    if (!value.isFloat) this.refuse(`floats as input ${i}`, "whole numbers; put a Cast before it");
    return value;
  }

  /** Input `i`, a tensor of the file. */
  constant(i: number): Constant {
    const value = this.input(i);
    return value.kind === "constant" ? value : this.refuse(`a constant as input ${i}`, nameOf(value));
  }

  input(i: number): Value {
    return this.inputs[i] ?? this.refuse(`input ${i}`, "none");
  }

  /** A constant that numpy's rules spread over [N, width]: one number, or one a feature. */
  perFeature(constant: Constant, width: number | undefined): { at: Factor; size: number } {
    const { tensor } = constant;
    if (!tensor.isFloat) this.refuse(`floats in ${show(tensor.name)}`, `data type ${tensor.type}`);
    const dims = dimsOf(constant);
    const size = dims.length === 0 ? 1 : dims[dims.length - 1];
    if (
      dims.length > 2 ||
      (dims.length === 2 && dims[0] !== 1) ||
      !(size === 1 || (size > 1 && size === (width ?? size)))
    ) {
      this.refuse(
        `one number a feature${width === undefined ? "" : ` (${width})`}`,
        `shape [${dims}] of ${show(tensor.name)}`,
      );
    }
    return { size, at: size === 1 ? () => tensor.at(0) : (feature) => tensor.at(feature) };
  }
}

/** As errors name it. */
export function titleOf({ name, opType, output }: StoredNode): string {
  return `node ${show(name || (output[0] ?? ""))} (${/^\w{1,40}$/.test(opType) ? opType : show(opType)})`;
}
