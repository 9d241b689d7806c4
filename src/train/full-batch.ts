/** The loss of all rows at once and its gradient: what optimizers go by that make no mini-batches. */
import { forEachSlice } from "../ground/slices.js";
import type { Network } from "../net/network.js";
import { changeWhole, isLarge } from "../net/shared.js";
import { closeSlices, pieceSlices } from "./large-updates.js";
import type { Objective } from "./optimizer-kinds.js";
import type { FitPlan } from "./plan.js";
import { changed } from "./scoring.js";
import type { Trainer } from "./trainer.js";

/** Parameters written at a time. */
const MOVED = 2 ** 18;

export class FullBatch implements Objective {
  constructor(
    private readonly network: Network,
    private readonly trainer: Trainer,
    private readonly plan: FitPlan,
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
      if (!network.writeTargets(y, from, count)) throw changed("fit", network);
      if (large) yield* pieceSlices(trainer, network, count, rows);
      else trainer.piece(count, rows);
      yield 3 * count * parameterCount;
    }
    const loss = large ? yield* closeSlices(trainer, network, rows) : trainer.close(rows);
    return { loss, dataLoss: trainer.dataLoss / rows };
  }
}
