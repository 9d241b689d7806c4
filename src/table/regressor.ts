/** Values for rows of objects. */

import { show } from "../ground/check.js";
import { meanErrorSlices, r2Slices } from "../ground/regression-metrics.js";
import { square } from "../ground/statistics.js";
import { runThrough } from "../ground/turn.js";
import type { MLP } from "../model/mlp.js";
import { type CoverageOptions, coveredScores } from "./conformal.js";
import type { Candidates, CrossValidation, CrossValidationOptions, ReadColumns } from "./cross-validation.js";
import { mapSlices } from "./map-slices.js";
import type { MultiTargetRegressor } from "./multi-target-models.js";
import type { TableOptions } from "./options.js";
import type { OfValues } from "./questioned-model.js";
import type { SearchOptions, SearchResult, SearchSpace } from "./search.js";
import { TableModel } from "./table-model.js";
import type { TableParts } from "./table-parts.js";
import { listNow } from "./table-rows.js";
import type { MultiTargetOptions } from "./target-options.js";
import type { TargetScaler, Transform } from "./target-scaler.js";

/** What {@link Regressor.fit} takes. */
export interface RegressorOptions extends TableOptions<"linear"> {
  /**
   * In which form the target is learned: `"log"`, its logarithm, for amounts >= 0 whose errors are the larger the larger they are;
   * `"none"`, as it is; `"auto"`, of skewed amounts the form in which those of rows that are held out are likelier, as they are if
   * none are. Predictions are means in the target's own unit. Default: `"auto"`.
   */
  transform?: Transform;
}

/** What {@link Regressor.fit} takes of several targets N. */
export type MultiTargetRegressorOptions<N extends string> = Omit<
  MultiTargetOptions<"linear", RegressorOptions, N>,
  "transform"
> & {
  /** In which form the targets are learned: one for all, or by target what `transform` of one target is. Default: `"auto"`. */
  transform?: Transform | { readonly [target in N]?: Transform };
};

/** What {@link Regressor.predictInterval} returns, in the target's unit. */
export interface Interval {
  low: number;
  high: number;
}

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
    rows: readonly object[],
    options: MultiTargetRegressorOptions<N>,
  ): Promise<MultiTargetRegressor<N, Regressor>>;
  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows with their targets: finite numbers, or texts that are such, all written alike ("10300", "$10,300")
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg", hidden: [32], seed: 1 });
   */
  static async fit(rows: readonly object[], options: RegressorOptions): Promise<Regressor>;
  static async fit(rows: readonly object[], options: unknown): Promise<unknown> {
    const list = listNow(rows);
    const { fitOnce } = await import("./fit-table.js");
    return fitOnce("Regressor.fit", Regressor.read, Regressor.load, list, options as RegressorOptions);
  }

  /** Reads the rows once, for any number of fits. */
  private static async read(
    call: string,
    rows: readonly object[],
    options: RegressorOptions,
    cells?: ReadColumns,
  ): Promise<Candidates<Regressor, RegressorScores, RegressorOptions>> {
    const { readTable } = await import("./fit-table.js");
    const { readValues } = await import("./target-scaler.js");
    const readTargets = (markers: ReadonlySet<string>) =>
      readValues(call, rows, options.target, markers, options.transform);
    const create = (parts: TableParts<TargetScaler, MLP<"linear">>) => new Regressor(parts);
    return readTable(call, rows, options, readTargets, create, undefined, cells);
  }

  /** The same as below of a model of several targets, named by its type. */
  static async load<M extends MultiTargetRegressor<string, Regressor> = never>(
    bytes: [M] extends [never] ? never : Uint8Array,
  ): Promise<[M][M extends unknown ? 0 : never]>;
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
    const { TargetScaler, isLogScale } = await import("./target-scaler.js");
    const { isForm } = await import("./forms.js");
    const parse = (target: string, data: unknown) => {
      const { mean, deviation, form, log } = (data ?? {}) as Partial<TargetScaler>;
      const isUnit = Number.isFinite(mean) && Number.isFinite(deviation) && (deviation as number) > 0;
      if (isUnit && (form === undefined || isForm(form)) && (log === undefined || isLogScale(log))) {
        return new TargetScaler(target, mean as number, deviation as number, form, log);
      }
      throw new Error(
        `${call}: the file must hold the target's mean and deviation > 0, got ${show(mean)} and ${show(deviation)}.`,
      );
    };
    return loadTable(call, bytes, "regressor", parse, (parts) => new Regressor(parts));
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

  /**
   * Predicts an interval for a row or for each row, which holds the right value for the share `coverage` of rows like those of the fit
   * (split conformal prediction; Lei et al. 2018): as much lies below it as above, in the mean over rows.
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
    const { low, high } = coveredScores(call, this.held, options, 2);
    const { targetEncoder } = this;
    const around = (answer: number): Interval => ({
      low: targetEncoder.plain(answer + low),
      high: targetEncoder.plain(answer + high),
    });
    if (!Array.isArray(rows)) return around(this.answerOne(call, rows)[0]);
    return Array.from(this.answerAll(call, rows), around);
  }

  private decode(answers: Float32Array): Generator<number, number[]> {
    return mapSlices(answers.length, (r) => this.targetEncoder.decode(answers[r]));
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
    const { mean, deviation, target, log } = this.targetEncoder;
    const logs = log ? ", in logarithms" : "";
    return `Regressor of ${show(target)}: ${Number(mean.toPrecision(4))} ± ${Number(deviation.toPrecision(4))}${logs}`;
  }
}
