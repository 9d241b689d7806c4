/** Jobs of a pool as letters, and what their answers mean here. */
import type { ShuffleJob } from "../table/fit-pool.js";
import type { FitJob, TaskRows } from "../table/network-task.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import type { NumberOf, Thing } from "./kept-things.js";
import { type Letter, mapState, type TaskQuestion } from "./messages.js";
import { type Packed, pack, packRate, refuseScores } from "./packed.js";
import { Outbox } from "./pieces.js";

/** What a job needs to be there. */
export const thingsOf = ({ cells, others }: FitJob): Thing[] => (others ? [cells, others] : [cells]);

/** @throws TypeError for a learning rate or a monitor that cannot travel */
export function letterOfFit(job: FitJob, numberOf: NumberOf, isAborted: () => boolean): Letter {
  const { call, net, task, cells, others, encoder, onEpoch } = job;
  const outbox = new Outbox();
  const { resume } = task.options;
  const state = net.training.save("fit", resume, true);
  const model = mapState<Float32Array, number>(resume ? state : { ...state, history: undefined }, (array) =>
    outbox.add(array),
  );
  const rowsOf = ({ rows, rowNumbers, y, weights }: TaskRows) => ({
    rows,
    rowNumbers: rowNumbers && outbox.add(rowNumbers),
    y: outbox.add(y),
    weights: weights && outbox.add(weights),
  });
  const question: Omit<TaskQuestion, "isAborted"> = {
    kind: "task",
    call,
    model: { design: net.design, ...model },
    cells: numberOf(cells),
    others: others && numberOf(others),
    encoder: encoder.toJSON(),
    train: rowsOf(task.train),
    held: task.held && rowsOf(task.held),
    options: packOptions(job),
    reports: typeof onEpoch === "function",
  };
  return {
    call,
    pieces: outbox.pieces(call),
    get question() {
      return { ...question, isAborted: isAborted() };
    },
    check: () => {},
  };
}

function packOptions({ call, task: { options }, onEpoch, signal }: FitJob): Packed {
  const { optimizer, signal: _, ...rest } = options;
  if (typeof optimizer?.learningRate === "function") packRate(call, optimizer.learningRate);
  refuseScores(call, options);
  return pack({
    ...rest,
    ...(optimizer !== undefined && { optimizer }),
    // What is no function and no signal is refused by the fit, in its words.
    ...(onEpoch !== undefined && typeof onEpoch !== "function" && { onEpoch }),
    ...(signal !== undefined && typeof signal?.aborted !== "boolean" && { signal }),
  });
}

export function letterOfShuffle({ table, column, order }: ShuffleJob, numberOf: NumberOf): Letter {
  const outbox = new Outbox();
  const { start, width } = column;
  const question = {
    kind: "shuffle",
    table: numberOf(table),
    column: { start, width },
    order: outbox.add(order),
  } as const;
  return { call: "importance", pieces: outbox.pieces("importance"), question, check: () => {} };
}

type Save = () => Promise<Uint8Array<ArrayBuffer>>;

/** What is told of epochs, some of which the thread has left behind: then a checkpoint is of the next one that it comes to, or of its last. */
export class Reports {
  private readonly waiting: { resolve(bytes: Uint8Array<ArrayBuffer>): void; reject(error: Error): void }[] = [];
  private last: Uint8Array<ArrayBuffer> | undefined;
  /** Saves the epoch at whose end the thread waits. */
  private live: Save | undefined;
  private isOver = false;

  constructor(private readonly onEpoch: FitOptions["onEpoch"]) {}

  /** Is told of an epoch while the thread waits. */
  async tell(report: EpochReport, save: Save): Promise<void> {
    this.live = save;
    try {
      if (this.waiting.length > 0) await this.serve(save);
      await this.onEpoch?.(report, this.save);
    } finally {
      this.live = undefined;
    }
  }

  private async serve(save: Save): Promise<void> {
    const bytes = await save();
    for (const { resolve } of this.waiting.splice(0)) resolve(bytes);
  }

  private readonly save: Save = () => {
    if (this.live) return this.live();
    if (this.last) return Promise.resolve(this.last);
    if (this.isOver) return Promise.reject(noSave());
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }));
  };

  /** There will be no more. @param last a checkpoint as of the last epoch, if the fit has come to its end */
  end(last: Uint8Array<ArrayBuffer> | undefined): void {
    this.isOver = true;
    this.last = last;
    for (const { resolve, reject } of this.waiting.splice(0)) {
      if (last) resolve(last);
      else reject(noSave());
    }
  }
}

function noSave(): Error {
  return new Error("save: the fit on the pool must go on, got its end. Call save inside onEpoch, and await it there.");
}
