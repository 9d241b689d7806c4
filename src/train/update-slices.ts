/** The parts of an update of a large network, in slices, with the bits of the trainer's own; and the loss of all rows at once. */
import type { Dataset } from "../data/dataset.js";
import { forEachSlice } from "../ground/slices.js";
import type { Signal } from "../ground/web.js";
import type { Dropout } from "../net/dropout.js";
import { backwardSlices, clampSlices, clipSlices, forwardSlices, penaltySlices } from "../net/large-passes.js";
import type { Network } from "../net/network.js";
import { lossPass } from "../net/passes.js";
import { changeWhole, isLarge } from "../net/shared.js";
import type { Objective } from "./objective.js";
import type { TrainingPlan } from "./optimizer-kinds.js";

/** What a trainer has of it (src/train/trainer.ts). */
interface Updates {
  readonly options: TrainingPlan;
  readonly dropout: Dropout | undefined;
  dataLoss: number;
  rowsSoFar: number;
  begin(): void;
  piece(count: number, batchRows: number): void;
  close(batchRows: number): number;
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
  batchRows: number,
): Generator<number, void> {
  const { dropout, options } = trainer;
  if (dropout) dropout.row = trainer.rowsSoFar;
  yield* forwardSlices(network, count, dropout);
  trainer.dataLoss += lossPass(network, count, batchRows, true);
  yield* backwardSlices(network, count, trainer.rowsSoFar === 0, dropout, options.layerRates);
  trainer.rowsSoFar += count;
}

/** As `close` of the trainer. */
export function* closeSlices(
  { dataLoss, options }: Updates,
  network: Network,
  batchRows: number,
): Generator<number, number> {
  const { penalties, clipNorm, clipValue, layerRates } = options;
  let loss = dataLoss / batchRows;
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
    const { x, y, rows, scale } = plan.train;
    const { rows: atATime, parameterCount } = network.layout;
    const large = isLarge(network.layout);
    trainer.begin();
    for (let from = 0; from < rows; from += atATime) {
      if (plan.signal?.aborted) return undefined;
      const count = Math.min(atATime, rows - from);
      network.writeInputs(x, from, count, scale);
      if (!network.writeTargets(y, from, count)) throw this.changed();
      if (large) yield* pieceSlices(trainer, network, count, rows);
      else trainer.piece(count, rows);
      yield 3 * count * parameterCount;
    }
    const loss = large ? yield* closeSlices(trainer, network, rows) : trainer.close(rows);
    return { loss, dataLoss: trainer.dataLoss / rows };
  }
}
