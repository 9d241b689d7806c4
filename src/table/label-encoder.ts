/** Labels as networks learn them: class ids. */
import { show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { argmax } from "../ground/statistics.js";
import { type CoverageOptions, coveredScores } from "./conformal.js";
import { cheapest, type DecisionOptions, readCosts } from "./costs.js";
import type { HeldFacts } from "./held-facts.js";
import { isLabels, type Label } from "./label.js";
import { locate } from "./locate.js";
import { type Columns, readTargets, type TargetEncoder } from "./target-encoder.js";

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

  /**
   * How a label is chosen of the probabilities that begin somewhere: the most probable one, or that of the least expected cost.
   * @throws TypeError, RangeError on costs that are none
   */
  decider(call: string, options?: DecisionOptions): (probabilities: Float32Array, from: number) => Label {
    const { labels } = this;
    const { length } = labels;
    const costs = options && readCosts(call, options, labels);
    if (!costs) return (probabilities, from) => labels[argmax(probabilities, from, length)];
    return (probabilities, from) => labels[cheapest(costs, probabilities, from, length)];
  }

  /**
   * The labels that are no less probable than right ones were, the most probable first (Sadinle, Lei and Wasserman 2019).
   * @throws as {@link coveredScores}
   */
  among(call: string, held: HeldFacts | undefined, options: CoverageOptions) {
    const { high } = coveredScores(call, held, options, 1);
    return (probabilities: Float32Array, from: number): Label[] =>
      this.labels
        .map((label, id) => ({ label, probability: probabilities[from + id] }))
        .filter(({ probability }) => 1 - probability <= high)
        .sort((a, b) => b.probability - a.probability)
        .map(({ label }) => label);
  }

  toJSON(): readonly Label[] {
    return this.labels;
  }
}

/** What a file keeps of a target of labels. */
export function readLabelNames(call: string, target: string, labels: unknown): LabelEncoder {
  if (isLabels(labels)) return new LabelEncoder(target, labels);
  throw new Error(`${call}: the file must hold two labels at least, each once, got ${show(labels)}.`);
}
