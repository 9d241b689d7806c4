/** The optimizer's step, layer by layer where layers differ, and what follows it: lengths of weights, the average. */
import { copySlices, forEachSlice } from "../ground/slices.js";
import type { Network } from "../net/network.js";
import type { Optimizer, Rule } from "./optimizer-kinds.js";
import { kindOf } from "./optimizers.js";
import type { TrainingPlan } from "./trainer-options.js";
import type { TrainerState } from "./training-state.js";

/** Parameters that an average takes in at a time. */
const AVERAGED = 2 ** 18;

/** The share of each weight that is lost at a learning rate of 1. */
export function decayOf(optimizer: Optimizer): number {
  return "weightDecay" in optimizer ? optimizer.weightDecay : 0;
}

/** The steps of one trainer, as {@link Rule}: of frozen layers nothing changes, and only weights decay. */
export function ruleOf({ optimizer, layerRates }: TrainingPlan): Rule | undefined {
  const rule = kindOf(optimizer).rule?.(optimizer as never);
  const decay = decayOf(optimizer);
  if (!rule || (!layerRates && decay === 0)) return rule;
  return (network, at, count, rate, t) => {
    const { kernels, layout } = network;
    const { params, layers } = layout;
    for (let l = 0; l < layers.length; l++) {
      const { w, b, outputs } = layers[l];
      const factor = layerRates ? layerRates[l] : 1;
      const start = Math.max(at, w - params);
      const end = Math.min(at + 4 * count, b + 4 * outputs - params);
      if (start >= end || factor === 0) continue;
      const weights = Math.min(end, b - params) - start;
      if (decay > 0 && weights > 0) kernels.clipStep(params + start, weights / 4, 1 - rate * factor * decay);
      rule(network, start, (end - start) / 4, rate * factor, t);
    }
  };
}

/** Shortens the incoming weights of each unit that are longer than their layer allows. */
export function limitWeights({ kernels, layout }: Network, { maxNorm, layerRates }: TrainingPlan): void {
  if (!maxNorm) return;
  layout.layers.forEach(({ w, inputs, outputs }, l) => {
    if (layerRates?.[l] !== 0) kernels.maxNormStep(w, inputs, outputs, maxNorm[l]);
  });
}

/** The average takes the parameters in, slice by slice: the first ones as they are. */
export function* averageSlices(
  state: TrainerState,
  { parameters }: Network,
  { average = 0 }: TrainingPlan,
): Generator<number, void> {
  const kept = state.average;
  if (!kept) {
    state.average = yield* copySlices(parameters);
    return;
  }
  const take = (from: number, to: number) => {
    for (let i = from; i < to; i++) kept[i] = average * kept[i] + (1 - average) * parameters[i];
  };
  yield* forEachSlice(kept.length, take, AVERAGED);
}

/** Makes the gradients of frozen layers 0: no pass writes them, and the length of the whole gradient is that of the others. */
export function* clearFrozen({ gradients, layout }: Network, { layerRates }: TrainingPlan): Generator<number, void> {
  for (const [l, { dw, inputs, outputs }] of layerRates ? layout.layers.entries() : []) {
    const start = (dw - layout.grads) / 4;
    const clear = (from: number, to: number) => void gradients.fill(0, start + from, start + to);
    if (layerRates?.[l] === 0) yield* forEachSlice((inputs + 1) * outputs, clear, AVERAGED);
  }
}
