/** What the names of a graph stand for, as far as an MLP needs: constants, rows on their way, and decisions about them. */
import type { Activation } from "../../net/activations.js";
import type { Label } from "../../table/label.js";
import type { Tensor } from "./tensors.js";

/** A tensor of the file; `transposed` swaps the axes of a matrix. */
export interface Constant {
  readonly kind: "constant";
  readonly tensor: Tensor;
  readonly transposed: boolean;
}

/** One number a feature. */
export type Factor = (feature: number) => number;

/** What a node does to rows. */
export type Step =
  | { readonly kind: "dense"; readonly weights: Constant; readonly inputs: number; readonly outputs: number }
  /** x · scale + shift, feature by feature; uniform if the numbers of one are those of all. */
  | { readonly kind: "affine"; readonly scale: Factor; readonly shift: Factor; readonly isUniform: boolean }
  /** `as` is what it is called here; without, it is an output or a part of an activation. */
  | { readonly kind: "activation"; readonly operator: ActivationOperator; readonly as?: Activation | undefined };

/** Operators of activations, and what products of several come to on the way. */
export type ActivationOperator =
  | ("Relu" | "Sigmoid" | "Tanh" | "Softmax" | "LogSoftmax" | "LeakyRelu" | "Elu" | "Selu" | "Gelu" | "HardSigmoid")
  | ("Softplus" | "Softsign" | "Clip" | "Exp" | "Mish" | "Silu" | "Erf" | "Square" | "TwiceGelu" | "TwiceTanh");

/** [N, width]: rows after a node, the graph's input being the first. A list that shares its tails. */
export interface Rows {
  readonly kind: "rows";
  readonly from?: Rows;
  readonly step?: Step;
  /** The node that made them, as errors name it. */
  readonly by: string;
  /** Features a row, where that is known; until flattened, all numbers of an item. */
  readonly width: number | undefined;
  /** Axes of the input, as long as it is not one of rows. */
  readonly rank: number;
  /** Whether they are floats: the input may be whole numbers until they are cast. */
  readonly isFloat: boolean;
}

/** Rows after a further node. */
export function after(rows: Rows, by: string, step: Step, width: number | undefined): Rows {
  return { ...rows, from: rows, by, step, width };
}

/** 1 - p for the one sigmoid output of the rows. */
export interface Complement {
  readonly kind: "complement";
  readonly of: Rows;
}

/** [1 - p, p]: the probabilities of two labels. */
export interface Pair {
  readonly kind: "pair";
  readonly of: Rows;
}

export type Scores = Rows | Pair;

/** The number of the largest score of each row, or the label of that number. */
export interface Decision {
  readonly kind: "decision";
  readonly of: Scores;
  readonly labels?: readonly Label[];
}

/** Scores by label, as ZipMap gives them. */
export interface Dictionary {
  readonly kind: "dictionary";
  readonly of: Scores;
  readonly labels: readonly Label[];
}

/** What a node gives beside what it is used for here. */
export interface Unread {
  readonly kind: "unread";
}

export type Value = Constant | Rows | Complement | Pair | Decision | Dictionary | Unread;

const NAMES: Record<Value["kind"], string> = {
  constant: "a constant",
  rows: "rows",
  complement: "1 - p",
  pair: "a pair of probabilities",
  decision: "a decision",
  dictionary: "a dictionary",
  unread: "a further output",
};

/** A value as errors name it. */
export const nameOf = ({ kind }: Value) => NAMES[kind];

/** Sizes of a constant, transposition done. */
export function dimsOf({ tensor, transposed }: Constant): readonly number[] {
  return transposed ? [...tensor.dims].reverse() : tensor.dims;
}

/** Scores of one row. */
export function widthOf(scores: Scores): number | undefined {
  return scores.kind === "pair" ? 2 : scores.width;
}
