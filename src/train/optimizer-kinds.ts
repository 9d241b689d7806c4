/**
 * What optimizers are: their constants as data, what each kind must be able to do, and the kinds that are known. Those beside sgd and
 * adam join when one of them is made for the first time: an application that makes none does not carry them.
 */
import { show, underName } from "../ground/check.js";
import type { DropoutPlan, DropoutRates } from "../net/dropout.js";
import type { Penalties, Rule } from "../net/pass-plan.js";
import type { Iterate } from "./objective.js";
import type { LearningRate } from "./schedules.js";

/** Stochastic gradient descent, made by {@link sgd}. */
export interface Sgd {
  readonly name: "sgd";
  readonly learningRate: LearningRate;
  readonly momentum: number;
  readonly nesterov: boolean;
}

/** Adam, made by {@link adam}. */
export interface Adam {
  readonly name: "adam";
  readonly learningRate: LearningRate;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
}

/** Adam whose weights decay beside its steps, made by {@link adamw}. */
export interface AdamW extends Omit<Adam, "name"> {
  readonly name: "adamw";
  readonly weightDecay: number;
}

/** RMSProp, made by {@link rmsprop}. */
export interface Rmsprop {
  readonly name: "rmsprop";
  readonly learningRate: LearningRate;
  readonly decay: number;
  readonly momentum: number;
  readonly centered: boolean;
  readonly epsilon: number;
}

/** AdaGrad, made by {@link adagrad}. */
export interface Adagrad {
  readonly name: "adagrad";
  readonly learningRate: LearningRate;
  readonly initialAccumulator: number;
  readonly epsilon: number;
}

/** Adam with Nesterov's momentum, made by {@link nadam}. */
export interface Nadam extends Omit<Adam, "name" | "amsgrad"> {
  readonly name: "nadam";
  readonly momentumDecay: number;
}

/** Lion, made by {@link lion}. */
export interface Lion {
  readonly name: "lion";
  readonly learningRate: LearningRate;
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
}

/** The quasi-Newton method for few rows, made by {@link lbfgs}. */
export interface Lbfgs {
  readonly name: "lbfgs";
  /** Where each search along a line begins. */
  readonly learningRate: 1;
  readonly memory: number;
  readonly evaluations: number;
  readonly tolerance: number;
}

/** What turns gradients into updates. */
export type Optimizer = Sgd | Adam | AdamW | Rmsprop | Adagrad | Nadam | Lion | Lbfgs;

/** Makes the iterations of one fit (src/train/full-batch.ts says what they need of it). */
export type Iterations = (optimizer: never, fit: never) => Iterate;

/** A kind of optimizer: either makes steps from mini-batches, or iterations over all rows. */
export interface Kind {
  /** From options, or from the constants of a copy; refuses what lies outside its domain. */
  make(options: object): Optimizer;
  /** The steps of one trainer. */
  rule?(optimizer: never): Rule;
  /** What makes the iterations, which may have to be loaded. */
  iterations?(): Iterations | Promise<Iterations>;
  /** Refuses options of a fit that do not go with it. */
  check?(call: string, options: object): void;
}

/** Kinds by name; see {@link addKind}. */
const kinds = new Map<string, Kind>();

/** Makes a kind known, so that copies of its optimizers are taken: called by whoever makes one. */
export function addKind(name: Optimizer["name"], kind: Kind): void {
  kinds.set(name, kind);
}

/** What an optimizer that was checked can do. */
export function kindOf({ name }: Optimizer): Kind {
  return kinds.get(name) as Kind;
}

/** Those that are made of checked constants. */
const made = new WeakSet<Optimizer>();

/**
 * The optimizer that is asked for: one that `sgd`, `adam` or another of these functions made, or a copy of one, which may have
 * been changed and is checked again.
 * @throws TypeError, RangeError on anything else, or constants outside their domain
 */
export function checkOptimizer(call: string, optimizer: unknown): Optimizer {
  if (made.has(optimizer as Optimizer)) return optimizer as Optimizer;
  const { name, ...constants } = (optimizer ?? {}) as Partial<Optimizer>;
  const kind = typeof optimizer === "object" && kinds.get(name as string);
  if (!kind) {
    throw new TypeError(
      `${call}: optimizer must come from sgd(), adam() or another of wasmlp's optimizers, got ${show(optimizer)}.`,
    );
  }
  try {
    return kind.make(constants);
  } catch (error) {
    throw underName(call, error);
  }
}

/** Which of the labels that a file knows (src/train/training-state.ts) an optimizer has: training goes on with one of the same label alone. */
export function labelOf(optimizer: Optimizer): string {
  const { name } = optimizer;
  if ("amsgrad" in optimizer) return optimizer.amsgrad ? `${name} amsgrad` : name;
  if (name !== "rmsprop" || !optimizer.centered) return name;
  return optimizer.momentum > 0 ? "rmsprop centered momentum" : "rmsprop centered";
}

/** Marks an optimizer as checked. */
export function keep<T extends Optimizer>(optimizer: T): T {
  made.add(optimizer);
  return Object.freeze(optimizer);
}

/** The share of each weight that is lost at a learning rate of 1. */
export function decayOf(optimizer: Optimizer): number {
  return "weightDecay" in optimizer ? optimizer.weightDecay : 0;
}

/** Of softmax one number a class, of sigmoid `[w0, w1]` or one such pair an output. */
export type ClassWeights = readonly number[] | readonly (readonly number[])[];

/** What an update is made of. */
export interface TrainerOptions {
  /** From `sgd()`, `adam()` or another of these functions. */
  optimizer: Optimizer;
  /** Weight of Σ|W|, >= 0, for all layers or one number a layer. Default: 0. Biases are not penalised. */
  l1?: number | readonly number[];
  /** Weight of ½·ΣW², >= 0, likewise. Default: 0. */
  l2?: number | readonly number[];
  /** The share of units left out at each update, of the hidden layers if a number. Default: 0. */
  dropout?: number | DropoutRates;
  /**
   * What a row counts by its class, > 0: the loss is the mean of weight · loss. Of softmax one number a class; of sigmoid what a 0 and
   * what a 1 counts, `[w0, w1]` for all outputs or a list of such pairs. Default: 1 for each.
   */
  classWeights?: ClassWeights;
  /**
   * Targets of classes are drawn together by this share, 0 <= share < 1: t·(1 - share) + share/classes, of sigmoid + share/2 (Szegedy
   * et al. 2016). Default: 0.
   */
  labelSmoothing?: number;
  /** The length to which the gradient of all parameters together is shortened when it is longer, > 0. Default: never shortened. */
  clipNorm?: number;
  /** The size to which each component of the gradient is cut when it is larger, > 0; not beside `clipNorm`. Default: never cut. */
  clipValue?: number;
  /**
   * The length to which each unit's incoming weights are shortened after an update when they are longer, > 0, for all layers or
   * one number a layer (Srivastava et al. 2014). Default: never shortened.
   */
  maxNorm?: number | readonly number[];
  /**
   * What the learning rate is multiplied by, >= 0, one factor a layer; 0 freezes the layer: its weights, its biases and what the
   * optimizer keeps of them stay as they are to the bit. Default: 1 for each.
   */
  layerRates?: readonly number[];
  /**
   * The decay d of an average of the parameters, 0 < d < 1: after the first update it is the parameters, then
   * `average = d·average + (1 - d)·parameters` (as PyTorch's AveragedModel; Polyak and Juditsky 1992). In `fit` the average is
   * what is scored and kept, and what the model holds in the end. Default: none.
   */
  average?: number;
  /** Goes on with what the optimizer kept in this model's latest training, as if it had never stopped. Default: false. */
  resume?: boolean;
}

/** Options with their defaults, checked. What is one a layer has the length of the layers. */
export interface TrainingPlan {
  readonly optimizer: Optimizer;
  /** None if all are 0. */
  readonly penalties: Penalties | undefined;
  readonly dropout: DropoutPlan;
  /** Of softmax [classes], of sigmoid [outputs, 2] flat. */
  readonly classWeights: readonly number[] | undefined;
  readonly labelSmoothing: number;
  readonly clipNorm: number | undefined;
  readonly clipValue: number | undefined;
  readonly maxNorm: readonly number[] | undefined;
  readonly layerRates: readonly number[] | undefined;
  readonly average: number | undefined;
}
