/** Values for rows of objects. */

import { show } from "../ground/check.js";
import { once } from "../ground/once.js";
import { meanErrorSlices, r2Slices } from "../ground/regression-metrics.js";
import { square } from "../ground/statistics.js";
import { runThrough } from "../ground/turn.js";
import type { MLP } from "../model/mlp.js";
import type { Candidates, CrossValidation, CrossValidationOptions } from "./cross-validation.js";
import type { ExplainOptions, Explanation } from "./explain.js";
import { mapSlices } from "./map-slices.js";
import type { TableOptions } from "./options.js";
import type { PartialDependence, PartialDependenceOptions } from "./partial-dependence.js";
import { explain, partialDependence } from "./questions.js";
import type { SearchOptions, SearchResult, SearchSpace } from "./search.js";
import { TableModel } from "./table-model.js";
import type { TableParts } from "./table-parts.js";
import { listNow } from "./table-rows.js";
import type { TargetScaler } from "./target-scaler.js";

const loading = once(() => import("./load-table.js"));
const scaling = once(() => import("./target-scaler.js"));
const forms = once(() => import("./forms.js"));

/** What {@link Regressor.fit} takes. */
export interface RegressorOptions extends TableOptions<"linear"> {}

/** What {@link Regressor.evaluate} returns, in the target's unit. */
export interface RegressorScores {
  /** 1 - residual/total sum of squares. */
  r2: number;
  meanSquaredError: number;
  meanAbsoluteError: number;
}

/**
 * Learns values from rows of objects: reads their columns, makes a network, trains it. The target is standardised for the
 * network and given back in its own unit.
 * @example
 * const model = await Regressor.fit(cars, { target: "mpg", validation: 0.1 });
 * model.predict({ weight: 2130, horsepower: 88, origin: "japan" }); // about 31
 */
export class Regressor extends TableModel<TargetScaler, RegressorScores> {
  /** @internal */
  readonly kind = "regressor";

  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows with their targets: finite numbers, or texts that are such, all written alike ("10300", "$10,300")
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg", hidden: [32], seed: 1 });
   */
  static async fit(rows: readonly object[], options: RegressorOptions): Promise<Regressor> {
    const list = listNow(rows);
    const { fitOnce } = await import("./fit-table.js");
    return fitOnce("Regressor.fit", Regressor.read, list, options);
  }

  /** Reads the rows once, for any number of fits. */
  private static async read(
    call: string,
    rows: readonly object[],
    options: RegressorOptions,
  ): Promise<Candidates<Regressor, RegressorScores, RegressorOptions>> {
    const { readTable } = await import("./fit-table.js");
    const { readValues } = await import("./target-scaler.js");
    const readTargets = (markers: ReadonlySet<string>) => readValues(call, rows, options.target, markers);
    const create = (parts: TableParts<TargetScaler, MLP<"linear">>) => new Regressor(parts);
    return readTable(call, rows, options, readTargets, create);
  }

  /**
   * Makes the model that {@link Regressor.save} wrote.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged regressor
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const again = await Regressor.load(model.save());
   */
  static async load(bytes: Uint8Array): Promise<Regressor> {
    const call = "Regressor.load";
    const { loadTable } = await loading();
    const { TargetScaler } = await scaling();
    const { isForm } = await forms();
    const parts = await loadTable(call, bytes, "regressor", (target, data) => {
      const { mean, deviation, form } = (data ?? {}) as Partial<TargetScaler>;
      const isUnit = Number.isFinite(mean) && Number.isFinite(deviation) && (deviation as number) > 0;
      if (isUnit && (form === undefined || isForm(form))) {
        return new TargetScaler(target, mean as number, deviation as number, form);
      }
      throw new Error(
        `${call}: the file must hold the target's mean and deviation > 0, got ${show(mean)} and ${show(deviation)}.`,
      );
    });
    return new Regressor(parts);
  }

  /**
   * Scores a model on each of `folds` parts of the rows, trained on the other parts (k-fold cross-validation).
   * @throws as {@link Regressor.fit}
   * @example
   * const { mean } = await Regressor.crossValidate(cars, { target: "mpg", folds: 5 });
   */
  static async crossValidate(
    rows: readonly object[],
    options: Omit<RegressorOptions, "resume"> & CrossValidationOptions<RegressorScores>,
  ): Promise<CrossValidation<RegressorScores>> {
    const list = listNow(rows);
    const { crossValidate } = await import("./cross-validation.js");
    return crossValidate("Regressor.crossValidate", Regressor.read, list, options);
  }

  /**
   * Tries settings drawn at random from a space (Bergstra and Bengio 2012), each by cross-validation, and fits the best of
   * them on all rows.
   * @param space lists to choose from and ranges, by option
   * @returns the model, the best trial and all others; when the signal ended it, the best so far
   * @throws as {@link Regressor.fit}
   * @example
   * const space = { hidden: [[32], [64]], l2: { low: 1e-5, high: 1e-1, log: true } };
   * const { model, bestTrial } = await Regressor.search(cars, space, { target: "mpg", trials: 5, folds: 3 });
   */
  static async search(
    rows: readonly object[],
    space: SearchSpace,
    options: Omit<RegressorOptions, "resume"> & SearchOptions<RegressorScores>,
  ): Promise<SearchResult<Regressor, RegressorScores>> {
    const list = listNow(rows);
    const { search } = await import("./search.js");
    return search("Regressor.search", { read: Regressor.read, ranking: "r2" }, list, space, options);
  }

  /**
   * Predicts the value of a row or of each row, in the target's unit. Synchronous: of many rows in turns, see {@link inTurns}.
   * @throws TypeError, RangeError naming a row that has none of the columns, or the row and the column of a wrong value
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const values = model.predict(cars);
   */
  predict(rows: readonly object[]): number[];
  predict(row: object): number;
  predict(rows: object | readonly object[]): number | number[] {
    if (!Array.isArray(rows)) return this.targetEncoder.decode(this.answerOne("predict", rows)[0]);
    return runThrough(this.decode(this.answerAll("predict", rows)));
  }

  private decode(answers: Float32Array): Generator<number, number[]> {
    return mapSlices(answers.length, (r) => this.targetEncoder.decode(answers[r]));
  }

  /**
   * Says what each column added to the value of a row, in the target's unit: Shapley values, which share the difference between the
   * answer to the row and the mean answer to the background (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017). Exact where no row
   * of the background differs from the row in more than ten columns, else from a sample, with its standard errors.
   * @throws TypeError, RangeError on a row, a background or options that do not fit
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const { base, answer, columns } = await model.explain(cars[0], { background: cars });
   * columns[0]; // { name, value, mean, error }
   */
  async explain(row: object, options: ExplainOptions): Promise<Explanation> {
    return explain(this, this.net.training, row, options);
  }

  /**
   * Computes how the predicted values depend on a column: for some of its values, the mean over the rows if all of them held that
   * value, in the target's unit (Friedman 2001).
   * @param rows without targets too; of more than 1000 there are 1000 used, at equal distances, beginning with the first
   * @throws TypeError, RangeError on rows or options that do not fit, or a column that the model does not read
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const { values, means } = await model.partialDependence(cars, "origin");
   * values; // ["europe", "japan", "usa"]
   */
  async partialDependence(
    rows: readonly object[],
    column: string,
    options: PartialDependenceOptions = {},
  ): Promise<PartialDependence> {
    return partialDependence(this, this.net.training, rows, column, options) as Promise<PartialDependence>;
  }

  /** @internal */
  *score(truth: ArrayLike<number>, answers: Float32Array): Generator<number, RegressorScores> {
    const predicted = yield* this.decode(answers);
    return {
      r2: yield* r2Slices(truth, predicted),
      meanSquaredError: yield* meanErrorSlices("meanSquaredError", truth, predicted, square),
      meanAbsoluteError: yield* meanErrorSlices("meanAbsoluteError", truth, predicted, Math.abs),
    };
  }

  /** @internal */
  protected describeTarget(): string {
    const { mean, deviation, target } = this.targetEncoder;
    return `Regressor of ${show(target)}: ${Number(mean.toPrecision(4))} ± ${Number(deviation.toPrecision(4))}`;
  }
}
