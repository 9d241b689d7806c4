/** The scores of answers to rows of objects. */
import type { Sort } from "../ground/class-scores.js";
import { readScoreWeights } from "./row-weights.js";
import { RowList } from "./table-source.js";
import type { TargetEncoder } from "./target-encoder.js";

/** What scores answers: a model of a table fits. */
export interface Scorer<S> {
  readonly encoder: { readonly markers: ReadonlySet<string> };
  readonly targetEncoder: TargetEncoder;
  /** The scores of answers to rows whose targets, and what each counts, were read. */
  score(targets: ArrayLike<number>, answers: Float32Array, sort?: Sort, weights?: Float64Array): Generator<number, S>;
}

/**
 * Reads the targets of rows, and what each counts, and scores the answers to them, slice by slice.
 * @param rows that were checked
 * @param options as `evaluate` is given them
 * @throws TypeError, RangeError naming the row of a target or a weight that does not fit
 */
export function* scoreRows<S>(
  model: Scorer<S>,
  rows: readonly object[],
  answers: Float32Array,
  options: unknown,
  sort?: Sort,
): Generator<number, S> {
  const { encoder, targetEncoder } = model;
  const columns = new RowList(rows);
  const weights = yield* readScoreWeights("evaluate", columns, targetEncoder.target, options);
  const targets = yield* targetEncoder.read("evaluate", columns, encoder.markers);
  return yield* model.score(targets, answers, sort, weights);
}
