/** What the names of a graph stand for, as far as an MLP needs: constants, rows on their way, and decisions about them. */
import type { Activation } from "../../net/activations.js";
import type { Label } from "../../table/label.js";
import type { Tensor } from "./tensors.js";

/** A tensor of the file, or one that is computed of such. */
export interface Constant {
  readonly kind: "constant";
  readonly tensor: Tensor;
}

export const constantOf = (tensor: Tensor): Constant => ({ kind: "constant", tensor });

/** One number a feature. */
export type Factor = (feature: number) => number;

/** What a node does to rows. */
export type Step =
  | { readonly kind: "dense"; readonly weights: Tensor; readonly inputs: number; readonly outputs: number }
  /** x · scale + shift, feature by feature; uniform if the numbers of one are those of all. */
  | { readonly kind: "affine"; readonly scale: Factor; readonly shift: Factor; readonly isUniform: boolean }
  /** Some of so many features, by their places, in this order. */
  | { readonly kind: "select"; readonly of: number; readonly count: number; readonly place: (index: number) => number }
  /** (x - mean) / √(variance + epsilon) over the features of a row; parts of it on the way. */
  | { readonly kind: "normalise"; readonly epsilon: number }
  | { readonly kind: "centre" }
  /** `as` is what it is called here; without, it is an output or a part of an activation. */
  | { readonly kind: "activation"; readonly operator: ActivationOperator; readonly as?: Activation | undefined };

/** Operators of activations, and what products of several come to on the way. */
export type ActivationOperator =
  | ("Relu" | "Sigmoid" | "Tanh" | "Softmax" | "LogSoftmax" | "LeakyRelu" | "Elu" | "Selu" | "Gelu" | "HardSigmoid")
  | ("Softplus" | "Softsign" | "Clip" | "Exp" | "Mish" | "Silu" | "Erf" | "Square" | "TwiceGelu" | "TwiceTanh")
  | ("Max" | "Min" | "Celu" | "PRelu" | "Swish" | "Abs" | "Cube" | "GeluSum" | "TwiceGeluTanh");

/** What rows hold. */
export type Elements = "floats" | "integers" | "booleans" | "texts";

/** One number of a row as columns give it: what it is read of, and what becomes of that. */
export interface Feature {
  /** The input of the graph, and the place in it. */
  readonly input: string;
  readonly place: number;
  /** How many numbers a row of the input has: columns of a matrix have no names of their own. */
  readonly of: number;
  readonly elements: Elements;
  /** The feature is value · scale + shift. */
  readonly scale: number;
  readonly shift: number;
  /** What stands for a missing number. */
  readonly fill?: number;
  /** The number that stands for a missing one, if that is not NaN. */
  readonly marker?: number;
  /** Whether fractions are cut off. */
  readonly isWhole?: boolean;
  /** 1 for numbers above, else 0. */
  readonly above?: number;
  /** The number of each text, or of each whole number as text; `other` for all others. */
  readonly table?: ReadonlyMap<string, number>;
  readonly other?: number;
}

/** Rows after a node, the graph's input being the first. A list that shares its tails. */
export interface Rows {
  readonly kind: "rows";
  readonly from?: Rows;
  readonly step?: Step;
  /** The node that made them, as errors name it. */
  readonly by: string;
  /** Of the first of them: the input, or the features that were put together of several. */
  readonly input?: { readonly name: string; readonly elements: Elements };
  readonly features?: readonly Feature[];
  /** Whether the first axis is that of the rows; else there is one row, and the axes are its own. */
  readonly hasBatch: boolean;
  /** How many rows there are, where the file says so. */
  readonly items: number | undefined;
  /** The sizes of the further axes; undefined for what is not known. */
  readonly axes: readonly (number | undefined)[];
  /** Numbers a row, where that is known. */
  readonly width: number | undefined;
  readonly elements: Elements;
  /** Scores of which the largest is the same one. */
  readonly like?: Rows;
}

/** The product of sizes, where all are known. */
export function widthOfAxes(axes: readonly (number | undefined)[]): number | undefined {
  return axes.reduce<number | undefined>((product, size) => {
    return product === undefined || size === undefined ? undefined : product * size;
  }, 1);
}

/** Rows after a further node. */
export function after(rows: Rows, by: string, step: Step, axes = rows.axes): Rows {
  return { ...withoutBase(rows), from: rows, by, step, axes, width: widthOfAxes(axes) };
}

function withoutBase({ input, features, like, ...rows }: Rows): Rows {
  return rows;
}

/** The same rows, their numbers in another shape. */
export function shaped(rows: Rows, axes: readonly (number | undefined)[], hasBatch = rows.hasBatch): Rows {
  return { ...rows, axes, hasBatch, width: rows.width ?? widthOfAxes(axes) };
}

/** The mean of each row, or the mean of squares about it, as layer normalisation asks for them. */
export interface Moment {
  readonly kind: "mean" | "variance" | "deviation";
  readonly of: Rows;
  /** Added to the variance. */
  readonly epsilon: number;
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

export type Value = Constant | Rows | Moment | Complement | Pair | Decision | Dictionary | Unread;

const NAMES: Record<Value["kind"], string> = {
  constant: "a constant",
  rows: "rows",
  mean: "means of rows",
  variance: "variances of rows",
  deviation: "deviations of rows",
  complement: "1 - p",
  pair: "a pair of probabilities",
  decision: "a decision",
  dictionary: "a dictionary",
  unread: "a further output",
};

/** A value as errors name it. */
export const nameOf = ({ kind }: Value) => NAMES[kind];

/** Scores of one row. */
export function widthOf(scores: Scores): number | undefined {
  return scores.kind === "pair" ? 2 : scores.width;
}

/** What a graph predicts. */
export interface Prediction {
  readonly scores: Scores;
  readonly labels?: readonly Label[];
  /** Whether the graph gives the largest of the scores alone. */
  readonly isDecision: boolean;
  /** The inputs that it reads, in their order, and the name of its first output. */
  readonly inputs: readonly string[];
  readonly output: string;
}

/** What an operator was applied to, if the last step is that operator. */
export function below(rows: Rows | undefined, operator: ActivationOperator): Rows | undefined {
  const isLast = rows?.step?.kind === "activation" && rows.step.operator === operator;
  return isLast ? rows.from : undefined;
}
