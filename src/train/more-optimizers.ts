/** The less common optimizers. Each makes itself known when it is made: who uses none of them does not carry them. */
import { checkFlag, checkNumber, checkOptions } from "../ground/check.js";
import { power } from "../ground/math.js";
import type { Rule } from "../net/pass-plan.js";
import { type Adagrad, type AdamW, addKind, keep, type Lion, type Nadam, type Rmsprop } from "./optimizer-kinds.js";
import { ADAM_KEYS, type AdamOptions, adamRule, BELOW_ONE, checkAdam, checkEpsilon } from "./optimizers.js";
import { checkLearningRate, type LearningRate } from "./schedules.js";

/** What {@link adamw} takes: what {@link adam} does, and the decay of weights. */
export interface AdamWOptions extends AdamOptions {
  /** Each weight loses this share of itself at a learning rate of 1, >= 0; biases do not. Default: 0.01. */
  weightDecay?: number;
}

/**
 * Makes AdamW: before each step of Adam `w -= rate·weightDecay·w`, of weights and not of biases, so that the decay is no part of the
 * gradient that Adam scales (Loshchilov and Hutter 2019; as in PyTorch, but for the biases).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: adamw({ learningRate: 0.01, weightDecay: 0.1 }) });
 */
export function adamw(options: AdamWOptions = {}): AdamW {
  const call = "adamw";
  addKind(call, { make: adamw, rule: adamRule });
  checkOptions(call, options, [...ADAM_KEYS, "weightDecay"]);
  const { weightDecay = 0.01 } = options;
  checkNumber(call, "weightDecay", weightDecay, 0);
  return keep({ name: call, ...checkAdam(call, options, 0.001), weightDecay });
}

/** What {@link rmsprop} takes. */
export interface RmspropOptions {
  /** >= 0, or a schedule. Default: 0.01. */
  learningRate?: LearningRate;
  /** Decay of the mean of squares, 0 <= decay < 1. Default: 0.99. */
  decay?: number;
  /** The share of the velocity kept at each step, 0 <= momentum < 1. Default: 0. */
  momentum?: number;
  /** Whether the mean of gradients is taken off: their variance scales the step then. Default: false. */
  centered?: boolean;
  /** Added to the root of the mean of squares, >= 2⁻¹²⁶. Default: 1e-8. */
  epsilon?: number;
}

/**
 * Makes RMSProp: `s = decay·s + (1 - decay)·g²; w -= rate·g / (√s + epsilon)`, with `momentum` by way of a velocity (Tieleman and
 * Hinton 2012; centered: Graves 2013; as in PyTorch, but a variance that rounding makes negative counts as 0).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: rmsprop({ learningRate: 0.003, momentum: 0.9 }) });
 */
export function rmsprop(options: RmspropOptions = {}): Rmsprop {
  const call = "rmsprop";
  addKind(call, { make: rmsprop, rule: rmspropRule });
  checkOptions(call, options, ["learningRate", "decay", "momentum", "centered", "epsilon"]);
  const { learningRate = 0.01, decay = 0.99, momentum = 0, centered = false, epsilon = 1e-8 } = options;
  checkLearningRate(call, "learningRate", learningRate);
  checkNumber(call, "decay", decay, 0, BELOW_ONE);
  checkNumber(call, "momentum", momentum, 0, BELOW_ONE);
  checkFlag(call, "centered", centered);
  checkEpsilon(call, epsilon);
  return keep({ name: call, learningRate, decay, momentum, centered, epsilon });
}

function rmspropRule({ decay, momentum, centered, epsilon }: Rmsprop): Rule {
  return ({ kernels, layout }, at, count, rate) => {
    const { params, grads, state1, state2, state3 } = layout;
    // Address 0 is none.
    const velocity = momentum > 0 ? state2 + at : 0;
    const mean = !centered ? 0 : momentum > 0 ? state3 + at : state2 + at;
    const [w, g, s] = [params + at, grads + at, state1 + at];
    kernels.rmspropStep(w, g, s, velocity, mean, count, rate, decay, 1 - decay, momentum, epsilon);
  };
}

/** What {@link adagrad} takes. */
export interface AdagradOptions {
  /** >= 0, or a schedule. Default: 0.01. */
  learningRate?: LearningRate;
  /** Where the sum of squares begins, 0 to 2¹⁰⁰. Default: 0. */
  initialAccumulator?: number;
  /** Added to the root of the sum of squares, >= 2⁻¹²⁶. Default: 1e-10. */
  epsilon?: number;
}

/**
 * Makes AdaGrad: `s += g²; w -= rate·g / (√s + epsilon)` (Duchi et al. 2011; as in PyTorch).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: adagrad({ learningRate: 0.1 }) });
 */
export function adagrad(options: AdagradOptions = {}): Adagrad {
  const call = "adagrad";
  addKind(call, { make: adagrad, rule: adagradRule });
  checkOptions(call, options, ["learningRate", "initialAccumulator", "epsilon"]);
  const { learningRate = 0.01, initialAccumulator = 0, epsilon = 1e-10 } = options;
  checkLearningRate(call, "learningRate", learningRate);
  checkNumber(call, "initialAccumulator", initialAccumulator, 0, 2 ** 100);
  checkEpsilon(call, epsilon);
  return keep({ name: call, learningRate, initialAccumulator, epsilon });
}

function adagradRule({ initialAccumulator, epsilon }: Adagrad): Rule {
  return ({ kernels, layout: { params, grads, state1 } }, at, count, rate, t) => {
    const initial = t === 1 ? initialAccumulator : 0;
    kernels.adagradStep(params + at, grads + at, state1 + at, count, rate, initial, epsilon);
  };
}

/** What {@link nadam} takes. */
export interface NadamOptions extends Omit<AdamOptions, "amsgrad"> {
  /** >= 0, or a schedule. Default: 0.002. */
  learningRate?: LearningRate;
  /** How fast the momentum rises from beta1/2 towards beta1, >= 0. Default: 0.004. */
  momentumDecay?: number;
}

/**
 * Makes NAdam: Adam whose momentum looks ahead, as Nesterov's does; it is `beta1·(1 - 0.96^(t·momentumDecay)/2)` at step t (Dozat 2016;
 * as in PyTorch).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: nadam() });
 */
export function nadam(options: NadamOptions = {}): Nadam {
  const call = "nadam";
  addKind(call, { make: nadam, rule: nadamRule });
  checkOptions(call, options, [...ADAM_KEYS.slice(0, -1), "momentumDecay"]);
  const { momentumDecay = 0.004 } = options;
  const { amsgrad, ...constants } = checkAdam(call, options, 0.002);
  checkNumber(call, "momentumDecay", momentumDecay, 0);
  return keep({ name: call, ...constants, momentumDecay });
}

function nadamRule({ beta1, beta2, epsilon, momentumDecay }: Nadam): Rule {
  const fade = power(0.96, momentumDecay);
  // Of the first `steps`: 0.96^(steps·momentumDecay), and the product of their momenta.
  let steps = 0;
  let faded = 1;
  let product = 1;
  return ({ kernels, layout }, at, count, rate, t) => {
    // From the start for a trainer that goes on, so that it has the bits of one that never stopped.
    if (t < steps) [steps, faded, product] = [0, 1, 1];
    for (; steps < t; steps++) {
      faded *= fade;
      product *= beta1 * (1 - 0.5 * faded);
    }
    const next = beta1 * (1 - 0.5 * faded * fade);
    const slopeRate = (rate * (1 - beta1 * (1 - 0.5 * faded))) / (1 - product);
    const meanRate = (rate * next) / (1 - product * next);
    const [w, g, m, v] = [layout.params, layout.grads, layout.state1, layout.state2].map((slab) => slab + at);
    const root = 1 / Math.sqrt(1 - power(beta2, t));
    kernels.nadamStep(w, g, m, v, count, slopeRate, meanRate, beta1, 1 - beta1, beta2, 1 - beta2, root, epsilon);
  };
}

/** What {@link lion} takes. */
export interface LionOptions {
  /** >= 0, or a schedule: each parameter moves by so much at each step. Default: 1e-4. */
  learningRate?: LearningRate;
  /** The share of the mean in the direction of a step, 0 <= beta1 < 1. Default: 0.9. */
  beta1?: number;
  /** Decay of the mean of gradients, 0 <= beta2 < 1. Default: 0.99. */
  beta2?: number;
  /** Each weight loses this share of itself at a learning rate of 1, >= 0; biases do not. Default: 0. */
  weightDecay?: number;
}

/**
 * Makes Lion: `w -= rate·(sign(beta1·m + (1 - beta1)·g) + weightDecay·w); m = beta2·m + (1 - beta2)·g` (Chen et al. 2023). Rates are
 * a tenth to a third of Adam's.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: lion({ learningRate: 3e-4 }) });
 */
export function lion(options: LionOptions = {}): Lion {
  const call = "lion";
  addKind(call, { make: lion, rule: lionRule });
  checkOptions(call, options, ["learningRate", "beta1", "beta2", "weightDecay"]);
  const { learningRate = 1e-4, beta1 = 0.9, beta2 = 0.99, weightDecay = 0 } = options;
  checkLearningRate(call, "learningRate", learningRate);
  checkNumber(call, "beta1", beta1, 0, BELOW_ONE);
  checkNumber(call, "beta2", beta2, 0, BELOW_ONE);
  checkNumber(call, "weightDecay", weightDecay, 0);
  return keep({ name: call, learningRate, beta1, beta2, weightDecay });
}

function lionRule({ beta1, beta2 }: Lion): Rule {
  return ({ kernels, layout: { params, grads, state1 } }, at, count, rate) =>
    kernels.lionStep(params + at, grads + at, state1 + at, count, rate, beta1, 1 - beta1, beta2, 1 - beta2);
}
