/**
 * Optimizers and the other options of an update, as data that is checked. src/train/trainer.ts turns them into kernel calls.
 */
import { checkFlag, checkNumber, checkOptions, show, underName } from "../ground/check.js";
import { hasClasses } from "../net/activations.js";
import type { NetworkShape } from "../net/design.js";
import { checkDropout, type DropoutRates } from "../net/dropout.js";
import { checkLearningRate, type LearningRate } from "./schedules.js";

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
}

/** What turns gradients into updates. */
export type Optimizer = Sgd | Adam;

/** What {@link sgd} takes. */
export interface SgdOptions {
  /** >= 0, or a schedule. Default: 0.01. */
  learningRate?: LearningRate;
  /** The share of the velocity kept at each step, 0 <= momentum < 1. Default: 0. */
  momentum?: number;
  /** Whether the slope is taken ahead of the velocity (needs momentum > 0). Default: false. */
  nesterov?: boolean;
}

/** What {@link adam} takes. */
export interface AdamOptions {
  /** >= 0, or a schedule. Default: 0.001. */
  learningRate?: LearningRate;
  /** Decay of the mean of gradients, 0 <= beta1 < 1. Default: 0.9. */
  beta1?: number;
  /** Decay of the mean of squares, 0 <= beta2 < 1. Default: 0.999. */
  beta2?: number;
  /** Added to the root of the mean of squares, > 0. Default: 1e-8. */
  epsilon?: number;
}

/** Momentum and decay below 1, and what float32 does not round up to 1. */
const BELOW_ONE = 1 - 2 ** -24;

/**
 * Makes stochastic gradient descent: `v = momentum·v + g; w -= rate·v`, with `nesterov` `w -= rate·(g + momentum·v)`
 * (Polyak 1964; Sutskever et al. 2013; as in PyTorch).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
 */
export function sgd(options: SgdOptions = {}): Sgd {
  checkOptions("sgd", options, ["learningRate", "momentum", "nesterov"]);
  const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
  checkLearningRate("sgd", "learningRate", learningRate);
  checkNumber("sgd", "momentum", momentum, 0, BELOW_ONE);
  checkFlag("sgd", "nesterov", nesterov);
  if (nesterov && momentum === 0) {
    throw new RangeError("sgd: nesterov must come with momentum > 0, got momentum 0. Set momentum, 0.9 say.");
  }
  return keep({ name: "sgd", learningRate, momentum, nesterov });
}

/**
 * Makes Adam: means of gradients and of their squares, both corrected for their start at zero (Kingma and Ba 2015).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: adam({ learningRate: 0.01 }) });
 */
export function adam(options: AdamOptions = {}): Adam {
  checkOptions("adam", options, ["learningRate", "beta1", "beta2", "epsilon"]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = options;
  checkLearningRate("adam", "learningRate", learningRate);
  checkNumber("adam", "beta1", beta1, 0, BELOW_ONE);
  checkNumber("adam", "beta2", beta2, 0, BELOW_ONE);
  // Smaller ones vanish in float32, and 0/0 would follow for weights whose gradient is 0.
  checkNumber("adam", "epsilon", epsilon, 2 ** -126);
  return keep({ name: "adam", learningRate, beta1, beta2, epsilon });
}

const MAKERS: { readonly [name in Optimizer["name"]]: (options: object) => Optimizer } = { sgd, adam };

/** The names of optimizers: what a file may say. */
export const OPTIMIZERS = Object.keys(MAKERS) as Optimizer["name"][];

/** Those made here, which were checked when they were made. */
const made = new WeakSet<Optimizer>();

/**
 * The optimizer that is asked for: one that {@link sgd} or {@link adam} made, or a copy of one, which may have been changed
 * and is checked again.
 * @throws TypeError, RangeError on anything else, or constants outside their domain
 */
function checkOptimizer(call: string, optimizer: unknown): Optimizer {
  if (made.has(optimizer as Optimizer)) return optimizer as Optimizer;
  const { name, ...constants } = (optimizer ?? {}) as Partial<Optimizer>;
  if (typeof optimizer === "object" && name !== undefined && OPTIMIZERS.includes(name)) {
    try {
      return MAKERS[name](constants);
    } catch (error) {
      throw underName(call, error);
    }
  }
  throw new TypeError(`${call}: optimizer must come from sgd() or adam(), got ${show(optimizer)}.`);
}

function keep<T extends Optimizer>(optimizer: T): T {
  made.add(optimizer);
  return Object.freeze(optimizer);
}

/** Of softmax one number a class, of sigmoid `[w0, w1]` or one such pair an output. */
export type ClassWeights = readonly number[] | readonly (readonly number[])[];

/** What an update is made of. */
export interface TrainerOptions {
  /** From `sgd()` or `adam()`. */
  optimizer: Optimizer;
  /** Weight of Σ|W|, >= 0. Default: 0. Biases are not penalised. */
  l1?: number;
  /** Weight of ½·ΣW², >= 0. Default: 0. */
  l2?: number;
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
  /**
   * The length to which each unit's incoming weights are shortened after an update when they are longer, > 0, for all layers or
   * one number a layer (Srivastava et al. 2014). Default: never shortened.
   */
  maxNorm?: number | readonly number[];
  /** Goes on with what the optimizer kept in this model's latest training, as if it had never stopped. Default: false. */
  resume?: boolean;
}

export const TRAINER_KEYS = [
  "optimizer",
  "l1",
  "l2",
  "dropout",
  "classWeights",
  "labelSmoothing",
  "clipNorm",
  "maxNorm",
  "resume",
];

/** Options with their defaults, checked. */
export interface TrainingPlan {
  readonly optimizer: Optimizer;
  readonly l1: number;
  readonly l2: number;
  readonly dropout: Required<DropoutRates>;
  /** Of softmax [classes], of sigmoid [outputs, 2] flat. */
  readonly classWeights: readonly number[] | undefined;
  readonly labelSmoothing: number;
  readonly clipNorm: number | undefined;
  /** One a layer. */
  readonly maxNorm: readonly number[] | undefined;
}

/** Refuses options that no trainer of this network takes, and fills in the defaults. */
export function checkTrainerOptions(call: string, options: Partial<TrainerOptions>, shape: NetworkShape): TrainingPlan {
  const { optimizer, l1 = 0, l2 = 0, dropout = 0, classWeights, labelSmoothing = 0, clipNorm, maxNorm } = options;
  const checked = checkOptimizer(call, optimizer);
  checkNumber(call, "l1", l1, 0);
  checkNumber(call, "l2", l2, 0);
  const weights = classWeights === undefined ? undefined : flatWeights(call, classWeights, shape);
  checkNumber(call, "labelSmoothing", labelSmoothing, 0, BELOW_ONE);
  if (labelSmoothing > 0) checkHasClasses(call, shape, "labelSmoothing");
  if (clipNorm !== undefined) checkNumber(call, "clipNorm", clipNorm, Number.MIN_VALUE);
  const perLayer = { maxNorm: maxNorm === undefined ? undefined : checkPerLayer(call, "maxNorm", maxNorm, shape) };
  const drops = { dropout: checkDropout(call, dropout) };
  return { optimizer: checked, l1, l2, ...drops, classWeights: weights, labelSmoothing, clipNorm, ...perLayer };
}

/** A number for all layers, or one for each, > 0. */
function checkPerLayer(call: string, name: string, given: unknown, { sizes }: NetworkShape): readonly number[] {
  const layers = sizes.length - 1;
  if (!Array.isArray(given)) {
    checkNumber(call, name, given, 2 ** -100, 2 ** 100);
    return new Array<number>(layers).fill(given);
  }
  if (given.length !== layers) {
    throw new RangeError(`${call}: ${name} must hold one number for each of ${layers} layers, got ${show(given)}.`);
  }
  for (let l = 0; l < layers; l++) checkNumber(call, `${name}[${l}]`, given[l], 2 ** -100, 2 ** 100);
  return [...given];
}

/** Only rows of classes can count by them. */
export function checkHasClasses(call: string, { output }: NetworkShape, name = "classWeights"): void {
  if (hasClasses(output)) return;
  throw new TypeError(`${call}: ${name} must come with a softmax or sigmoid output, got ${output}.`);
}

/** Weights of classes as the core takes them: of softmax one a class, of sigmoid a pair for each output. */
function flatWeights(call: string, weights: unknown, shape: NetworkShape): readonly number[] {
  checkHasClasses(call, shape);
  const { sizes, output } = shape;
  const outputs = sizes[sizes.length - 1];
  const isPairs = output === "sigmoid" && Array.isArray(weights) && weights.some(Array.isArray);
  const wanted = output === "softmax" ? `${outputs} numbers, one a class` : "[w0, w1], or such a pair for each output";
  const isSized = (list: unknown, length: number): list is unknown[] => Array.isArray(list) && list.length === length;
  const isRight = isPairs
    ? isSized(weights, outputs) && weights.every((pair) => isSized(pair, 2))
    : isSized(weights, output === "softmax" ? outputs : 2);
  if (!isRight) throw new TypeError(`${call}: classWeights must be ${wanted}, got ${show(weights)}.`);
  const list = (isPairs ? (weights as unknown[][]).flat() : weights) as number[];
  // Smaller ones vanish in float32, and a class without weight would still count in the mean.
  for (let c = 0; c < list.length; c++) checkNumber(call, `classWeights[${c}]`, list[c], 2 ** -100, 2 ** 100);
  return output === "sigmoid" && !isPairs ? Array.from({ length: outputs }, () => list).flat() : list;
}
