/** Values for rows of objects. */

import { show } from "../ground/check.js";
import type { MLP } from "../model/mlp.js";
import type { Candidates, SharedReading } from "./candidates.js";
import type { CoverageOptions } from "./conformal.js";
import { optionsNow, rowsNow, type TableRows } from "./given-rows.js";
import type { Interval } from "./intervals.js";
import type { MultiTargetRegressor } from "./multi-target-models.js";
import type { OfValues } from "./questioned-model.js";
import type { MultiTargetRegressorOptions, RegressorOptions } from "./regressor-options.js";
import type { RegressorScores } from "./regressor-scores.js";
import type { CrossValidation, CrossValidationOptions } from "./score-folds.js";
import type { Scorer } from "./score-rows.js";
import type { SearchArguments, SearchResult } from "./search.js";
import { TableModel } from "./table-model.js";
import type { TableParts } from "./table-parts.js";
import type { TableSource } from "./table-source.js";
import type { TargetScaler } from "./target-scaler.js";

export type { Interval } from "./intervals.js";
export type { RegressorScores } from "./regressor-scores.js";

/**
 * Learns values from rows of objects: reads their columns, makes a network, trains it. The target is standardised for the
 * network and given back in its own unit.
 * @example
 * const model = await Regressor.fit(cars, { target: "mpg", validation: 0.1 });
 * model.predict({ weight: 2130, horsepower: 88, origin: "japan" }); // about 31
 */
export class Regressor extends TableModel<TargetScaler, RegressorScores, OfValues> {
  /** @internal */
  readonly kind = "regressor";

  /**
   * Makes and trains a model of several targets: of each a model of its own, all behind one interface.
   * @throws as for one target, below; RangeError on no target, on a name that is given twice
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "weight"] });
   * const { mpg, weight } = model.predict(cars[0]);
   */
  static async fit<N extends string>(
    rows: TableRows,
    options: MultiTargetRegressorOptions<N>,
  ): Promise<MultiTargetRegressor<N, Regressor>>;
  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows an array, an iterable or a stream of objects, or columns (see {@link TableRows}), with their targets: finite numbers, or texts that are such, all written alike ("10300", "$10,300")
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg", hidden: [32], seed: 1 });
   */
  static async fit(rows: TableRows, options: RegressorOptions): Promise<Regressor>;
  static async fit(rows: TableRows, options: unknown): Promise<unknown> {
    const [now, given] = [rowsNow(rows), optionsNow(options)];
    const { fitOnce } = await import("./fit-table.js");
    return fitOnce("Regressor.fit", Regressor.read, Regressor.load, now, given as RegressorOptions);
  }

  /** Reads the rows once, for any number of fits. */
  private static async read(
    call: string,
    rows: TableSource,
    options: RegressorOptions,
    shared?: SharedReading,
  ): Promise<Candidates<Regressor, RegressorScores, RegressorOptions>> {
    const { readTable } = await import("./fit-table.js");
    const { readValues } = await import("./read-values.js");
    const readTargets = (markers: ReadonlySet<string>) => readValues(call, rows, options.target, markers, options);
    const create = (parts: TableParts<TargetScaler, MLP<TargetScaler["output"]>>) => new Regressor(parts);
    return readTable(call, rows, options, readTargets, create, undefined, shared);
  }

  /** The same as below of a model of several targets, named by its type. */
  static async load<M extends MultiTargetRegressor<string, Regressor> = never>(
    bytes: [M] extends [never] ? never : Uint8Array,
  ): Promise<NoInfer<M>>;
  /**
   * Makes the model that {@link Regressor.save} wrote.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged regressor
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const again = await Regressor.load(model.save());
   */
  static async load(bytes: Uint8Array): Promise<Regressor>;
  static async load(bytes: Uint8Array): Promise<unknown> {
    const call = "Regressor.load";
    const { loadTable } = await import("./load-table.js");
    const { readScaler } = await import("./target-scaler.js");
    const parse = (target: string, data: unknown) => readScaler(call, target, data);
    return loadTable(call, bytes, "regressor", parse, (parts) => new Regressor(parts));
  }

  /**
   * Scores a model on each of `folds` parts of the rows, trained on the other parts (k-fold cross-validation).
   * @throws as {@link Regressor.fit}
   * @example
   * const { mean } = await Regressor.crossValidate(cars, { target: "mpg", folds: 5 });
   */
  static async crossValidate(
    rows: TableRows,
    options: Omit<RegressorOptions, "resume"> & CrossValidationOptions<RegressorScores>,
  ): Promise<CrossValidation<RegressorScores>> {
    const [now, given] = [rowsNow(rows), optionsNow(options)];
    const { crossValidate } = await import("./cross-validation.js");
    return crossValidate("Regressor.crossValidate", Regressor.read, now, given);
  }

  /**
   * Tries settings drawn at random from a space (Bergstra and Bengio 2012), each by cross-validation, and fits the best of
   * them on all rows.
   * @param given a space, lists to choose from and ranges by option, and the options; or the options alone, for a space of its own
   * @returns the model, the best trial and all others; when the signal ended it, the best so far
   * @throws as {@link Regressor.fit}
   * @example
   * const space = { hidden: [[32], [64]], l2: { low: 1e-5, high: 1e-1, log: true } };
   * const { model, bestTrial } = await Regressor.search(cars, space, { target: "mpg", trials: 5, folds: 3 });
   */
  static async search(
    rows: TableRows,
    ...given: SearchArguments<RegressorOptions, RegressorScores>
  ): Promise<SearchResult<Regressor, RegressorScores>> {
    const [now, asked] = [rowsNow(rows), given.map((own) => optionsNow(own)) as unknown as typeof given];
    const { search } = await import("./search.js");
    return search("Regressor.search", { read: Regressor.read, ranking: "r2" }, now, asked);
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
    if (!Array.isArray(rows)) return this.targetEncoder.valueAt(this.answerOne("predict", rows), 0);
    const answers = this.answerAll("predict", rows);
    return Array.from(rows, (_, r) => this.targetEncoder.valueAt(answers, r));
  }

  /** The levels of the quantiles that the model was fitted with, ascending; undefined of other losses. */
  get quantiles(): readonly number[] | undefined {
    return this.targetEncoder.levels;
  }

  /**
   * Predicts all quantiles of a row or of each row, in the target's unit, ascending as {@link quantiles} are: they never cross.
   * @throws as {@link Regressor.predict}; Error if the model was fitted with another loss
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg", loss: { quantiles: [0.1, 0.5, 0.9] } });
   * const [low, middle, high] = model.predictQuantiles({ weight: 2130, horsepower: 88 });
   */
  predictQuantiles(rows: readonly object[]): number[][];
  predictQuantiles(row: object): number[];
  predictQuantiles(rows: object | readonly object[]): number[] | number[][] {
    const call = "predictQuantiles";
    const { targetEncoder } = this;
    if (!this.quantiles) {
      const { loss = "squared" } = targetEncoder;
      throw new Error(`${call}: the model must be fitted with loss: { quantiles: [...] }, got ${show(loss)}.`);
    }
    if (!Array.isArray(rows)) return targetEncoder.quantilesAt(this.answerOne(call, rows), 0);
    const answers = this.answerAll(call, rows);
    return rows.map((_, r) => targetEncoder.quantilesAt(answers, r));
  }

  /**
   * Predicts an interval for a row or for each row, which holds the right value for the share `coverage` of rows like those of the fit:
   * as much lies below it as above, in the mean over rows (split conformal prediction; Lei et al. 2018). Of a model of counts it is the
   * wider the larger they are, as their square roots. Of quantiles, two or more, it is as wide as these lie apart in the row, those whose
   * levels leave out `(1 - coverage) / 2` on each side, or those next to them (conformalised quantile regression; Romano, Patterson
   * and Candès 2019).
   * @param options `coverage`. Default: 0.9
   * @throws as {@link Regressor.predict}; Error if the fit held no rows out or the model has learned since, RangeError if it held out too few
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const { low, high } = model.predictInterval({ weight: 2130, horsepower: 88 }, { coverage: 0.8 });
   */
  predictInterval(rows: readonly object[], options?: CoverageOptions): Interval[];
  predictInterval(row: object, options?: CoverageOptions): Interval;
  predictInterval(rows: object | readonly object[], options: CoverageOptions = {}): Interval | Interval[] {
    const call = "predictInterval";
    const around = this.targetEncoder.intervals(call, this.held, options);
    if (!Array.isArray(rows)) return around(this.answerOne(call, rows), 0);
    const answers = this.answerAll(call, rows);
    return rows.map((_, r) => around(answers, r));
  }

  /** @internal */
  score(...given: Parameters<Scorer<RegressorScores>["score"]>): Generator<number, RegressorScores> {
    return this.targetEncoder.score(...given);
  }

  /** @internal */
  protected describeTarget(): string {
    return `Regressor of ${show(this.target)}: ${this.targetEncoder}`;
  }
}
