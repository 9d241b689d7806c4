/** Work on many rows that leaves the event loop its turns. */
import type { Dataset } from "../data/dataset.js";
import type { Rows } from "../data/rows.js";
import { show } from "../ground/check.js";
import { ofSeveral } from "../ground/shown.js";
import type { MLP } from "../model/mlp.js";
import type { Output } from "../net/activations.js";
import type { Predictions } from "../net/predict.js";
import type { Scores } from "../train/history.js";
import type { Training } from "../train/training.js";
import type { DecisionOptions } from "./costs.js";
import type { Label } from "./label.js";
import type { PartialFitOptions } from "./online-training.js";
import type { EvaluateOptions } from "./row-weights.js";

/** What {@link inTurns} makes of an {@link MLP}. */
export interface NetworkInTurns<O extends Output = Output> {
  /** {@link MLP.predict} in turns. */
  predict(x: Rows | Dataset): Promise<Predictions<O>>;
  /** {@link MLP.predictProba} in turns. */
  predictProba(x: Rows | Dataset, out?: Float32Array): Promise<Float32Array>;
  /** {@link MLP.evaluate} in turns. */
  evaluate(data: Dataset): Promise<Scores<O>>;
}

/** What {@link inTurns} makes of a {@link Classifier} with scores S. */
export interface ClassifierInTurns<L extends Label = Label, S = unknown> {
  /** {@link Classifier.predict} in turns. */
  predict(rows: readonly object[], options?: DecisionOptions): Promise<L[]>;
  /** {@link Classifier.predictProba} in turns. */
  predictProba(rows: readonly object[], out: Float32Array): Promise<Float32Array>;
  /** {@link Classifier.predictProba} in turns. */
  predictProba(rows: readonly object[]): Promise<Record<string, number>[]>;
  /** {@link Classifier.evaluate} in turns. */
  evaluate(rows: readonly object[], options?: EvaluateOptions): Promise<S>;
  /** {@link Classifier.partialFit} in turns. */
  partialFit(rows: readonly object[], options?: PartialFitOptions): Promise<number>;
}

/** What {@link inTurns} makes of a {@link MultiLabelClassifier} with scores S. */
export interface MultiLabelInTurns<L extends Label = Label, S = unknown>
  extends Omit<ClassifierInTurns<L, S>, "predict"> {
  /** Its `predict` in turns. */
  predict(rows: readonly object[]): Promise<L[][]>;
}

/** What {@link inTurns} makes of a {@link Regressor} with scores S. */
export interface RegressorInTurns<S = unknown> {
  /** {@link Regressor.predict} in turns. */
  predict(rows: readonly object[]): Promise<number[]>;
  /** {@link Regressor.evaluate} in turns. */
  evaluate(rows: readonly object[], options?: EvaluateOptions): Promise<S>;
  /** {@link Regressor.partialFit} in turns. */
  partialFit(rows: readonly object[], options?: PartialFitOptions): Promise<number>;
}

/**
 * Makes of a model's methods for many rows ones that give the event loop its turn at least every 10 ms, as `fit` does, and
 * return promises of the same results, bit for bit, or of the same errors.
 *
 * No call sees weights of two moments: calls for one model are worked off one after the other, in the order in which they came;
 * from the moment of a call until all of them are done, whatever else would change the model (`fit`, its own `partialFit`,
 * `setParameters`, a trainer's `step`) is refused, as it is inside `fit`; and a call that comes while the model is inside `fit`
 * is refused. The model's own `predict`, `predictProba` and `evaluate` answer at any time. Rows must not be changed until the
 * promise is fulfilled.
 * @param model an {@link MLP}, {@link Classifier} or {@link Regressor}
 * @returns its `predict`, `predictProba`, `evaluate` and `partialFit`, as far as it has them
 * @throws TypeError if it is no such model
 * @example
 * const labels = await inTurns(model).predict(others); // as model.predict(others), in turns
 */
export function inTurns<O extends Output>(model: MLP<O>): NetworkInTurns<O>;
export function inTurns<L extends Label, S extends { readonly subsetAccuracy: number }>(model: {
  readonly net: MLP;
  readonly labels: readonly L[];
  evaluate(rows: readonly object[]): S;
}): MultiLabelInTurns<L, S>;
export function inTurns<L extends Label, S>(model: {
  readonly net: MLP;
  readonly labels: readonly L[];
  evaluate(rows: readonly object[]): S;
}): ClassifierInTurns<L, S>;
export function inTurns<S>(model: { readonly net: MLP; evaluate(rows: readonly object[]): S }): RegressorInTurns<S>;
export function inTurns(model: object): object {
  const methods = ["predict", "predictProba", "evaluate", "partialFit"].filter((name) => name in Object(model));
  if (!("training" in Object(Object(model).net ?? model))) {
    throw new TypeError(
      `inTurns: model must be an MLP, Classifier or Regressor, got ${show(model)}.${ofSeveral(model)}`,
    );
  }
  const { training } = (Object(model).net ?? model) as { training: Training };
  const call = (method: string) => (rows: unknown, further: unknown) =>
    // The model is kept as it is from now on, while this script is still on its way.
    training.inOrder("inTurns", method, async () => {
      const { callInTurns } = await import("./calls-in-turns.js");
      return callInTurns(model, method, rows, further);
    });
  return Object.fromEntries(methods.map((method) => [method, call(method)]));
}
