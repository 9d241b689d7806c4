/** Rows to learn from or to judge by, and how they are scaled, split, shuffled and cut into mini-batches. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { order, Random } from "./random.js";
import { checkFinite, copyRows, flatten, type Rows, rowsIn } from "./rows.js";
import { drawSplit, foldRows } from "./splits.js";

/** What {@link Dataset.from} reads. */
export interface DatasetOptions {
  /** Inputs: flat row-major numbers, or one array a row; a Uint8Array stays bytes. */
  x: Rows;
  /** Targets: one class id a row, or rows of zeros and ones, or rows of numbers. Left out for rows to predict. */
  y?: Rows;
  /** How many rows a flat `x` holds; not needed when `x` or `y` is an array of rows or `y` has one number a row. */
  rows?: number;
  /** Bytes are read as `scale · byte`; 1 if left out, 1/255 for pixels. */
  scale?: number;
}

/** Column means and standard deviations: what {@link Dataset.standardise} subtracts and divides by. */
export interface Scaling {
  readonly mean: readonly number[];
  /** 1 for columns that do not vary. */
  readonly deviation: readonly number[];
}

/** A mini-batch as copies: `x` [rows, inputs], `y` [rows, targets], both row-major. */
export interface Batch {
  x: Float32Array;
  y: Float32Array;
}

/**
 * Inputs [rows, inputs] and targets [rows, targets]. Immutable: `split`, `standardise`, `take` and
 * `withTargets` return new ones.
 * @example
 * const data = Dataset.from({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] });
 * const { train, test } = data.split({ test: 0.25, seed: 1 });
 */
export class Dataset {
  private constructor(
    /** A view of what was given if that was a Float32Array or a Uint8Array, else a copy: not to be changed. */
    readonly x: Float32Array | Uint8Array,
    /** Row-major; class ids are whole numbers. Empty without targets. */
    readonly y: Float32Array,
    readonly rows: number,
    readonly inputs: number,
    /** Numbers a row of `y`; 0 without targets. */
    readonly targets: number,
    /** What bytes of `x` are multiplied by; 1 for floats. */
    readonly scale: number,
    /** What these rows were standardised by, if they were. */
    readonly scaling: Scaling | undefined,
  ) {}

  /**
   * Reads rows. Float32Array and Uint8Array are kept as views, everything else is copied.
   * @throws TypeError, RangeError on empty, ragged or non-finite rows, or sizes that do not fit each other
   * @example
   * Dataset.from({ x: pixels, y: labels, scale: 1 / 255 })
   */
  static from(options: DatasetOptions): Dataset {
    const call = "Dataset.from";
    checkOptions(call, options, ["x", "y", "rows", "scale"]);
    const { scale = 1 } = options;
    checkNumber(call, "scale", scale);
    if (options.rows !== undefined) checkWhole(call, "rows", options.rows, 1);
    const x = flatten(call, "x", options.x);
    const y = options.y === undefined ? undefined : flatten(call, "y", options.y);
    const rows = options.rows ?? rowsIn(options.x) ?? rowsIn(options.y) ?? y?.length;
    if (rows === undefined) {
      throw new TypeError(`${call}: rows must be given when x is flat and there is no y, got undefined.`);
    }
    const inputs = width(call, "x", options.x, x, rows);
    const targets = y ? width(call, "y", options.y, y, rows) : 0;
    if (options.scale !== undefined && !(x instanceof Uint8Array)) {
      throw new TypeError(
        `${call}: scale must come with x as a Uint8Array, got scale ${scale} and ${show(options.x)}.`,
      );
    }
    if (!(x instanceof Uint8Array)) checkFinite(call, "x", x, inputs);
    if (y) checkFinite(call, "y", y, targets);
    const kept = x instanceof Uint8Array || x instanceof Float32Array ? x : Float32Array.from(x);
    return new Dataset(kept, Float32Array.from(y ?? []), rows, inputs, targets, scale, undefined);
  }

  /**
   * The same inputs with other targets, scaling kept.
   * @throws TypeError, RangeError if `y` is not the same count of finite numbers for each row
   * @example
   * const isEven = data.withTargets(data.y.map((digit) => 1 - (digit % 2)));
   */
  withTargets(y: Rows): Dataset {
    const flat = flatten("withTargets", "y", y);
    const targets = width("withTargets", "y", y, flat, this.rows);
    checkFinite("withTargets", "y", flat, targets);
    return new Dataset(this.x, Float32Array.from(flat), this.rows, this.inputs, targets, this.scale, this.scaling);
  }

  /** @internal Datasets of `wasmlp/slim` are of a class of their own, and datasets all the same. */
  get isDataset(): true {
    return true;
  }

  /** @internal */
  static [Symbol.hasInstance](value: unknown): boolean {
    return (value as Dataset | null | undefined)?.isDataset === true;
  }

  /**
   * These rows, in this order, copied.
   * @throws RangeError on an index outside
   * @example
   * data.take([5, 5, 0]).rows; // 3
   */
  take(indices: ArrayLike<number>): Dataset {
    const count = indices.length;
    if (count === 0) throw new RangeError("take: indices must name at least one row, got none.");
    for (let i = 0; i < count; i++) checkWhole("take", `indices[${i}]`, indices[i], 0, this.rows - 1);
    const x = new (this.x instanceof Uint8Array ? Uint8Array : Float32Array)(count * this.inputs);
    const y = new Float32Array(count * this.targets);
    copyRows(this.x, this.inputs, indices, 0, count, x);
    copyRows(this.y, this.targets, indices, 0, count, y);
    return new Dataset(x, y, count, this.inputs, this.targets, this.scale, this.scaling);
  }

  /**
   * Splits at random into two datasets of copies.
   * @param options `test`: the share of rows in the second, 0 < test < 1 (at least one row in each); `seed`: 0 if left
   * out; `stratify`: keep each class's share (targets must be class ids)
   * @throws RangeError if there are fewer than two rows or the share is out of range
   * @example
   * const { train, test } = data.split({ test: 0.2, seed: 1, stratify: true });
   */
  split(options: { test: number; seed?: number; stratify?: boolean }): { train: Dataset; test: Dataset } {
    checkOptions("split", options, ["test", "seed", "stratify"]);
    const { test, seed = 0, stratify = false } = options;
    checkNumber("split", "test", test, 0, 1);
    checkWhole("split", "seed", seed, 0);
    if (this.rows < 2) throw new RangeError(`split: the dataset must have at least 2 rows, got ${this.rows}.`);
    const { train, test: chosen } = drawSplit(this.rows, test, seed, stratify ? this.classIds("split") : undefined);
    return { train: this.take(train), test: this.take(chosen) };
  }

  /**
   * Yields the splits of k-fold cross-validation: each row is in one `test` and in all other `train`s. Copies.
   * @param options `folds`: from 2 to the count of rows, 5 if left out; `seed`: 0 if left out; `stratify`: deal out each
   * class evenly (targets must be class ids)
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
    for (const { train, test } of foldRows(this.rows, folds, seed, stratify ? this.classIds("folds") : undefined)) {
      yield { train: this.take(train), test: this.take(test) };
    }
  }

  private classIds(call: string): Float32Array {
    if (this.targets === 1) return this.y;
    throw new RangeError(`${call}: stratify must come with one class id a row, got ${this.targets} targets a row.`);
  }

  /**
   * Means and standard deviations (over rows, not rows - 1) of the columns, in float64.
   * @example
   * Dataset.from({ x: [[1], [3]] }).computeScaling(); // { mean: [2], deviation: [1] }
   */
  computeScaling(): Scaling {
    const { x, rows, inputs, scale } = this;
    const mean = new Array<number>(inputs).fill(0);
    const square = new Array<number>(inputs).fill(0);
    for (let i = 0; i < x.length; i++) mean[i % inputs] += x[i] * scale;
    for (let c = 0; c < inputs; c++) mean[c] /= rows;
    for (let i = 0; i < x.length; i++) {
      const distance = x[i] * scale - mean[i % inputs];
      square[i % inputs] += distance * distance;
    }
    const deviation = square.map((sum, c) => {
      const value = Math.sqrt(sum / rows);
      // Below the rounding of the mean itself a column is constant.
      return value > 1e-7 * Math.abs(mean[c]) ? value : 1;
    });
    return { mean, deviation };
  }

  /**
   * Brings each column to mean 0 and deviation 1: `(x - mean) / deviation`. Rows to predict must go through the training
   * rows' scaling: `test.standardise(train.scaling)`.
   * @param scaling from the rows' own columns if left out
   * @returns a dataset of floats whose `scaling` says what was used
   * @throws RangeError if the scaling is for another number of columns
   * @example
   * const { train, test } = data.split({ test: 0.2 });
   * const scaled = train.standardise();
   * const scaledTest = test.standardise(scaled.scaling);
   */
  standardise(scaling: Scaling = this.computeScaling()): Dataset {
    const { mean, deviation } = scaling;
    if (mean.length !== this.inputs || deviation.length !== this.inputs) {
      throw new RangeError(`standardise: scaling must be for ${this.inputs} columns, got ${mean.length}.`);
    }
    const x = new Float32Array(this.x.length);
    for (let i = 0; i < x.length; i++) {
      const column = i % this.inputs;
      x[i] = (this.x[i] * this.scale - mean[column]) / deviation[column];
    }
    checkFinite("standardise", "x", x, this.inputs);
    return new Dataset(x, this.y, this.rows, this.inputs, this.targets, 1, scaling);
  }

  /**
   * Yields the rows in mini-batches, the last one short when they do not divide; for {@link Trainer.step}.
   * @param options `size` >= 1; `seed`: shuffles when given, else the rows keep their order
   * @example
   * for (const { x, y } of data.batches({ size: 64, seed: epoch })) trainer.step(x, y);
   */
  *batches(options: { size: number; seed?: number }): Generator<Batch> {
    checkOptions("batches", options, ["size", "seed"]);
    checkWhole("batches", "size", options.size, 1);
    if (options.seed !== undefined) checkWhole("batches", "seed", options.seed, 0);
    const rows = order(this.rows, options.seed === undefined ? undefined : new Random(options.seed));
    for (let from = 0; from < this.rows; from += options.size) {
      const count = Math.min(options.size, this.rows - from);
      const x = new Float32Array(count * this.inputs);
      const y = new Float32Array(count * this.targets);
      copyRows(this.x, this.inputs, rows, from, count, x);
      copyRows(this.y, this.targets, rows, from, count, y);
      // Two roundings to float32, as the core makes them from bytes.
      if (this.x instanceof Uint8Array) for (let i = 0; i < x.length; i++) x[i] *= Math.fround(this.scale);
      yield { x, y };
    }
  }
}

/** Numbers a row of `x`, whose numbers are `flat`. */
function width(call: string, name: string, x: unknown, flat: ArrayLike<number>, rows: number): number {
  const given = rowsIn(x) ?? rows;
  if (given !== rows) throw new RangeError(`${call}: ${name} must hold ${rows} rows, got ${given}.`);
  if (flat.length % rows !== 0) {
    throw new RangeError(
      `${call}: ${name} must hold the same count of numbers for each of ${rows} rows, got ${flat.length}.`,
    );
  }
  return flat.length / rows;
}
