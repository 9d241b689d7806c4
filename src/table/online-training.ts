/** Learning that goes on, from call to call of `partialFit`. */
import type { Dataset } from "../data/dataset.js";
import { checkOptions, checkWhole, underName } from "../ground/check.js";
import type { TrainerOptions } from "../train/optimizer-kinds.js";
import { adam } from "../train/optimizers.js";
import type { Trainer } from "../train/trainer.js";

/** How {@link Classifier.partialFit} goes on learning. */
export interface PartialFitOptions extends Partial<Omit<TrainerOptions, "classWeights">> {
  /** Rows an update, >= 1. Default: 32. */
  batchSize?: number;
}

/** What goes on from one `partialFit` to the next. */
interface Online {
  readonly trainer: Trainer;
  readonly batchSize: number;
  readonly options: PartialFitOptions;
}

/** What it needs of a network. */
interface Trained {
  readonly parameterCount: number;
  trainer(options: TrainerOptions): Trainer;
}

/** A network whose updates can be undone. */
interface Undoable extends Trained {
  readonly training: { updateOrUndo<T>(call: string, work: Generator<number, T>): Generator<number, T> };
}

/** What goes on with the training of all networks of a model. */
export function trainingOf(members: readonly Undoable[]): MembersTraining {
  return new MembersTraining(members);
}

/** The updates of all networks of a model from new rows. */
export class MembersTraining {
  private readonly own: OnlineTraining[] = [];

  constructor(private readonly members: readonly Undoable[]) {}

  /**
   * One update after the other, one network after the other; if one of them fails, all are as they were.
   * @returns the mean loss over the rows and the networks, before each update
   */
  learn(call: string, data: Dataset, options: PartialFitOptions | undefined): Generator<number, number> {
    const { members, own } = this;
    const begin = (m: number) => members[m].training.updateOrUndo(call, learn(m));
    // Those that follow are part of each one's work: what they throw undoes it.
    function* learn(m: number): Generator<number, number> {
      own[m] ??= new OnlineTraining(members[m]);
      const loss = (yield* own[m].learn(data, options)) / members.length;
      return m + 1 < members.length ? loss + (yield* begin(m + 1)) : loss;
    }
    return begin(0);
  }
}

/** The updates of a fitted network from new rows. */
class OnlineTraining {
  private latest: Online | undefined;

  constructor(private readonly net: Trained) {}

  /**
   * One update after the other.
   * @returns the mean loss over the rows, before each update
   */
  *learn(data: Dataset, options: PartialFitOptions | undefined): Generator<number, number> {
    const { latest } = this;
    try {
      const { trainer, batchSize } = this.trainerOf(options);
      let sum = 0;
      for (const { x, y } of data.batches({ size: batchSize })) {
        sum += trainer.step(x, y) * y.length;
        yield 3 * y.length * this.net.parameterCount;
      }
      return sum / data.rows;
    } catch (error) {
      this.latest = latest;
      throw underName("partialFit", error);
    }
  }

  private trainerOf(options: PartialFitOptions | undefined): Online {
    if (!options && this.latest?.trainer.isCurrent) return this.latest;
    const given = options ?? this.latest?.options ?? {};
    checkOptions("partialFit", given, ["optimizer", "l1", "l2", "dropout", "clipNorm", "batchSize"]);
    const { batchSize = 32, optimizer = adam(), ...rest } = given;
    checkWhole("partialFit", "batchSize", batchSize, 1);
    this.latest = { trainer: this.net.trainer({ optimizer, ...rest }), batchSize, options: given };
    return this.latest;
  }
}
