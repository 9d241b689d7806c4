/** Models of tables that are asked about their answers. What answers such questions is loaded when they are first asked. */
import type { Dataset } from "../data/dataset.js";
import { Shown } from "../ground/shown.js";
import { runThrough } from "../ground/slices.js";
import { turn } from "../ground/turn.js";
import type { Predictor } from "../model/answer-slices.js";
import type { Output } from "../net/activations.js";
import type { Exclusive } from "../train/exclusive.js";
import type { AskedModel } from "./asked-model.js";
import type { ReadingEncoder } from "./column-values.js";
import type { Column } from "./columns.js";
import type { ExplainOptions, Explanation, LabelExplainOptions, LabelExplanation } from "./explain.js";
import type { ColumnImportance, ImportanceOptions } from "./importance.js";
import type { Label } from "./label.js";
import type {
  DependenceModel,
  LabelPartialDependence,
  PartialDependence,
  PartialDependenceOptions,
} from "./partial-dependence.js";
import { checkRows, isRow, listNow } from "./table-rows.js";
import type { TargetEncoder } from "./target-encoder.js";

/** What is asked of a Classifier with labels L, and answered. */
export interface OfLabels<L extends Label> {
  readonly options: LabelExplainOptions<L>;
  readonly explanation: LabelExplanation<L>;
  readonly dependence: LabelPartialDependence;
}

/** What is asked of a Regressor, and answered. */
export interface OfValues {
  readonly options: ExplainOptions;
  readonly explanation: Explanation;
  readonly dependence: PartialDependence;
}

/** A fitted table that is asked for Q. */
export abstract class QuestionedModel<Q extends OfLabels<Label> | OfValues> extends Shown {
  /** @internal */
  abstract readonly ensemble: Predictor & { readonly output: Output };
  /** @internal */
  abstract readonly encoder: DependenceModel["encoder"] & ReadingEncoder;
  /** @internal */
  abstract readonly targetEncoder: AskedModel["targetEncoder"] & Pick<TargetEncoder, "read">;
  /** What was learned of each column. */
  abstract readonly columns: readonly Column[];
  /** @internal */
  abstract readonly net: { readonly training: Exclusive };
  /** @internal */
  abstract readSlices(call: string, rows: readonly object[]): Generator<number, Dataset>;

  /**
   * Reads one column of rows as the fit read it: numbers as `"$1,080"` too, dates as days since 1970-01-01 UTC, clocks and durations as
   * minutes, ordered values as their places from 0 on, booleans as 1 and 0; the target, too, if it is a value.
   * @returns NaN where it is missing
   * @throws RangeError on a column that is none of these; TypeError, RangeError naming the row of a cell that does not fit
   * @example
   * const ages = model.valuesOf(others, "age");
   */
  valuesOf(rows: readonly object[], column: string): Float64Array {
    checkRows("valuesOf", rows);
    return runThrough(this.encoder.columnValues(this, rows, column));
  }

  /**
   * Measures how much worse the model predicts when the values of a column are shuffled among the rows: what it relies on
   * (permutation importance, Breiman 2001).
   * @param rows with targets, other ones than it was fitted on if possible
   * @returns the columns it reads, the most important first
   * @throws TypeError, RangeError on rows or options that do not fit
   * @example
   * const [{ name, mean }] = await model.importance(others);
   */
  async importance(rows: readonly object[], options: ImportanceOptions = {}): Promise<ColumnImportance[]> {
    const list = listNow(rows);
    const { importances } = await import("./importance.js");
    const { training } = this.net;
    training.refuseInside("importance");
    return training.alone("importance", () => importances(this, list, options));
  }

  /**
   * Says what each column added to the answer to a row: Shapley values, which share among the columns by how much it differs from the
   * mean answer to a background (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017). The answer is the probability of a label, or
   * the value in the target's unit. They are exact where no row of the background differs from the row in more than ten columns, else
   * from a sample, with its standard errors. Meanwhile nothing else may change the model.
   * @throws TypeError, RangeError on a row, a background or options that do not fit
   * @example
   * const { base, answer, columns } = await model.explain(others[0], { background: passengers });
   * const total = columns.reduce((sum, { mean }) => sum + mean, base);
   * Math.abs(total - answer) < 1e-6; // true
   */
  async explain(row: object, options: Q["options"]): Promise<Q["explanation"]> {
    // What is no object is refused by its name.
    const given = isRow(options) ? { ...options, background: listNow(options.background) } : options;
    return this.net.training.inOrder("explain", "explain", async () => {
      const { explainSlices } = await import("./explain.js");
      return turn.run(explainSlices(this, row, given));
    });
  }

  /**
   * Computes how the answers depend on a column: for some of its values, the mean answer to the rows if all of them held that value
   * (Friedman 2001). Answers are the probabilities of all labels, or values in the target's unit. Meanwhile nothing else may change
   * the model.
   * @param rows without targets too; of more than 1000 there are 1000 used, at equal distances, beginning with the first
   * @throws TypeError, RangeError on rows or options that do not fit, or a column that the model does not read
   * @example
   * const { values, means } = await model.partialDependence(others, "sex");
   * values; // ["female", "male"]
   * means["1"][0] > means["1"][1]; // true
   */
  async partialDependence(
    rows: readonly object[],
    column: string,
    options: PartialDependenceOptions = {},
  ): Promise<Q["dependence"]> {
    const list = listNow(rows);
    return this.net.training.inOrder("partialDependence", "partialDependence", async () => {
      const { dependenceSlices } = await import("./partial-dependence.js");
      return turn.run(dependenceSlices(this, list, column, options));
    });
  }
}
