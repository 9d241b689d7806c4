/** What the two threads say to each other. Large arrays go ahead of the question that names them, in pieces. */
import type { SavedModel } from "../file/write-model.js";
import type { TableWarning } from "../table/table-warning.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import type { Optimizer } from "../train/optimizer-kinds.js";
import type { Recipe } from "../train/schedules.js";
import type { FitState, ModelState, TrainingState } from "../train/training-state.js";
import type { Packed } from "./packed.js";
import type { Piece, TextPiece } from "./pieces.js";
import type { RowSlice } from "./row-slices.js";
import type { SentError } from "./tell-error.js";

/** All of a model that training changes, with arrays of kind A: themselves, or the numbers by which they are known. */
export interface SentState<A> extends Omit<ModelState, "parameters" | "training"> {
  readonly parameters: A;
  readonly training?: Omit<TrainingState, "fit" | Slab> & {
    readonly fit?: Omit<FitState, "lastParameters"> & { readonly lastParameters: A | undefined };
    readonly state1: A;
    readonly state2: A;
    readonly state3?: A | undefined;
    readonly average?: A | undefined;
  };
}

type Slab = "state1" | "state2" | "state3" | "average";

/** The state with other arrays. */
export function mapState<A, B>({ parameters, training, ...rest }: SentState<A>, map: (array: A) => B): SentState<B> {
  const state = { ...rest, parameters: map(parameters) };
  if (!training) return state;
  const { fit, state1, state2, state3, average, trainer } = training;
  const last = fit?.lastParameters;
  const optional = (array: A | undefined) => (array === undefined ? undefined : map(array));
  return {
    ...state,
    training: {
      trainer,
      ...(fit && { fit: { ...fit, lastParameters: optional(last) } }),
      state1: map(state1),
      state2: map(state2),
      state3: optional(state3),
      average: optional(average),
    },
  };
}

/** A dataset; its arrays by their numbers. */
export interface SentRows {
  readonly x: number;
  readonly y: number;
  readonly weights: number | undefined;
  readonly rows: number;
  readonly scale: number;
}

/** Options without what only the thread that asks can do; schedules as recipes. */
export type SentOptions = Omit<FitOptions, "optimizer" | "validation" | "onEpoch" | "signal"> & {
  readonly validation?: SentRows | number;
  readonly optimizer?: Omit<Optimizer, "learningRate"> & { readonly learningRate: Recipe };
};

/** A fit that is asked for. */
export interface FitQuestion {
  readonly kind: "fit";
  readonly model: SentState<number> & Pick<SavedModel, "design">;
  readonly data: SentRows;
  readonly options: SentOptions;
}

/** The fit of a table that is asked for; its rows have gone ahead. */
export interface TableQuestion {
  readonly kind: "table";
  readonly model: "Classifier" | "Regressor";
  readonly options: Packed;
  /**
   * Whether `onEpoch` is told of epochs, `onWarning` of warnings; whether rows to score have gone ahead too; whether `weights` are the
   * bytes of a list of float64.
   */
  readonly reports: boolean;
  readonly warns: boolean;
  readonly validates: boolean;
  readonly weighs: boolean;
}

/** A thing that goes over once, whatever number of jobs need it; what it is made of has gone ahead. */
export interface KeepQuestion {
  readonly kind: "keep";
  /** By which jobs name it. */
  readonly thing: number;
  readonly made: SentCells | SentTable | "rows";
}

/** Columns by the numbers of their arrays and lists. */
export interface SentCells {
  readonly columns: readonly { readonly name: string; readonly numbers: number; readonly texts: number | undefined }[];
}

/** A fitted table, its arrays by their numbers. */
export interface SentTable {
  readonly model: TableQuestion["model"];
  readonly bytes: number;
  readonly x: number;
  readonly y: number;
}

/** Rows of a network's fit, its arrays by their numbers. */
export interface SentTaskRows {
  readonly rows: number;
  readonly rowNumbers: number | undefined;
  readonly y: number;
  readonly weights: number | undefined;
}

/** The fit of a network to rows of a table that is there, or to others that are. */
export interface TaskQuestion {
  readonly kind: "task";
  readonly call: string;
  readonly model: FitQuestion["model"];
  readonly cells: number;
  readonly others: number | undefined;
  /** Plain data, as a file has it. */
  readonly encoder: unknown;
  readonly train: SentTaskRows;
  readonly held: SentTaskRows | undefined;
  readonly options: Packed;
  readonly reports: boolean;
  /** Whether the signal has ended it before it begins. */
  readonly isAborted: boolean;
}

/** What a fitted table that is there scores with a column in another order. */
export interface ShuffleQuestion {
  readonly kind: "shuffle";
  readonly table: number;
  readonly column: { readonly start: number; readonly width: number };
  readonly order: number;
}

/** What the main thread says. */
export type Question =
  | Piece
  | TextPiece
  | RowSlice
  | FitQuestion
  | TableQuestion
  | KeepQuestion
  | TaskQuestion
  | ShuffleQuestion
  | { readonly kind: "drop"; readonly things: readonly number[] }
  | { readonly kind: "next" | "fail" | "save" | "abort" | "room" };

/**
 * How a fit ended: what it made of the network, unless that is as it was; or the model of a table, as a file; and the error,
 * if there was one.
 */
export interface FitEnd {
  readonly kind: "end";
  readonly state?: SentState<Float32Array>;
  readonly bytes?: Uint8Array<ArrayBuffer>;
  /** Of a network of a table that has reported: a checkpoint as of its last epoch. */
  readonly checkpoint?: Uint8Array<ArrayBuffer>;
  /** What a shuffle scores. */
  readonly score?: number;
  readonly error?: SentError;
}

/** A checkpoint, or why there is none. */
export interface Saved {
  readonly kind: "saved";
  readonly bytes?: Uint8Array<ArrayBuffer>;
  readonly error?: SentError;
}

/** What a fit has to tell. */
export interface Warned {
  readonly kind: "warning";
  readonly warning: TableWarning;
}

/**
 * What is answered: warnings, an epoch, which waits for "next" or "fail", that there is no room for a network, which waits for
 * "room", a checkpoint for each "save", and the end.
 */
export type Answer =
  | { readonly kind: "epoch"; readonly report: EpochReport }
  | { readonly kind: "full" }
  | Warned
  | Saved
  | FitEnd;

/** What is asked: the pieces of all arrays and lists of rows, then the question that names them. */
export interface Letter {
  readonly call: string;
  readonly pieces: Iterable<Piece | TextPiece | RowSlice>;
  /** Read when all else is sent. */
  readonly question: Question;
  /** Throws if what was sent is not what there is now. */
  check(): void;
}
