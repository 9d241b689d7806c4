/** The optimizer's step, layer by layer where layers differ, and what follows it: lengths of weights, the average. */
import { copySlices, forEachSlice } from "../ground/slices.js";
import type { Pass, Rule } from "../net/pass-plan.js";

/** Parameters that an average takes in at a time. */
const AVERAGED = 2 ** 18;

/** Of the options of an update, what there is one a layer of. */
interface PerLayer {
  readonly maxNorm: readonly number[] | undefined;
  readonly layerRates: readonly number[] | undefined;
}

/** A rule that obeys the rates of layers: of frozen ones nothing changes, and of the others weights alone decay, before the step. */
export function ruleByLayer(rule: Rule, decay: number, layerRates: readonly number[] | undefined): Rule {
  if (!layerRates && decay === 0) return rule;
  return (pass, at, count, rate, t) => {
    const { kernels, layout } = pass;
    const { params, layers } = layout;
    for (let l = 0; l < layers.length; l++) {
      const { w, b, outputs, norm } = layers[l];
      const factor = layerRates ? layerRates[l] : 1;
      const start = Math.max(at, w - params);
      const end = Math.min(at + 4 * count, (norm?.shift ?? b) + 4 * outputs - params);
      if (start >= end || factor === 0) continue;
      const weights = Math.min(end, b - params) - start;
      if (decay > 0 && weights > 0) kernels.clipStep(params + start, weights / 4, 1 - rate * factor * decay);
      rule(pass, start, (end - start) / 4, rate * factor, t);
    }
  };
}

/** Shortens the incoming weights of each unit that are longer than their layer allows. */
export function limitWeights({ kernels, layout }: Pass, { maxNorm, layerRates }: PerLayer): void {
  if (!maxNorm) return;
  for (let l = 0; l < layout.layers.length; l++) {
    const { w, inputs, outputs } = layout.layers[l];
    if (layerRates?.[l] !== 0) kernels.maxNormStep(w, inputs, outputs, maxNorm[l]);
  }
}

/** The average takes the parameters in, slice by slice: the first ones as they are. */
export function* averageSlices(
  state: { average?: Float32Array | undefined },
  parameters: Float32Array,
  decay: number,
): Generator<number, void> {
  const kept = state.average;
  if (!kept) {
    state.average = yield* copySlices(parameters);
    return;
  }
  const take = (from: number, to: number) => {
    for (let i = from; i < to; i++) kept[i] = decay * kept[i] + (1 - decay) * parameters[i];
  };
  yield* forEachSlice(kept.length, take, AVERAGED);
}

/** Makes the gradients of frozen layers 0: no pass writes them, and the length of the whole gradient is that of the others. */
export function* clearFrozen(
  { gradients, layout }: Pick<Pass, "layout"> & { readonly gradients: Float32Array },
  { layerRates }: PerLayer,
): Generator<number, void> {
  for (const [l, { dw, inputs, outputs, norm }] of layerRates ? layout.layers.entries() : []) {
    const start = (dw - layout.grads) / 4;
    const clear = (from: number, to: number) => void gradients.fill(0, start + from, start + to);
    if (layerRates?.[l] === 0) yield* forEachSlice((inputs + (norm ? 3 : 1)) * outputs, clear, AVERAGED);
  }
}
