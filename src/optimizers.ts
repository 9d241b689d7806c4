/** Optimizers as data: what they are called and their constants. src/trainer.ts turns them into kernel calls. */
import { checkNumber, checkOptions } from "./check.js";
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
  /** >= 0, or a schedule; 0.01 if left out. */
  learningRate?: LearningRate;
  /** The share of the velocity kept at each step, 0 <= momentum < 1; 0 if left out. */
  momentum?: number;
  /** Whether the slope is taken ahead of the velocity (needs momentum > 0). */
  nesterov?: boolean;
}

/** What {@link adam} takes. */
export interface AdamOptions {
  /** >= 0, or a schedule; 0.001 if left out. */
  learningRate?: LearningRate;
  /** Decay of the mean of gradients, 0 <= beta1 < 1; 0.9 if left out. */
  beta1?: number;
  /** Decay of the mean of squares, 0 <= beta2 < 1; 0.999 if left out. */
  beta2?: number;
  /** Added to the root of the mean of squares, > 0; 1e-8 if left out. */
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
  if (typeof nesterov !== "boolean") throw new TypeError(`sgd: nesterov must be true or false, got ${nesterov}.`);
  if (nesterov && momentum === 0) {
    throw new RangeError("sgd: nesterov must come with momentum > 0, got momentum 0. Set momentum, 0.9 say.");
  }
  return Object.freeze({ name: "sgd", learningRate, momentum, nesterov });
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
  return Object.freeze({ name: "adam", learningRate, beta1, beta2, epsilon });
}

/** Something that {@link sgd} or {@link adam} returned. */
export function checkOptimizer(call: string, optimizer: unknown): asserts optimizer is Optimizer {
  const name = (optimizer as Optimizer | undefined)?.name;
  if (typeof optimizer !== "object" || (name !== "sgd" && name !== "adam")) {
    throw new TypeError(`${call}: optimizer must come from sgd() or adam(), got ${typeof optimizer}.`);
  }
}
