/** Values for rows of objects. */
import { show } from "./check.js";
import { fitTable, loadTable, type TableOptions } from "./fit-table.js";
import { Unit } from "./labels.js";
import { meanAbsoluteError, meanSquaredError, r2 } from "./metrics.js";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type SearchOptions,
  type SearchResult,
  type SearchSpace,
  search,
} from "./selection.js";
import { Table, type TableParts } from "./table.js";

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
export class Regressor extends Table<Unit, "linear"> {
  /** @internal */
  readonly kind = "regressor";
  /** For one row at a time: a service need not allocate them. */
  private readonly features: Float32Array;
  private readonly value = new Float32Array(1);

  private constructor(parts: TableParts<Unit, "linear">) {
    super(parts);
    this.features = new Float32Array(parts.encoder.width);
  }

  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows with their targets: finite numbers, or text that is one
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg", hidden: [32], seed: 1 });
   */
  static async fit(rows: readonly object[], options: RegressorOptions): Promise<Regressor> {
    return Regressor.fitPart("Regressor.fit", rows, options);
  }

  private static async fitPart(
    call: string,
    rows: readonly object[],
    options: RegressorOptions,
    part?: Uint32Array,
  ): Promise<Regressor> {
    return new Regressor(await fitTable({ call, learn: Unit.learn }, rows, options, part));
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
    const parts = await loadTable(call, bytes, "regressor", (target, code) => {
      const { mean, deviation } = (code ?? {}) as Partial<Unit>;
      if (Number.isFinite(mean) && Number.isFinite(deviation) && (deviation as number) > 0) {
        return new Unit(target, mean as number, deviation as number);
      }
      throw new Error(
        `${call}: the file must hold the target's mean and deviation > 0, got ${show(mean)} and ${show(deviation)}.`,
      );
    });
    return new Regressor(parts as TableParts<Unit, "linear">);
  }

  /**
   * Scores a model on each of `folds` parts of the rows, trained on the other parts (k-fold cross-validation).
   * @throws as {@link Regressor.fit}
   * @example
   * const { mean } = await Regressor.crossValidate(cars, { target: "mpg", folds: 5 });
   */
  static crossValidate(
    rows: readonly object[],
    options: RegressorOptions & CrossValidationOptions<RegressorScores>,
  ): Promise<CrossValidation<RegressorScores>> {
    return crossValidate("Regressor.crossValidate", Regressor.selection(), rows, options);
  }

  /**
   * Tries settings drawn at random from a space (Bergstra and Bengio 2012), each by cross-validation, and fits the best of
   * them on all rows.
   * @param space lists to choose from and ranges, by option
   * @returns the model, the best trial and all others; when the signal ended it, the best so far
   * @throws as {@link Regressor.fit}
   * @example
   * const space = { hidden: [[32], [64]], l2: { low: 1e-5, high: 1e-1, log: true } };
   * const { model, best } = await Regressor.search(cars, space, { target: "mpg", trials: 5, folds: 3 });
   */
  static search(
    rows: readonly object[],
    space: SearchSpace,
    options: RegressorOptions & SearchOptions<RegressorScores>,
  ): Promise<SearchResult<Regressor, RegressorScores>> {
    return search("Regressor.search", Regressor.selection(), rows, space, options);
  }

  /** A method, not a field: bundlers leave out classes without side effects that nobody uses. */
  private static selection() {
    return {
      fit: Regressor.fitPart,
      learn: Unit.learn,
      ranking: "r2",
    } as const;
  }

  get target(): string {
    return this.code.target;
  }

  /**
   * Predicts the value of a row or of each row, in the target's unit.
   * @throws TypeError, RangeError naming the row and the column of a value of a wrong kind
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * const values = model.predict(cars);
   */
  predict(rows: readonly object[]): number[];
  predict(row: object): number;
  predict(rows: object | readonly object[]): number | number[] {
    const { net, encoder, code, features, value } = this;
    if (!Array.isArray(rows)) {
      return code.decode(net.predictProba(encoder.encodeOne("predict", rows, features), value)[0]);
    }
    return rows.length === 0 ? [] : this.values("predict", rows);
  }

  private values(call: string, rows: readonly object[]): number[] {
    return Array.from(this.net.predictProba(this.encoder.encode(call, rows)), (value) => this.code.decode(value));
  }

  /**
   * Scores the model on rows with their targets.
   * @throws TypeError, RangeError naming the row of a value or a target that does not fit
   * @example
   * const model = await Regressor.fit(cars, { target: "mpg" });
   * model.evaluate(cars); // { r2, meanSquaredError, meanAbsoluteError }
   */
  evaluate(rows: readonly object[]): RegressorScores {
    const call = "evaluate";
    const predicted = this.values(call, rows);
    const truth = this.code.values(call, rows);
    return {
      r2: r2(truth, predicted),
      meanSquaredError: meanSquaredError(truth, predicted),
      meanAbsoluteError: meanAbsoluteError(truth, predicted),
    };
  }

  /** @internal */
  protected describeTarget(): string {
    const { mean, deviation, target } = this.code;
    return `Regressor of ${show(target)}: ${Number(mean.toPrecision(4))} ± ${Number(deviation.toPrecision(4))}`;
  }

  /** @internal */
  protected codeData(): { mean: number; deviation: number } {
    return { mean: this.code.mean, deviation: this.code.deviation };
  }
}
