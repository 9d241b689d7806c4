/** Rows to learn from or to judge by, and how they are scaled, split, shuffled and cut into mini-batches. */
import { checkNumber, checkOptions, checkShare, checkWhole, show } from "../ground/check.js";
import { order, orderSlices, Random } from "../ground/random.js";
import { Shown } from "../ground/shown.js";
import { runThrough } from "../ground/slices.js";
import { columnMoments, deviationOrOne } from "../ground/statistics.js";
import { type Batch, miniBatches, takeRows } from "./copy-rows.js";
import { isMaker, type RowMaker } from "./row-maker.js";
import { checkFinite, checkWeights, type DatasetOptions, flatten, type Rows, rowsIn, rowWidth } from "./rows.js";
import { checkScaling, type Scaling } from "./scaling.js";
import { drawSplit, foldRows, type Split } from "./splits.js";

export type { Batch } from "./copy-rows.js";
export type { DatasetOptions } from "./rows.js";

/** By a symbol, which JSON cannot hold: what comes from outside is not taken for a dataset. */
const DATASET: unique symbol = Symbol.for("wasmlp.Dataset");

/** The largest byte, 255, times this is still a float32. */
const MAX_SCALE = 2 ** 120;

/**
 * A dataset holds inputs [rows, inputs] and targets [rows, targets]. It is immutable: `split`, `standardise`, `take` and
 * `withTargets` return new datasets.
 * @example
 * const data = Dataset.from({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] });
 * const { train, test } = data.split({ test: 0.25, seed: 1 });
 */
export class Dataset extends Shown {
  private constructor(
    /** Row-major: a view of the given Float32Array or Uint8Array, else a copy. Do not change it. */
    readonly x: Float32Array | Uint8Array,
    /** Row-major. Class ids are whole numbers. Empty if there are no targets. */
    readonly y: Float32Array,
    readonly rows: number,
    readonly inputs: number,
    /** How many numbers of `y` each row has; 0 if there are no targets. */
    readonly targets: number,
    /** The factor that bytes of `x` are multiplied by; 1 for floats. */
    readonly scale: number,
    /** The means and deviations that these rows were standardised by, if they were. */
    readonly scaling: Scaling | undefined,
    /** What each row counts in losses and scores; undefined if all count alike. */
    readonly weights?: Float32Array,
    /** @internal Makes the inputs that `x` does not hold. */
    readonly maker?: RowMaker,
  ) {
    super(typeof rows === "number", "Dataset.from({ x, y })");
  }

  /**
   * Makes a dataset of rows. A Float32Array or Uint8Array is kept as a view; everything else is copied.
   * @throws TypeError, RangeError on empty, ragged or non-finite rows, or sizes that do not fit each other
   * @example
   * Dataset.from({ x: pixels, y: labels, scale: 1 / 255 })
   */
  static from(options: DatasetOptions): Dataset {
    const call = "Dataset.from";
    checkOptions(call, options, ["x", "y", "rows", "scale", "weights"]);
    const { scale = 1, weights } = options;
    checkNumber(call, "scale", scale, -MAX_SCALE, MAX_SCALE);
    if (options.rows !== undefined) checkWhole(call, "rows", options.rows, 1);
    const x = flatten(call, "x", options.x);
    const y = options.y === undefined ? undefined : flatten(call, "y", options.y);
    const rows = options.rows ?? rowsIn(options.x) ?? rowsIn(options.y) ?? y?.length;
    if (rows === undefined)
      throw new TypeError(
        `${call}: rows must be given when x is flat and there is no y, got undefined. Pass rows, or an array for each row.`,
      );
    const inputs = rowWidth(call, "x", options.x, x, rows);
    const targets = y ? rowWidth(call, "y", options.y, y, rows) : 0;
    if (options.scale !== undefined && !(x instanceof Uint8Array))
      throw new TypeError(
        `${call}: scale must come with x as a Uint8Array, got scale ${scale} and ${show(options.x)}.`,
      );
    if (!(x instanceof Uint8Array)) checkFinite(call, "x", x, inputs);
    if (y) checkFinite(call, "y", y, targets);
    if (weights !== undefined) checkWeights(call, weights, rows);
    const kept = x instanceof Uint8Array || x instanceof Float32Array ? x : Float32Array.from(x);
    const own = weights && Float32Array.from(weights);
    return new Dataset(kept, Float32Array.from(y ?? []), rows, inputs, targets, scale, undefined, own);
  }

  /** @internal Rows that are finite by the way they were made: they are kept, and not checked again. */
  static trusted(x: Float32Array | RowMaker, y: Float32Array, rows: number, weights?: Float32Array): Dataset {
    const [numbers, maker] = isMaker(x) ? [new Float32Array(0), x] : [x, undefined];
    const inputs = maker?.inputs ?? numbers.length / rows;
    return new Dataset(numbers, y, rows, inputs, y.length / rows, 1, undefined, weights, maker);
  }

  /**
   * Returns a dataset of the same inputs and scaling with other targets.
   * @throws TypeError, RangeError if `y` is not the same count of finite numbers for each row
   * @example
   * const isEven = data.withTargets(data.y.map((digit) => 1 - (digit % 2)));
   */
  withTargets(y: Rows): Dataset {
    const flat = flatten("withTargets", "y", y);
    const targets = rowWidth("withTargets", "y", y, flat, this.rows);
    checkFinite("withTargets", "y", flat, targets);
    const { x, rows, inputs, scale, scaling, weights } = this;
    return new Dataset(x, Float32Array.from(flat), rows, inputs, targets, scale, scaling, weights);
  }

  /** @internal */
  override toString(): string {
    return `Dataset of ${this.rows} rows, ${this.inputs} inputs, ${this.targets} targets a row`;
  }

  /** @internal Datasets of `wasmlp/slim` are of a class of their own, and datasets all the same. */
  get [DATASET](): true {
    return true;
  }

  /** @internal */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return (value as Dataset | null | undefined)?.[DATASET] === true;
  }

  /**
   * Returns copies of the rows at these indices, in this order.
   * @throws RangeError if an index is out of range
   * @example
   * data.take([5, 5, 0]).rows; // 3
   */
  take(indices: ArrayLike<number>): Dataset {
    if (typeof indices !== "object" || !Number.isInteger(indices?.length))
      throw new TypeError(`take: indices must be a list of row numbers, got ${show(indices)}.`);
    if (!(indices.length > 0)) throw new RangeError("take: indices must name at least one row, got none.");
    for (let i = 0; i < indices.length; i++) checkWhole("take", `indices[${i}]`, indices[i], 0, this.rows - 1);
    return runThrough(this.copy(indices));
  }

  private *copy(indices: ArrayLike<number>): Generator<number, Dataset> {
    const { inputs, targets, scale, scaling } = this;
    const x = yield* takeRows(this.x, inputs, indices);
    const y = yield* takeRows(this.y, targets, indices);
    const weights = this.weights && (yield* takeRows(this.weights, 1, indices));
    return new Dataset(x, y, indices.length, inputs, targets, scale, scaling, weights);
  }

  /**
   * Splits the rows at random into two datasets, which are copies.
   * @param options `test`: the share of rows to test on, 0 < test < 1 (each side gets at least one row); `seed`: Default: 0.
   * `stratify`: keep each class's share in both (targets must be class ids). Default: false.
   * @throws RangeError if there are fewer than two rows or the share is out of range
   * @example
   * const { train, test } = data.split({ test: 0.2, seed: 1, stratify: true });
   */
  split(options: { test: number; seed?: number; stratify?: boolean }): { train: Dataset; test: Dataset } {
    checkOptions("split", options, ["test", "seed", "stratify"]);
    const { test, seed = 0, stratify = false } = options;
    checkShare("split", "test", test);
    checkWhole("split", "seed", seed, 0);
    if (this.rows < 2) throw new RangeError(`split: the dataset must have at least 2 rows, got ${this.rows}.`);
    return runThrough(this.drawSplit(test, seed, stratify ? this.classIds("split") : undefined));
  }

  /** @internal The same for a caller that has checked. */
  *drawSplit(share: number, seed: number, classes?: Float32Array): Generator<number, Record<keyof Split, Dataset>> {
    const { train, test } = yield* drawSplit(yield* orderSlices(this.rows, new Random(seed)), share, classes);
    return { train: yield* this.copy(train), test: yield* this.copy(test) };
  }

  /**
   * Yields the splits of k-fold cross-validation, as copies: each row is in one `test` and in all other `train`s.
   * @param options `folds`: from 2 to the number of rows. Default: 5. `seed`: Default: 0. `stratify`: spread each class
   * evenly over the folds (targets must be class ids). Default: false.
   * @throws TypeError, RangeError on options outside their domain
   * @example
   * for (const { train, test } of data.folds({ folds: 5, stratify: true })) {
   *   const net = await MLP.create({ layers: [64, 32, 10] });
   *   await net.fit(train);
   *   console.log(net.evaluate(test).accuracy);
   * }
   */
  *folds(
    options: { folds?: number; seed?: number; stratify?: boolean } = {},
  ): Generator<{ train: Dataset; test: Dataset }> {
    checkOptions("folds", options, ["folds", "seed", "stratify"]);
    const { folds = 5, seed = 0, stratify = false } = options;
    checkWhole("folds", "folds", folds, 2, this.rows);
    checkWhole("folds", "seed", seed, 0);
    const shuffled = order(this.rows, new Random(seed));
    const splits = runThrough(foldRows(shuffled, folds, stratify ? this.classIds("folds") : undefined));
    for (const { train, test } of splits)
      yield { train: runThrough(this.copy(train)), test: runThrough(this.copy(test)) };
  }

  private classIds(call: string): Float32Array {
    if (this.targets === 1) return this.y;
    throw new RangeError(`${call}: stratify must come with one class id a row, got ${this.targets} targets a row.`);
  }

  /**
   * Returns the mean and the standard deviation (over rows, not rows - 1) of each column, computed in float64.
   * @example
   * Dataset.from({ x: [[1], [3]] }).computeScaling(); // { mean: [2], deviation: [1] }
   */
  computeScaling(): Scaling {
    const { mean, deviation } = columnMoments(this.x, this.inputs, this.scale);
    // As much as the numbers themselves, float32, are rounded by.
    return { mean, deviation: deviation.map((value, c) => deviationOrOne(value, mean[c], 1e-7)) };
  }

  /**
   * Brings each column to mean 0 and standard deviation 1: `(x - mean) / deviation`. Rows to test on or to predict need the
   * scaling of the training rows: `test.standardise(train.scaling)`.
   * @param scaling the means and deviations to use. Default: those of these rows.
   * @returns a dataset of floats, with the scaling used as its `scaling`
   * @throws RangeError if the scaling is for another number of columns
   * @example
   * const { train, test } = data.split({ test: 0.2 });
   * const scaled = train.standardise();
   * const scaledTest = test.standardise(scaled.scaling);
   */
  standardise(scaling: Scaling = this.computeScaling()): Dataset {
    const { mean, deviation } = checkScaling("standardise", scaling, this.inputs);
    const x = new Float32Array(this.x.length);
    for (let i = 0; i < x.length; i++) {
      const column = i % this.inputs;
      x[i] = (this.x[i] * this.scale - mean[column]) / deviation[column];
    }
    checkFinite("standardise", "x", x, this.inputs);
    return new Dataset(x, this.y, this.rows, this.inputs, this.targets, 1, scaling, this.weights);
  }

  /**
   * Yields the rows in mini-batches for {@link Trainer.step}; the last one is shorter if `size` does not divide the rows.
   * @param options `size`: rows per mini-batch, >= 1; `seed`: shuffles the rows. Default: the rows keep their order.
   * @example
   * for (const { x, y } of data.batches({ size: 64, seed: epoch })) trainer.step(x, y);
   */
  *batches(options: { size: number; seed?: number }): Generator<Batch> {
    checkOptions("batches", options, ["size", "seed"]);
    const { size, seed } = options;
    checkWhole("batches", "size", size, 1);
    if (seed !== undefined) checkWhole("batches", "seed", seed, 0);
    yield* miniBatches(this, size, order(this.rows, seed === undefined ? undefined : new Random(seed)));
  }
}
