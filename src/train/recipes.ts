/** Schedules made again from their recipes, on another thread. */
import { cosineRestarts, oneCycle, piecewise, polynomialDecay } from "./further-schedules.js";
import {
  cosineDecay,
  exponentialDecay,
  inverseTimeDecay,
  type LearningRate,
  type Recipe,
  type Schedule,
  type ScheduleName,
  stepDecay,
  warmup,
} from "./schedules.js";

const MAKERS: { readonly [name in ScheduleName]: (options: never) => Schedule } = {
  ...{ stepDecay, exponentialDecay, inverseTimeDecay, cosineDecay, polynomialDecay, warmup },
  ...{ cosineRestarts, piecewise, oneCycle },
};

/** The rate of a recipe. */
export function rateFrom(recipe: Recipe): LearningRate {
  if (typeof recipe === "number") return recipe;
  const { name, options, then } = recipe;
  return MAKERS[name]({ ...options, ...(then !== undefined && { then: rateFrom(then) }) } as never);
}
