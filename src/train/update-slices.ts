/** The parts of an update of a large network, in slices, with the bits of the trainer's own. */
import { forEachSlice } from "../ground/slices.js";
import { clampSlices, clipSlices, penaltySlices } from "../net/gradient-slices.js";
import type { Pass } from "../net/pass-plan.js";
import { changeWhole } from "../net/shared.js";
import type { TrainingPlan } from "./optimizer-kinds.js";

/** What a network has of it (src/net/network.ts). */
interface Network extends Pass {
  readonly parameters: Float32Array;
  readonly learned: Float32Array;
  readonly gradients: Float32Array;
  readonly states: readonly Float32Array[];
  beforeUse: (() => void) | undefined;
  rowsSince: number;
  dropBiases(): void;
}

/** What a trainer has of it (src/train/trainer.ts). */
export interface Updates {
  readonly options: TrainingPlan;
  readonly dataLoss: number;
  updateStretch(rate: number, from: number, count: number): void;
  countStep(): void;
  averageSlices(): Generator<number, void>;
}

/** Parameters updated at a time: a millisecond, three where memory is used for the first time. */
const UPDATED = 2 ** 17;

/** As `close` of the trainer. */
export function* closeSlices(
  { dataLoss, options }: Updates,
  network: Network,
  total: number,
): Generator<number, number> {
  const { penalties, clipNorm, clipValue, layerRates } = options;
  network.dropBiases();
  let loss = total > 0 ? dataLoss / total : 0;
  if (penalties) loss += yield* penaltySlices(network, penalties, layerRates);
  if (clipNorm !== undefined) yield* clipSlices(network, clipNorm);
  if (clipValue !== undefined) yield* clampSlices(network, clipValue);
  return loss;
}

/** As `update` of the trainer; who predicts meanwhile has the rest done first. */
export function updateSlices(trainer: Updates, network: Network, rate: number): Generator<number, void> {
  function* work() {
    const { parameterCount } = network.layout;
    yield* forEachSlice(parameterCount, (from, to) => trainer.updateStretch(rate, from, to - from), UPDATED);
    trainer.countStep();
    yield* trainer.averageSlices();
  }
  return changeWhole(network, work());
}
