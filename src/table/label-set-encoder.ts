/** Sets of labels as networks learn them: a 0 or a 1 for each label. */
import { show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";
import { type DecisionOptions, readCosts } from "./costs.js";
import { isLabels, type Label } from "./label.js";
import { locate } from "./locate.js";
import { isMissing } from "./missing.js";
import { LIKELY, type MultiLabelScores, scoreLabelSets } from "./multi-label-scores.js";
import type { Scorer } from "./score-rows.js";
import { type Columns, readTargets, type TargetEncoder } from "./target-encoder.js";
import { Vocabulary } from "./vocabulary.js";

/**
 * Sets of ids, numbered as they come: of a million rows few differ. A set is known by its ids in ascending order, "0,3,12", so neither
 * order nor repetition counts.
 */
export class NumberedSets {
  private readonly texts = new Vocabulary();

  get size(): number {
    return this.texts.size;
  }

  number(ids: readonly number[]): number {
    return this.texts.number([...new Set(ids)].sort((a, b) => a - b).join());
  }

  /** @param number below `size` */
  ids(number: number): number[] {
    const text = this.texts.text(number);
    return text === "" ? [] : text.split(",").map(Number);
  }
}

/**
 * The labels of a row's target, texts trimmed.
 * @throws TypeError on a target that is no list, or a missing label
 */
export function labelsOf(
  call: string,
  target: string,
  value: unknown,
  r: number,
  markers: ReadonlySet<string>,
): unknown[] {
  if (!Array.isArray(value)) {
    const message = `${call}: targets must be lists of labels in all rows if they are in one, got ${show(value)} at row ${r}. Pass [${show(value)}] for one label.`;
    throw locate(new TypeError(message), r, target);
  }
  return value.map((label) => {
    if (!isMissing(label, markers)) return typeof label === "string" ? label.trim() : label;
    const message = `${call}: targets must be lists of labels, got one with ${show(label)} at row ${r}. Leave it out of the list.`;
    throw locate(new TypeError(message), r, target);
  });
}

/** Labels, and sets of them: numbers by size, texts by code units, false before true. */
export class LabelSetEncoder implements TargetEncoder {
  readonly output = "sigmoid";
  readonly ids: ReadonlyMap<unknown, number>;

  /**
   * @param labels in the order of the network's outputs
   * @param sets those that were read, as ids of labels; what is read later is added to them
   */
  constructor(
    readonly target: string,
    readonly labels: readonly Label[],
    readonly sets = new NumberedSets(),
  ) {
    this.ids = new Map(labels.map((label, id) => [label, id]));
  }

  get outputs(): number {
    return this.labels.length;
  }

  /** Numbers of sets. */
  read(call: string, rows: Columns, markers: ReadonlySet<string>): Generator<number, Float64Array> {
    const { ids, labels, sets, target } = this;
    return readTargets(call, rows, target, markers, (value, r) => {
      const own = labelsOf(call, target, value, r, markers).map((label) => {
        const id = ids.get(label);
        if (id !== undefined) return id;
        const message = `${call}: labels must be among ${show([...labels])}, got ${show(label)} at row ${r}. New labels need a new fit.`;
        throw locate(new RangeError(message), r, target);
      });
      return sets.number(own);
    });
  }

  /** [rows, labels], row-major: 1 for each label of the set. */
  *encode(numbers: ArrayLike<number>): Generator<number, Float32Array> {
    const { outputs, sets } = this;
    const encoded = new Float32Array(numbers.length * outputs);
    yield* forEachSlice(numbers.length, (from, to) => {
      for (let r = from; r < to; r++) for (const id of sets.ids(numbers[r])) encoded[r * outputs + id] = 1;
    });
    return encoded;
  }

  /** Those whose probability is 0.5 or more; costs of mistakes are refused. */
  decider(call: string, options?: DecisionOptions): (probabilities: Float32Array, from: number) => Label[] {
    if (options && readCosts(call, options, this.labels)) refuseSets(call, "costs");
    return (probabilities, from) => this.labels.filter((_, id) => probabilities[from + id] >= LIKELY);
  }

  /** @throws TypeError: several labels have no sets that cover the right one */
  among(call: string): never {
    return refuseSets(call, "the answer");
  }

  /** @param weights what each row counts. Default: all alike */
  *score(
    ...[sets, probabilities, _, weights]: Parameters<Scorer<MultiLabelScores>["score"]>
  ): Generator<number, MultiLabelScores> {
    return yield* scoreLabelSets(this.labels, yield* this.encode(sets), probabilities, weights);
  }

  toJSON(): readonly Label[] {
    return this.labels;
  }
}

function refuseSets(call: string, what: string): never {
  throw new TypeError(`${call}: ${what} must be of one label a row, got several. Use predictProba.`);
}

/** What a file keeps of such a target: one label at least, of one kind, each once. */
export function readLabelList(call: string, target: string, labels: unknown): LabelSetEncoder {
  if (isLabels(labels, 1)) return new LabelSetEncoder(target, labels);
  throw new Error(`${call}: the file must hold a label at least, each once, got ${show(labels)}.`);
}
