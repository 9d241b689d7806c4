/** Labels as networks learn them: class ids. */
import { show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { locate } from "./locate.js";
import { type Columns, readTargets, type TargetEncoder } from "./target-encoder.js";

/** What a classifier predicts. */
export type Label = string | number | boolean;

/** Labels and their class ids: numbers by size, texts by code units, false before true. */
export class LabelEncoder implements TargetEncoder {
  readonly output = "softmax";
  /** Class ids by label. */
  readonly ids: ReadonlyMap<unknown, number>;

  /** @param labels in the order of their class ids */
  constructor(
    readonly target: string,
    readonly labels: readonly Label[],
  ) {
    const trimmed = labels.map((label) => (typeof label === "string" ? label.trim() : label));
    // Files of 0.1 may hold labels with blanks around them; as they stand they come first.
    this.ids = new Map([...trimmed, ...labels].map((label, i) => [label, i % labels.length]));
  }

  get outputs(): number {
    return this.labels.length;
  }

  read(call: string, rows: Columns, markers: ReadonlySet<string>): Generator<number, Float64Array> {
    return readTargets(call, rows, this.target, markers, (target, r) => {
      const id = this.ids.get(target);
      if (id !== undefined) return id;
      const message = `${call}: targets must be among ${show([...this.labels])}, got ${show(target)} at row ${r}. New labels need a new fit.`;
      throw locate(new RangeError(message), r, this.target);
    });
  }

  encode(ids: ArrayLike<number>): Generator<number, Float32Array> {
    return fillSlices(new Float32Array(ids.length), (i) => ids[i]);
  }

  toJSON(): readonly Label[] {
    return this.labels;
  }
}

/** What labels may be, by `typeof`. */
export const isLabelKind = (kind: string) => ["string", "number", "boolean"].includes(kind);

/** Two labels at least, of one kind, each once: what a file must hold. */
export function isLabels(labels: unknown): labels is Label[] {
  if (!Array.isArray(labels) || labels.length < 2 || new Set(labels).size < labels.length) return false;
  const kind = typeof labels[0];
  return isLabelKind(kind) && labels.every((label) => typeof label === kind);
}

/** What a file keeps of a target of labels. */
export function readLabelNames(call: string, target: string, labels: unknown): LabelEncoder {
  if (isLabels(labels)) return new LabelEncoder(target, labels);
  throw new Error(`${call}: the file must hold two labels at least, each once, got ${show(labels)}.`);
}
