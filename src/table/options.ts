/** What the fit of a table takes, and what is refused of it. */
import { MOST_NETWORKS } from "../file/write-model.js";
import { checkCallback, checkFlag, checkOptions, checkWhole, show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";
import type { Output } from "../net/activations.js";
import type { MLPOptions } from "../net/mlp-options.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import type { Optimizer } from "../train/optimizer-kinds.js";
import type { EarlyStopping } from "../train/watch.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { EncoderOptions } from "./column-options.js";
import { OF_GETTERS } from "./table-rows.js";
import type { TableWarning } from "./table-warning.js";

/** What `onEpoch` of a table's fit is told. */
export interface MemberEpoch<O extends Output = Output> extends EpochReport<O> {
  /** Which network it is of, counted from 0, of `members` in all. */
  member: number;
  members: number;
}

/** What the fits of {@link Classifier} and {@link Regressor} share. */
export interface TableOptions<O extends Output = Output>
  extends Omit<FitOptions<O>, "validation" | "classWeights" | "resume" | "onEpoch">,
    EncoderOptions,
    Pick<MLPOptions, "activation" | "init" | "seed"> {
  /** The column to be predicted. */
  target: string;
  /**
   * Sizes of the hidden layers, from the first to the last; [] for none. Default: [128], or [256, 128] where rows are 1000 or more
   * and a first network of that kind is better by far on the rows that it holds out.
   */
  hidden?: readonly number[];
  /**
   * How many networks are fitted, each to other rows and from other weights, from 1 to 256: their mean answers better than one does,
   * and takes as many times as long. Default: 4, or 2 where the fit finds that wide networks are better (see `hidden`).
   */
  ensemble?: number;
  /**
   * Rows to score after each epoch, or the share (0 to 1) of the rows that each network holds out for that, others than the networks
   * before it, drawn at random by `seed`; a Classifier keeps each label's share; 0 for none. Default: 0.1, of fewer than 40 rows none.
   */
  validation?: readonly object[] | number;
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
  /** Rows an update, >= 1. Default: 128, of several hidden layers 256; 32 where rows are fewer than 1500, or nothing is held out. */
  batchSize?: number;
  /** Which parts of inputs and hidden units are left out in updates. Default: `{ hidden: 0.2 }`, with nothing held out none. */
  dropout?: FitOptions<O>["dropout"];
  /**
   * Weight of ½·ΣW², >= 0; biases are not penalised. Default: 0; with nothing held out 1 / the number of rows trained on, which is a
   * unit Gaussian prior on the weights, but 0.01 at most.
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
    "ensemble",
    "hidden",
    "activation",
    "init",
    "seed",
    "validation",
    "columns",
    "maxCategories",
    "missing",
    "strict",
  ],
  ...["epochs", "batchSize", "shuffle", "optimizer", "l1", "l2", "dropout", "clipNorm"],
  ...["earlyStopping", "reduceOnPlateau", "onEpoch", "onWarning", "signal", "classWeights"],
];

/**
 * The door of all that fits tables, slice by slice: refuses rows that are none and options that no table takes.
 * @param further names of options that `call` takes too
 * @param hasTarget whether the target is to be looked at
 */
export function* checkTable(
  call: string,
  rows: readonly object[],
  options: unknown,
  further: readonly string[] = [],
  hasTarget = true,
): Generator<number, void> {
  // Labels have one form.
  const own = call.startsWith("Regressor") ? ["transform"] : [];
  checkOptions(call, options, [...TABLE_KEYS, ...own, ...further]);
  yield* checkRowSlices(call, rows);
  const { target, strict = false, onWarning } = options as TableOptions;
  if (hasTarget) yield* checkTarget(call, rows, target);
  checkFlag(call, "strict", strict);
  checkCallback(call, "onWarning", onWarning);
  checkNetwork(call, options);
}

/** Refuses a target that is no column of the rows, which were checked, slice by slice. */
export function* checkTarget(call: string, rows: readonly object[], target: unknown): Generator<number, void> {
  if (typeof target !== "string") {
    const remedy = Array.isArray(target) ? ' Call it once for each, the others being "ignore" in columns.' : "";
    throw new TypeError(`${call}: target must be a column's name, got ${show(target)}.${remedy}`);
  }
  let isColumn = false;
  yield* forEachSlice(rows.length, (from, to) => {
    for (let r = from; !isColumn && r < to; r++) isColumn = Object.hasOwn(rows[r], target);
  });
  if (isColumn) return;
  const names = show(Object.keys(rows[0]).sort());
  const remedy = target in rows[0] ? OF_GETTERS : "";
  throw new RangeError(`${call}: target must be a column of the rows, got ${show(target)} beside ${names}.${remedy}`);
}

/** Checks what the network is made by and fills in defaults. A search tries other sizes than those that the door checked. */
export function checkNetwork(
  call: string,
  { hidden, seed = 0, ensemble }: Pick<TableOptions, "hidden" | "seed" | "ensemble">,
): { seed: number } {
  if (hidden !== undefined && !Array.isArray(hidden)) {
    throw new TypeError(`${call}: hidden must be an array of layer sizes, got ${show(hidden)}.`);
  }
  for (const [l, size] of (hidden ?? []).entries()) checkWhole(call, `hidden[${l}]`, size, 1, 2 ** 30);
  checkWhole(call, "seed", seed, 0);
  if (ensemble !== undefined) checkWhole(call, "ensemble", ensemble, 1, MOST_NETWORKS);
  return { seed };
}
