/** Models of several targets, which are all labels, or all values. */
import type { CoverageOptions } from "./conformal.js";
import { type Gives, MultiTargetModel, type TargetModel } from "./multi-target.js";
import type { TableWarning } from "./table-warning.js";

interface LabelModel extends TargetModel {
  readonly labels: unknown;
  readonly calibration: unknown;
  predictProba(rows: readonly object[]): unknown[];
  predictProba(row: object): unknown;
  predictSet(rows: readonly object[], options?: CoverageOptions): unknown[];
  predictSet(row: object, options?: CoverageOptions): unknown;
}

/** What {@link Classifier.fit} makes of several targets: by target a Classifier M. */
export class MultiTargetClassifier<N extends string, M extends LabelModel> extends MultiTargetModel<N, M> {
  /** By target: its labels, in the order of probabilities. */
  get labels(): Record<N, M["labels"]> {
    return this.each(({ labels }) => labels);
  }

  /** By target: see {@link Classifier.calibration}. */
  get calibration(): Record<N, M["calibration"]> {
    return this.each(({ calibration }) => calibration);
  }

  /**
   * Computes the probability of each label of each target, of a row or of each row.
   * @throws as {@link Classifier.predictProba}
   * @example
   * const model = await Classifier.fit(passengers, { target: ["survived", "embarked"], epochs: 2 });
   * const { survived, embarked } = model.predictProba({ sex: "female", pclass: 1 });
   */
  predictProba(rows: readonly object[]): Record<N, Gives<M, "predictProba">>[];
  predictProba(row: object): Record<N, Gives<M, "predictProba">>;
  predictProba(rows: object | readonly object[], further?: unknown): unknown {
    this.refuse("predictProba", further);
    return this.answers(rows, (model) => model.predictProba(rows));
  }

  /**
   * Predicts sets of labels, see {@link Classifier.predictSet}: each target's holds the right one so often, all at once less often.
   * @throws as {@link Classifier.predictSet}
   * @example
   * const model = await Classifier.fit(passengers, { target: ["survived", "embarked"], epochs: 2 });
   * const { survived, embarked } = model.predictSet({ sex: "female", pclass: 1 });
   */
  predictSet(rows: readonly object[], options?: CoverageOptions): Record<N, Gives<M, "predictSet">>[];
  predictSet(row: object, options?: CoverageOptions): Record<N, Gives<M, "predictSet">>;
  predictSet(rows: object | readonly object[], options?: CoverageOptions): unknown {
    return this.answers(rows, (model) => model.predictSet(rows, options));
  }
}

interface ValueModel extends TargetModel {
  readonly quantiles: unknown;
  predictQuantiles(rows: readonly object[]): unknown[];
  predictQuantiles(row: object): unknown;
  predictInterval(rows: readonly object[], options?: CoverageOptions): unknown[];
  predictInterval(row: object, options?: CoverageOptions): unknown;
}

/** What {@link Regressor.fit} makes of several targets: by target a Regressor M. */
export class MultiTargetRegressor<N extends string, M extends ValueModel> extends MultiTargetModel<N, M> {
  /** By target: see {@link Regressor.quantiles}. */
  get quantiles(): Record<N, M["quantiles"]> {
    return this.each(({ quantiles }) => quantiles);
  }

  /**
   * Predicts all quantiles of each target, see {@link Regressor.predictQuantiles}.
   * @throws as {@link Regressor.predictQuantiles}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], loss: { quantiles: [0.1, 0.9] }, epochs: 2 });
   * const [low, high] = model.predictQuantiles({ weight: 2130 }).mpg;
   */
  predictQuantiles(rows: readonly object[]): Record<N, Gives<M, "predictQuantiles">>[];
  predictQuantiles(row: object): Record<N, Gives<M, "predictQuantiles">>;
  predictQuantiles(rows: object | readonly object[], further?: unknown): unknown {
    this.refuse("predictQuantiles", further);
    return this.answers(rows, (model) => model.predictQuantiles(rows));
  }

  /**
   * Predicts intervals, see {@link Regressor.predictInterval}: each target's holds the right value so often, all at once less often.
   * @throws as {@link Regressor.predictInterval}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * const { low, high } = model.predictInterval({ weight: 2130 }).mpg;
   */
  predictInterval(rows: readonly object[], options?: CoverageOptions): Record<N, Gives<M, "predictInterval">>[];
  predictInterval(row: object, options?: CoverageOptions): Record<N, Gives<M, "predictInterval">>;
  predictInterval(rows: object | readonly object[], options?: CoverageOptions): unknown {
    return this.answers(rows, (model) => model.predictInterval(rows, options));
  }
}

/** The model of several targets: of values if the first is. */
export function modelOfTargets(
  models: readonly TargetModel[],
  onWarning?: (warning: TableWarning) => void,
): MultiTargetModel<string, TargetModel> {
  return "predictInterval" in models[0]
    ? new MultiTargetRegressor(models as ValueModel[], onWarning)
    : new MultiTargetClassifier(models as LabelModel[], onWarning);
}
