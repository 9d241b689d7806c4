/** What the page and its engine, which is on another thread, say to each other. Plain data alone. */

import type { PlayFrame, PlaySettings } from "./play/frames.js";

/** How a column may be read instead of how it is. */
export type Reading = "number" | "boolean" | "text" | "date" | "day-first" | "month-first" | "ignore";

/** By the name of the column. */
export type Readings = ReadonlyMap<string, Reading>;

/** A column as the library reads it, and what it holds. */
export interface ColumnView {
  readonly name: string;
  readonly kind: "number" | "boolean" | "text" | "date" | "present" | "ignore";
  /** How the reader of the page wants it read. */
  readonly overruled?: Reading;
  /** Why it is not read, or what is odd about it. */
  readonly remarks: readonly string[];
  readonly gaps: number;
  /** How many different values, as many as were counted. */
  readonly distinct: number;
  readonly isDistinctMore: boolean;
  /** Counts of a histogram: of equal ranges of numbers, or of the most frequent texts. */
  readonly bars: readonly number[];
  readonly low?: string;
  readonly high?: string;
  /** Its least and its largest number. */
  readonly range?: readonly [low: number, high: number];
  readonly areWhole?: boolean;
  /** The most frequent texts. */
  readonly top: readonly (readonly [text: string, count: number])[];
}

export interface TableView {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly ColumnView[];
  readonly notes: readonly string[];
  /** Of how many rows the kinds are inferred. */
  readonly sampled: number;
  /** The column that is most likely to be predicted. */
  readonly likelyTarget?: string;
}

/** What is asked for by a target. */
export interface TaskView {
  readonly target: string;
  readonly kind: "labels" | "values";
  /** Whether it could be the other kind as well. */
  readonly canBeOther: boolean;
  readonly labels?: readonly string[];
  /** Rows without a target, which are left out. */
  readonly without: number;
  readonly sentence: string;
}

export interface TrainSettings {
  readonly target: string;
  readonly kind: "labels" | "values";
  readonly seed: number;
  /** Networks; 0 for as many as the library chooses. */
  readonly ensemble: number;
  /** Sizes of hidden layers; empty for what the library chooses. */
  readonly hidden: readonly number[];
  /** Epochs of each network; 0 for what the library chooses. */
  readonly epochs: number;
  /** Share of rows kept for scores. */
  readonly held: number;
}

export interface EpochNews {
  readonly member: number;
  readonly members: number;
  readonly epoch: number;
  readonly epochs: number;
  readonly loss: number;
  readonly heldLoss?: number;
  /** Accuracy or R² on the rows that the network holds out. */
  readonly score?: number;
}

/** A field of the form that asks about one row. */
export interface Field {
  readonly name: string;
  readonly kind: "number" | "choice" | "text" | "date" | "switch";
  readonly value: string;
  readonly low?: number;
  readonly high?: number;
  readonly step?: number;
  readonly choices?: readonly string[];
}

export interface ModelView {
  readonly kind: "labels" | "values";
  readonly target: string;
  readonly labels: readonly string[];
  readonly fields: readonly Field[];
  readonly networks: number;
  readonly parameters: number;
  readonly trainedOn: number;
  readonly warnings: readonly string[];
  readonly bytes: number;
  readonly stopped: boolean;
}

export interface Scored {
  readonly name: string;
  readonly value: number;
  readonly baseline: number;
  readonly isLessBetter: boolean;
  readonly isShare: boolean;
}

export interface Judgement {
  readonly rows: number;
  readonly baseline: string;
  readonly scores: readonly Scored[];
  readonly labels: readonly string[];
  readonly confusion?: readonly (readonly number[])[];
  readonly calibration?: readonly { readonly said: number; readonly was: number; readonly rows: number }[];
  readonly roc?: readonly {
    readonly label: string;
    readonly area: number;
    readonly x: number[];
    readonly y: number[];
  }[];
  readonly scatter?: { readonly truth: number[]; readonly predicted: number[] };
  readonly worst: readonly WorstRow[];
}

export interface WorstRow {
  readonly truth: string;
  readonly predicted: string;
  /** The probability that the truth was given, or how far off the value is. */
  readonly by: number;
  readonly cells: readonly (readonly [name: string, value: string])[];
}

export interface Importance {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
}

export interface Dependence {
  readonly column: string;
  /** Numbers or dates. */
  readonly isOrdered: boolean;
  /** Whether its values are written beside one another rather than at their places. */
  readonly isNamed: boolean;
  readonly values: readonly string[];
  readonly places: readonly number[];
  readonly lines: readonly { readonly label: string; readonly means: readonly number[] }[];
}

export interface Answer {
  readonly answer: string;
  readonly shares: readonly { readonly label: string; readonly probability: number }[];
  readonly low?: number;
  readonly high?: number;
  readonly set?: readonly string[];
}

export interface Reason {
  readonly of: string;
  readonly base: number;
  readonly answer: number;
  readonly columns: readonly { readonly name: string; readonly value: string; readonly mean: number }[];
}

export interface Answers {
  readonly rows: number;
  readonly names: readonly string[];
  readonly preview: readonly (readonly string[])[];
  readonly csv: Blob;
  readonly score?: string;
  /** What a reader should know of them. */
  readonly note?: string;
}

export type FileKind = "model" | "onnx" | "module" | "wasm";

export interface MadeFile {
  readonly name: string;
  readonly type: string;
  readonly content: Uint8Array | string;
}

/** What a table is read from: a file, which the engine's thread reads, or a text. */
export interface Source {
  readonly name: string;
  readonly file?: Blob;
  readonly text?: string;
}

/** What the engine can be asked, by name. */
export interface Calls {
  open(source: Source): Promise<TableView>;
  overrule(readings: Readings): Promise<TableView>;
  task(target: string, kind?: "labels" | "values"): Promise<TaskView>;
  train(settings: TrainSettings): Promise<ModelView>;
  pause(): Promise<void>;
  goOn(): Promise<void>;
  stop(): Promise<void>;
  judge(): Promise<Judgement>;
  importance(): Promise<readonly Importance[]>;
  dependence(column: string): Promise<Dependence>;
  answer(row: Readonly<Record<string, unknown>>): Promise<Answer>;
  explain(row: Readonly<Record<string, unknown>>): Promise<Reason>;
  answers(source: Source): Promise<Answers>;
  file(kind: FileKind): Promise<MadeFile>;
  load(file: Blob): Promise<ModelView>;
  licences(): Promise<string>;
  playBegin(settings: PlaySettings): Promise<PlayFrame>;
  playStep(epochs: number, batches: number): Promise<PlayFrame>;
}

export type CallName = keyof Calls;

export interface Question {
  readonly id: number;
  readonly call: CallName;
  readonly args: readonly unknown[];
}

export type Reply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly refusal: string }
  | { readonly news: "epoch"; readonly epoch: EpochNews };
