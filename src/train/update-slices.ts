/** The parts of an update of a large network, in slices, with the bits of the trainer's own; and the loss of all rows at once. */
import type { Dataset } from "../data/dataset.js";
import { forEachSlice } from "../ground/slices.js";
import type { Signal } from "../ground/web.js";
import type { Dropout } from "../net/dropout.js";
import { backwardSlices, clampSlices, clipSlices, forwardSlices, penaltySlices } from "../net/large-passes.js";
import type { Network } from "../net/network.js";
import { changeWhole, isLarge } from "../net/shared.js";
import { sumWeights, writeTargets } from "../net/write-targets.js";
import type { Objective } from "./objective.js";
import type { TrainingPlan } from "./optimizer-kinds.js";

/** What a trainer has of it (src/train/trainer.ts). */
interface Updates {
  readonly options: TrainingPlan;
  readonly dropout: Dropout | undefined;
  dataLoss: number;
  rowsSoFar: number;
  begin(): void;
  piece(count: number, total: number): void;
  measure(count: number, total: number): void;
  close(total: number): number;
  updateStretch(rate: number, from: number, count: number): void;
  countStep(): void;
  averageSlices(): Generator<number, void>;
}

/** Parameters updated at a time: a millisecond, three where memory is used for the first time. */
const UPDATED = 2 ** 17;

/** As `piece` of the trainer. */
export function* pieceSlices(
  trainer: Updates,
  network: Network,
  count: number,
  total: number,
): Generator<number, void> {
  const { dropout, options } = trainer;
  if (dropout) dropout.row = trainer.rowsSoFar;
  yield* forwardSlices(network, count, dropout);
  trainer.measure(count, total);
  yield* backwardSlices(network, count, trainer.rowsSoFar === 0, dropout, options.layerRates);
  trainer.rowsSoFar += count;
}

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

/** Parameters written at a time. */
const MOVED = 2 ** 18;

/** The loss of all rows at once and its gradient: what optimizers go by that make no mini-batches. */
export class FullBatch implements Objective {
  constructor(
    private readonly network: Network,
    private readonly trainer: Updates,
    private readonly plan: { readonly train: Dataset; readonly signal: Signal | undefined },
    private readonly changed: () => Error,
  ) {}

  get parameters(): Float32Array {
    return this.network.parameters;
  }

  get gradient(): Float32Array {
    return this.network.gradients;
  }

  move(to: Float64Array): Generator<number, void> {
    const { parameters } = this.network;
    const write = (from: number, end: number) => parameters.set(to.subarray(from, end), from);
    return changeWhole(this.network, forEachSlice(to.length, write, MOVED));
  }

  *evaluate(): ReturnType<Objective["evaluate"]> {
    const { network, trainer, plan } = this;
    const { x, y, targets, weights, rows, scale } = plan.train;
    const { rows: atATime, parameterCount } = network.layout;
    const large = isLarge(network.layout);
    const total = weights ? sumWeights(weights, 0, rows) : rows;
    trainer.begin();
    for (let from = 0; from < rows; from += atATime) {
      if (plan.signal?.aborted) return undefined;
      const count = Math.min(atATime, rows - from);
      network.writeInputs(x, from, count, scale);
      if (!writeTargets(network, y, targets, weights, from, count)) throw this.changed();
      if (large) yield* pieceSlices(trainer, network, count, total);
      else trainer.piece(count, total);
      yield 3 * count * parameterCount;
    }
    const loss = large ? yield* closeSlices(trainer, network, total) : trainer.close(total);
    return { loss, dataLoss: trainer.dataLoss / total };
  }
}
