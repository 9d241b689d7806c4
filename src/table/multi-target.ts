/** Models of several targets: of each a model of its own, asked by the same words. */
import {
  type AskedFile,
  checkSave,
  type SavedTable,
  type SaveOptions,
  type WrittenNetwork,
} from "../file/write-model.js";
import { encodeTargets } from "../file/write-tables.js";
import { show } from "../ground/check.js";
import { Shown } from "../ground/shown.js";
import type { EvaluateOptions } from "./row-weights.js";
import { savedTable } from "./saved-table.js";
import { listNow } from "./table-rows.js";
import type { TableWarning } from "./table-warning.js";

/** A model of one target. Every Classifier and every Regressor fits. */
export interface TargetModel {
  readonly target: string;
  readonly columns: unknown;
  readonly warnings: readonly TableWarning[];
  predict(rows: readonly object[]): unknown[];
  predict(row: object): unknown;
  evaluate(rows: readonly object[], options?: EvaluateOptions): unknown;
  importance(rows: readonly object[], options?: never): Promise<unknown>;
  explain(row: object, options: never): Promise<unknown>;
  partialDependence(rows: readonly object[], column: string, options?: never): Promise<unknown>;
  summary(): string;
  /** @internal */
  readonly members: readonly { savedWith(asked: AskedFile): WrittenNetwork }[];
  /** @internal */
  onWarning: ((warning: TableWarning) => void) | undefined;
  /** @internal */
  saved(): SavedTable;
}

/** What a method of a model gives: of several ways to call it, by the last, which is that for one row. */
export type Gives<M, K extends keyof M> = M[K] extends (...args: never[]) => infer A ? Awaited<A> : never;

/** A warning as it is told where there are several targets: of a training it says of which. */
export function warningOf(target: string, warning: TableWarning): TableWarning {
  if (warning.column !== undefined) return warning;
  return { ...warning, column: target, message: `target ${show(target)}: ${warning.message}` };
}

/** A model of the targets N, each of which a model M of its own predicts. */
export abstract class MultiTargetModel<N extends string, M extends TargetModel> extends Shown {
  /** The columns that are predicted, in the order in which the fit was given them. */
  readonly targets: readonly N[];
  /**
   * By target: a model like any other, which knows no other target. It can be exported, asked with further options, and learn further.
   */
  readonly models: Readonly<Record<N, M>>;
  /** @internal Is told of what predictions have to tell. */
  onWarning: ((warning: TableWarning) => void) | undefined;

  /** @internal */
  constructor(
    private readonly list: readonly M[],
    onWarning?: (warning: TableWarning) => void,
  ) {
    super(list?.length > 0, "await Classifier.fit or Regressor.fit of (rows, { target: [...] })");
    this.targets = list.map(({ target }) => target as N);
    this.models = this.each((model) => model);
    this.onWarning = onWarning;
    // All models read the same cells: what they tell of them is told once.
    const told = new Set(this.warnings.map(({ message }) => message));
    for (const model of list) {
      model.onWarning = (warning) => {
        if (told.has(warning.message)) return;
        told.add(warning.message);
        this.onWarning?.(warning);
      };
    }
  }

  /** @internal */
  override toString(): string {
    return `${this.constructor.name} of ${this.targets.map((target) => JSON.stringify(target)).join(", ")}`;
  }

  /** By target: what was learned of each column, sorted by name; ignored ones too, with the reason. */
  get columns(): Record<N, M["columns"]> {
    return this.each(({ columns }) => columns);
  }

  /** What a program should see of the fit, and of predictions since, each once: see {@link Classifier.warnings}. */
  get warnings(): readonly TableWarning[] {
    const byMessage = new Map<string, TableWarning>();
    for (const { target, warnings } of this.list) {
      for (const warning of warnings.map((own) => warningOf(target, own))) {
        if (!byMessage.has(warning.message)) byMessage.set(warning.message, warning);
      }
    }
    return [...byMessage.values()];
  }

  /**
   * Predicts all targets of a row or of each row.
   * @throws as {@link Classifier.predict} and {@link Regressor.predict}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * const { mpg, horsepower } = model.predict({ weight: 2130, origin: "japan" });
   */
  predict(rows: readonly object[]): Record<N, Gives<M, "predict">>[];
  predict(row: object): Record<N, Gives<M, "predict">>;
  predict(rows: object | readonly object[], further?: unknown): unknown {
    this.refuse("predict", further);
    return this.answers(rows, (model) => model.predict(rows));
  }

  /**
   * Scores each target's answers to rows with all targets.
   * @param options `weights`: what each row counts
   * @throws as {@link Classifier.evaluate}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * model.evaluate(cars).mpg; // { r2, meanSquaredError, meanAbsoluteError }
   */
  evaluate(rows: readonly object[], options?: EvaluateOptions): Record<N, Gives<M, "evaluate">> {
    return this.each((model) => model.evaluate(rows, options)) as Record<N, Gives<M, "evaluate">>;
  }

  /**
   * By target: how much worse it is predicted when the values of a column are shuffled, see {@link Classifier.importance}.
   * @throws as {@link Classifier.importance}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * const [{ name, mean }] = (await model.importance(cars)).mpg;
   */
  async importance(
    rows: readonly object[],
    options?: Parameters<M["importance"]>[1],
  ): Promise<Record<N, Gives<M, "importance">>> {
    const list = listNow(rows);
    const found: unknown[] = [];
    // One after the other: each takes copies of all features.
    for (const model of this.list) found.push(await model.importance(list, options as never));
    return this.named(found) as Record<N, Gives<M, "importance">>;
  }

  /**
   * By target: what each column added to the answer to a row, see {@link Classifier.explain}; of labels, to the one that is predicted.
   * @throws as {@link Classifier.explain}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * const { base, answer, columns } = (await model.explain(cars[0], { background: cars })).mpg;
   */
  async explain(
    row: object,
    options: Omit<Parameters<M["explain"]>[1], "label">,
  ): Promise<Record<N, Gives<M, "explain">>> {
    const found = await Promise.all(this.list.map((model) => model.explain(row, options as never)));
    return this.named(found) as Record<N, Gives<M, "explain">>;
  }

  /**
   * By target: how the answers depend on a column, see {@link Classifier.partialDependence}.
   * @throws as {@link Classifier.partialDependence}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * const { values, means } = (await model.partialDependence(cars, "origin")).mpg;
   */
  async partialDependence(
    rows: readonly object[],
    column: string,
    options?: Parameters<M["partialDependence"]>[2],
  ): Promise<Record<N, Gives<M, "partialDependence">>> {
    const found = await Promise.all(this.list.map((model) => model.partialDependence(rows, column, options as never)));
    return this.named(found) as Record<N, Gives<M, "partialDependence">>;
  }

  /**
   * A page of plain text for each target.
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * console.log(model.summary());
   */
  summary(): string {
    const names = this.targets.map((target) => show(target)).join(", ");
    return [`${this.list.length} targets: ${names}`, ...this.list.map((model) => model.summary())].join("\n\n");
  }

  /**
   * Writes the models of all targets as bytes for `load`; same model, same bytes.
   * @param options as those of {@link Classifier.save}
   * @example
   * const model = await Regressor.fit(cars, { target: ["mpg", "horsepower"], epochs: 2 });
   * writeFileSync("cars.model", model.save());
   */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    const asked = checkSave(options);
    return encodeTargets({ targets: this.list.map((model) => savedTable(model, asked)) });
  }

  /** @internal */
  protected each<T>(ask: (model: M) => T): Record<N, T> {
    return this.named(this.list.map(ask));
  }

  /** @internal What is asked of rows: by target for one row, for each of many. */
  protected answers(rows: object | readonly object[], ask: (model: M) => unknown): unknown {
    const found = this.list.map(ask);
    if (!Array.isArray(rows)) return this.named(found);
    return rows.map((_, r) => this.named(found.map((answers) => (answers as unknown[])[r])));
  }

  /** @internal */
  protected refuse(call: string, further: unknown): void {
    if (further === undefined) return;
    const remedy = `Ask the model of one target, models[${show(this.targets[0])}].`;
    throw new TypeError(`${call}: of several targets it must be given rows alone, got ${show(further)} too. ${remedy}`);
  }

  // Not by assignment: a target may be called "__proto__".
  private named<T>(found: readonly T[]): Record<N, T> {
    return Object.fromEntries(this.targets.map((target, t) => [target, found[t]])) as Record<N, T>;
  }
}
