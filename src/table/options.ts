/** What the fit of a table takes, and what is refused of it. */
import { MOST_NETWORKS } from "../file/most-networks.js";
import { checkCallback, checkFlag, checkNumber, checkOptions, checkWhole, show } from "../ground/check.js";
import type { Output } from "../net/activations.js";
import type { MLPOptions } from "../net/mlp-options.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import type { Optimizer } from "../train/optimizer-kinds.js";
import type { EarlyStopping } from "../train/watch.js";
import type { EncoderOptions } from "./column-options.js";
import { checkPool, type Pool } from "./fit-pool.js";
import type { TableRows } from "./given-rows.js";
import { checkWeights, type Weights } from "./row-weights.js";
import { OF_GETTERS } from "./table-rows.js";
import type { TableSource } from "./table-source.js";
import type { TableWarning } from "./table-warning.js";

/** What `onEpoch` of a table's fit is told. */
export interface MemberEpoch<O extends Output = Output> extends EpochReport<O> {
  /** Which network it is of, counted from 0, of `members` in all; with `time`, of so many at most. */
  member: number;
  members: number;
  /** With `time`: seconds that are left of it. */
  timeLeft?: number;
}

/** What the fits of {@link Classifier} and {@link Regressor} share. */
export interface TableOptions<O extends Output = Output>
  extends Omit<FitOptions<O>, "validation" | "classWeights" | "resume" | "onEpoch">,
    EncoderOptions,
    Pick<MLPOptions, "activation" | "init" | "seed"> {
  /** The column to be predicted. */
  target: string;
  /**
   * Seconds that the fit may take, > 0, reading the rows included: it has as many networks as there is time for, 32 at most, or
   * `ensemble` at most; the one that is cut off is left out, but the first, which is then as good as it has become. How many that
   * are depends on the machine and on what else it does (`members`); with that number as `ensemble`, two or more, a fit gives the
   * same bytes. Only the first networks that are fitted to find out `hidden` and the form of values may be cut off so that another
   * form is taken. Settling what held-out rows say comes on top. In a cross-validation it is of each fold; a search ends its trials after four
   * fifths of it, with a space of its own after two, and judging the best of them again after four. Of several targets each may take
   * an even share of what is left when its turn comes. Default: no limit.
   */
  time?: number;
  /**
   * Threads that fit networks side by side, as `createPool()` of `wasmlp/pool` makes them: those of an ensemble, of the folds of a
   * cross-validation, of the trials of a search, of several targets. Results are those without it, bit for bit, however many threads there
   * are, but for what a clock or a signal cuts off; the caller is told of all in the same order, of networks that went ahead later than they
   * did. Learning rates are numbers or wasmlp's schedules then, and monitors names. Default: none; all is done on this thread.
   */
  pool?: Pool;
  /**
   * What each row counts, >= 0, as if it were there so many times: the name of a column, whose numbers are the weights and no feature,
   * or a list of a number for each row, copied at the call. Whole numbers mean the same as to repeat rows, in what is learned of
   * columns and of the target, in losses, scores and calibration; others are scaled so that the mean of those above 0 is 1. Rows of
   * weight 0 train nothing. They multiply `classWeights`. Rows of `validation` count by the same column, or all alike.
   * Default: all alike.
   */
  weights?: Weights;
  /**
   * Sizes of the hidden layers, from the first to the last; [] for none. Default: [256] of fewer than 1500 rows; of
   * others [128], or [256, 128] where a first network of that kind is better by far on the rows that it holds out. With nothing held out
   * [128].
   */
  hidden?: readonly number[];
  /**
   * How many networks are fitted, each to other rows and from other weights, from 1 to 256: their mean answers better than one does,
   * and takes as many times as long. Default: 8 where `hidden` is left open, rows are
   * fewer than 1500 and features 200 at most; 2 where the fit finds that wide networks are better (see `hidden`); else 4.
   */
  ensemble?: number;
  /**
   * Rows to score after each epoch, or the share (0 to 1) of the rows that each network holds out for that, others than the networks
   * before it, drawn at random by `seed`; a Classifier keeps each label's share; 0 for none. Default: 0.1, of fewer than 40 rows none.
   */
  validation?: TableRows | number;
  /**
   * Passes over the rows of each network, >= 1; early stopping may end them before. Default: 32, of several hidden layers 40, or as many
   * as make 600 updates. With nothing held out 200 at most, or as many as make 4000 updates (Regressor) or 1000 (Classifier).
   */
  epochs?: number;
  /**
   * From `adam()` or another of these functions. Default: `adamw()` with beta2 0.95, its rate rising over 2 epochs and falling to 0 as
   * half a cosine, from 0.003, of several hidden layers 0.004; its `weightDecay` 1 (of several hidden layers 0.1, of fewer than 1500
   * rows 0.3 at most) up to 1000 updates, and the less the more there are. With nothing held out `adam({ learningRate: 0.003 })`.
   */
  optimizer?: Optimizer;
  /**
   * The rate of the optimizer, >= 0: of the default one the highest, from which it falls as above; of an `optimizer` of your own the
   * constant one that takes the place of its own, which may be no schedule then. Default: the optimizer's.
   */
  learningRate?: number;
  /**
   * How much weights decay, >= 0, without an `optimizer`: as the default one's `weightDecay` above, also less the more updates there
   * are; with nothing held out that of `adamw()`. Default: the optimizer's.
   */
  weightDecay?: number;
  /** Rows an update, >= 1. Default: 128, of several hidden layers 256; 32 where rows are fewer than 1500, or nothing is held out. */
  batchSize?: number;
  /** Which parts of inputs and hidden units are left out in updates. Default: `{ hidden: 0.2 }`, with nothing held out none. */
  dropout?: NonNullable<FitOptions<O>["dropout"]>;
  /**
   * Weight of ½·ΣW², >= 0; biases are not penalised. Default: 0; with nothing held out 1 / the number of rows trained on (the sum of
   * their `weights`), which is a unit Gaussian prior on the network's weights, but 0.01 at most.
   */
  l2?: number;
  /**
   * Called after each epoch of each network; awaited when it returns a promise. What it throws ends the fit. First networks that are
   * fitted to find out how wide they should be, or in which form values are learned, are not told of. `save()` gives the bytes
   * of a checkpoint: of the model as if the fit ended here, and of all that `resume` needs to go on from here, bit for bit.
   */
  onEpoch?: (epoch: MemberEpoch<O>, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
  /**
   * Is told, during the fit, of each thing that a program should see, such as a column that is ignored and why; the model's
   * `warnings` keep them. Later it is told of what predictions come upon.
   */
  onWarning?: (warning: TableWarning) => void;
  /**
   * Ends the fit when the score has stopped getting better; the model then holds the weights of the best epoch. The score is
   * the loss on the validation rows, or the training loss where there are none. Default: never, but of all epochs the best is kept.
   * With nothing held out `{ patience: 10, minDelta: 0.001 }`, the patience being as many epochs as make 500 updates (Regressor) or 100
   * (Classifier) where rows are few; of a Regressor `relativeDelta: 0.01` too.
   */
  earlyStopping?: EarlyStopping;
  /**
   * Whether the model refuses rows that lack a column it reads (null is a missing value, and will do) or have one that the fit
   * did not see. Default: false, which reads such rows as they are.
   */
  strict?: boolean;
  /**
   * A checkpoint, as `save()` gives it inside `onEpoch`: `fit` goes on from there as if it had never stopped, to the same
   * bytes. The rows and the other options must be the same, but `onEpoch` and `signal` may be others, and with one network and an
   * optimizer of your own `epochs` more. For `fit` alone. Default: none.
   */
  resume?: Uint8Array;
  /**
   * A whole number from 0 to 2⁵³ - 1, for starting weights, the order of rows, and which rows are held out. Same seed, same
   * bytes, on every engine. Default: 0.
   */
  seed?: number;
}

const TABLE_KEYS = [
  ...[
    "target",
    "time",
    "pool",
    "ensemble",
    "hidden",
    "activation",
    "init",
    "seed",
    "validation",
    "columns",
    "maxCategories",
    "missing",
    "weights",
    "strict",
  ],
  ...["epochs", "batchSize", "shuffle", "optimizer", "learningRate", "weightDecay", "l1", "l2", "dropout", "clipNorm"],
  ...["earlyStopping", "reduceOnPlateau", "onEpoch", "onWarning", "signal"],
];

/**
 * The door of all that fits tables: refuses options that no table takes.
 * @param further names of options that `call` takes too
 * @param hasTarget whether the target is to be looked at
 */
export function checkTableOptions(
  call: string,
  options: unknown,
  further: readonly string[] = [],
  hasTarget = true,
): void {
  // Labels have one form, and values no classes.
  const own = call.startsWith("Regressor") ? ["loss", "transform"] : ["classWeights"];
  checkOptions(call, options, [...TABLE_KEYS, ...own, ...further]);
  const { target, strict = false, onWarning, weights, columns } = options as TableOptions;
  if (hasTarget && typeof target !== "string") {
    const remedy = Array.isArray(target) ? ' Call it once for each, the others being "ignore" in columns.' : "";
    throw new TypeError(`${call}: target must be a column's name, got ${show(target)}.${remedy}`);
  }
  checkWeights(call, weights, target, columns);
  checkFlag(call, "strict", strict);
  checkCallback(call, "onWarning", onWarning);
  checkPool(call, (options as TableOptions).pool);
  checkNetwork(call, options as TableOptions);
}

/** Refuses rows that have no target. */
export function* checkTarget(call: string, rows: TableSource, target: string): Generator<number, void> {
  if (yield* rows.has(target)) return;
  const names = show(Object.keys(rows.first).sort());
  const remedy = target in rows.first ? OF_GETTERS : "";
  throw new RangeError(`${call}: target must be a column of the rows, got ${show(target)} beside ${names}.${remedy}`);
}

/** Checks what the network is made by and fills in defaults. A search tries other sizes than those that the door checked. */
export function checkNetwork(call: string, options: Omit<TableOptions, "target">): { seed: number } {
  const { hidden, seed = 0, ensemble, time } = options;
  if (hidden !== undefined && !Array.isArray(hidden)) {
    throw new TypeError(`${call}: hidden must be an array of layer sizes, got ${show(hidden)}.`);
  }
  for (const [l, size] of (hidden ?? []).entries()) checkWhole(call, `hidden[${l}]`, size, 1, 2 ** 30);
  checkWhole(call, "seed", seed, 0);
  if (ensemble !== undefined) checkWhole(call, "ensemble", ensemble, 1, MOST_NETWORKS);
  if (time !== undefined) checkNumber(call, "time", time, Number.MIN_VALUE);
  checkRate(call, options);
  return { seed };
}

/** What the optimizer has, said beside it. */
function checkRate(call: string, { optimizer, learningRate, weightDecay }: Omit<TableOptions, "target">): void {
  if (learningRate !== undefined) checkNumber(call, "learningRate", learningRate, 0);
  if (weightDecay !== undefined) checkNumber(call, "weightDecay", weightDecay, 0);
  if (learningRate !== undefined && (typeof optimizer?.learningRate === "function" || optimizer?.name === "lbfgs")) {
    const got = optimizer.name === "lbfgs" ? "lbfgs" : "one with a schedule";
    throw new RangeError(
      `${call}: learningRate must stand beside an optimizer with a constant rate, got ${got}. Leave out one of the two.`,
    );
  }
  if (weightDecay !== undefined && optimizer !== undefined) {
    throw new RangeError(
      `${call}: weightDecay must stand without an optimizer, got ${show(optimizer?.name)}. Give it to the optimizer.`,
    );
  }
}
