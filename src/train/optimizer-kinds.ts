/** What optimizers are: their constants as data, and what each kind must be able to do. Who makes them lies beside this file. */
import type { Network } from "../net/network.js";
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

/** What a file may say of the optimizer: its name, and what decides of the meaning of what it keeps. */
export const LABELS = [
  ...["sgd", "adam", "adam amsgrad", "adamw", "adamw amsgrad", "rmsprop", "rmsprop centered"],
  ...["rmsprop centered momentum", "adagrad", "nadam", "lion", "lbfgs"],
];

/** Which of {@link LABELS} an optimizer has: training goes on with one of the same label alone. */
export function labelOf(optimizer: Optimizer): string {
  const { name } = optimizer;
  if ("amsgrad" in optimizer) return optimizer.amsgrad ? `${name} amsgrad` : name;
  if (name !== "rmsprop" || !optimizer.centered) return name;
  return optimizer.momentum > 0 ? "rmsprop centered momentum" : "rmsprop centered";
}

/** Whether an optimizer of this label keeps three numbers a parameter, not two or less. */
export function keepsThree(label: string): boolean {
  return label.endsWith("amsgrad") || label.endsWith("centered momentum");
}

/**
 * One step, the `t`-th from 1 on, of `count` parameters that begin at byte `at` of their slab. Called for one stretch of the
 * parameters after the other.
 */
export type Rule = (network: Network, at: number, count: number, rate: number, t: number) => void;

/** A loss to be made small, of all rows at once. */
export interface Objective {
  /** Where the parameters are, and where their gradient is found once they were evaluated. */
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  /** Makes these the parameters. */
  move(to: Float64Array): Generator<number, void>;
  /** The loss, penalties included, and without them; undefined if the signal ended the fit meanwhile. */
  evaluate(): Generator<number, { readonly loss: number; readonly dataLoss: number } | undefined>;
}

/** What an iteration has to tell: the loss before it, how far it went along its line, and whether there is no further to go. */
export interface Iteration {
  readonly loss: number;
  readonly dataLoss: number;
  readonly step: number;
  readonly isDone: boolean;
}

/** One iteration; undefined if the signal ended it: the parameters are then as they were before it. */
export type FullBatch = (objective: Objective) => Generator<number, Iteration | undefined>;

/** A kind of optimizer: either makes steps from mini-batches, or iterations over all rows. */
export interface Kind {
  /** From options, or from the constants of a copy; refuses what lies outside its domain. */
  make(options: object): Optimizer;
  /** The steps of one trainer. */
  rule?(optimizer: never): Rule;
  /** The iterations of one fit. */
  fullBatch?(optimizer: never): FullBatch;
  /** Refuses options of a fit that do not go with it. */
  check?(call: string, options: object): void;
}
