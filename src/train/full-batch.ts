/** The loss of all rows at once and its gradient: what optimizers go by that make no mini-batches. They alone carry this. */
import type { Dataset } from "../data/dataset.js";
import { forEachSlice } from "../ground/slices.js";
import type { Signal } from "../ground/web.js";
import type { Dropout } from "../net/dropout.js";
import { pieceSlices } from "../net/large-passes.js";
import type { Network } from "../net/network.js";
import { changeWhole } from "../net/shared.js";
import { sumWeights, writeTargets } from "../net/write-targets.js";
import type { Objective } from "./objective.js";
import { closeSlices, type Updates } from "./update-slices.js";

/** The fit that asks (src/train/loop.ts). */
export interface Fit {
  readonly network: Network;
  readonly trainer: Updates & {
    begin(): void;
    rowsSoFar: number;
    readonly dropout: Dropout | undefined;
    measure(count: number, total: number): void;
    piece(count: number, total: number): void;
    close(total: number): number;
  };
  readonly plan: { readonly train: Dataset; readonly signal: Signal | undefined };
  /** What a class id is refused with that was written into the dataset meanwhile. */
  readonly changed: () => Error;
}

/** Parameters written at a time. */
const MOVED = 2 ** 18;

/** The loss of all rows at once and its gradient: what optimizers go by that make no mini-batches. */
export class FullBatch implements Objective {
  constructor(private readonly fit: Fit) {}

  get parameters(): Float32Array {
    return this.fit.network.parameters;
  }

  get gradient(): Float32Array {
    return this.fit.network.gradients;
  }

  move(to: Float64Array): Generator<number, void> {
    const { network } = this.fit;
    const write = (from: number, end: number) => network.parameters.set(to.subarray(from, end), from);
    return changeWhole(network, forEachSlice(to.length, write, MOVED));
  }

  *evaluate(): ReturnType<Objective["evaluate"]> {
    const { network, trainer, plan, changed } = this.fit;
    const { x, maker, y, targets, weights, rows, scale } = plan.train;
    const { rows: atATime, parameterCount, isCut } = network.layout;
    const total = weights ? sumWeights(weights, 0, rows) : rows;
    trainer.begin();
    for (let from = 0; from < rows; from += atATime) {
      if (plan.signal?.aborted) return undefined;
      const count = Math.min(atATime, rows - from);
      network.writeInputs(maker ?? x, from, count, scale);
      if (!writeTargets(network, y, targets, weights, from, count)) throw changed();
      if (isCut) yield* pieceSlices(trainer, network, count, total);
      else trainer.piece(count, total);
      yield 3 * count * parameterCount;
    }
    const loss = isCut ? yield* closeSlices(trainer, network, total) : trainer.close(total);
    return { loss, dataLoss: trainer.dataLoss / total };
  }
}
