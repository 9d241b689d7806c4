/** The common optimizers. */
import { checkFlag, checkNumber, checkOptions } from "../ground/check.js";
import { power } from "../ground/math.js";
import type { Rule } from "../net/pass-plan.js";
import { type Adam, type AdamW, addKind, keep, type Sgd } from "./optimizer-kinds.js";
import { checkLearningRate, type LearningRate } from "./schedules.js";

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
  /** Added to the root of the mean of squares, >= 2⁻¹²⁶. Default: 1e-8. */
  epsilon?: number;
  /** Whether the largest mean of squares so far takes the place of the latest (Reddi et al. 2018). Default: false. */
  amsgrad?: boolean;
}

/** Momentum and decay below 1, and what float32 does not round up to 1. */
export const BELOW_ONE = 1 - 2 ** -24;

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

function sgdRule({ momentum, nesterov }: Sgd): Rule {
  return ({ kernels, layout: { params, grads, state1 } }, at, count, rate) => {
    if (momentum === 0) kernels.sgdStep(params + at, grads + at, count, rate);
    else if (nesterov) kernels.nesterovStep(params + at, grads + at, state1 + at, count, rate, momentum);
    else kernels.momentumStep(params + at, grads + at, state1 + at, count, rate, momentum);
  };
}

/**
 * Makes Adam: means of gradients and of their squares, both corrected for their start at zero (Kingma and Ba 2015).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: adam({ learningRate: 0.01 }) });
 */
export function adam(options: AdamOptions = {}): Adam {
  checkOptions("adam", options, ADAM_KEYS);
  return keep({ name: "adam", ...checkAdam("adam", options, 0.001) });
}

export const ADAM_KEYS = ["learningRate", "beta1", "beta2", "epsilon", "amsgrad"];

/** Constants that Adam and its kin share. */
export function checkAdam(call: string, options: AdamOptions, rate: number): Omit<Adam, "name"> {
  const { learningRate = rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false } = options;
  checkLearningRate(call, "learningRate", learningRate);
  checkNumber(call, "beta1", beta1, 0, BELOW_ONE);
  checkNumber(call, "beta2", beta2, 0, BELOW_ONE);
  checkEpsilon(call, epsilon);
  checkFlag(call, "amsgrad", amsgrad);
  return { learningRate, beta1, beta2, epsilon, amsgrad };
}

/** Smaller ones vanish in float32, and 0/0 would follow for weights whose gradient is 0. */
export function checkEpsilon(call: string, epsilon: unknown): asserts epsilon is number {
  checkNumber(call, "epsilon", epsilon, 2 ** -126);
}

/** The steps of Adam; decay of weights is none of its business. */
export function adamRule({ beta1, beta2, epsilon, amsgrad }: Adam | AdamW): Rule {
  const rest1 = 1 - beta1;
  const rest2 = 1 - beta2;
  return ({ kernels, layout }, at, count, rate, t) => {
    const w = layout.params + at;
    const g = layout.grads + at;
    const m = layout.state1 + at;
    const v = layout.state2 + at;
    const own = rate / (1 - power(beta1, t));
    const root = 1 / Math.sqrt(1 - power(beta2, t));
    if (!amsgrad) kernels.adamStep(w, g, m, v, count, own, beta1, rest1, beta2, rest2, root, epsilon);
    else kernels.amsgradStep(w, g, m, v, layout.state3 + at, count, own, beta1, rest1, beta2, rest2, root, epsilon);
  };
}

addKind("sgd", { make: sgd, rule: sgdRule });
addKind("adam", { make: adam, rule: adamRule });
