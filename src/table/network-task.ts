/** The fit of one network to rows of a table, on whichever thread: features are made there, all else is given. */
import { Dataset } from "../data/dataset.js";
import type { RowMaker } from "../data/row-maker.js";
import type { Listed } from "../ground/long-list.js";
import { turn } from "../ground/turn.js";
import type { Signal } from "../ground/web.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import type { Output } from "../net/activations.js";
import type { Design } from "../net/design.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
import type { ModelState } from "../train/training-state.js";
import type { Cells } from "./columns.js";
import type { Jobs } from "./fit-pool.js";
import type { Lane } from "./in-order.js";
import type { Purpose } from "./part-rows.js";
import { roundWeights } from "./round-weights.js";

/** Rows, but for their features. */
export interface TaskRows {
  readonly rows: number;
  /** Their numbers in the table; none of others. */
  readonly rowNumbers: Uint32Array | undefined;
  /** What the network learns of them. */
  readonly y: Float32Array;
  /** What each counts, if they do not count alike. */
  readonly weights: Float32Array | undefined;
}

/** What a network is fitted to, and how. */
export interface NetworkTask {
  readonly train: TaskRows;
  /** What it is watched by, if anything. */
  readonly held: TaskRows | undefined;
  readonly options: Omit<FitOptions, "validation">;
}

/** Such a fit, for a pool: how the features are made there. */
export interface FitJob {
  readonly call: string;
  readonly lane: Lane;
  readonly net: SentNet;
  readonly task: NetworkTask;
  readonly cells: Cells;
  readonly encoder: { toJSON(): unknown };
  /** Rows that are none of the table's, if the task is watched by some. */
  readonly others: Listed<unknown> | undefined;
  readonly signal: Signal | undefined;
  /**
   * Is told of epochs in their order. `save` gives the bytes of a checkpoint of the network: of one that has gone on meanwhile, of a later epoch.
   */
  readonly onEpoch: FitOptions["onEpoch"];
}

/** What is sent of a network, and changed by what comes back: an {@link MLP} fits. */
export interface SentNet {
  readonly design: Design;
  readonly training: {
    save(call: string, resume: boolean | undefined, isInside: boolean): ModelState;
    restoreFrom(
      elsewhere: (room: (third: boolean) => readonly Float32Array[]) => Promise<ModelState | undefined>,
    ): Promise<void>;
  };
}

/** What a pool does of it. */
export interface FitsThere {
  /** Leaves the network as a fit here would. @throws what that would throw; Error if the thread ends before */
  fit(job: FitJob): Promise<void>;
}

/** Has the pool of the job's lane fit it. */
export function fitThere(job: FitJob): Promise<void> {
  return (job.lane.jobs as Jobs & FitsThere).fit(job);
}

/** What is fitted: an {@link MLP} fits. */
interface Fits<O extends Output> extends Predictor {
  fit(data: Dataset, options: FitOptions<O>): Promise<History<O>>;
  parameters(): LayerParameters[];
  setParameters(layers: readonly LayerParameters[]): void;
}

/**
 * Fits it.
 * @param features makes those of rows of the table, or of the others
 * @param afterFit is called when the fit has ended, before anything else is done to the network
 */
export async function fitTask<O extends Output>(
  net: Fits<O>,
  { train, held, options }: NetworkTask,
  features: (rowNumbers: Uint32Array | undefined, purpose: Purpose) => Promise<Float32Array | RowMaker>,
  afterFit?: () => void,
): Promise<History<O>> {
  const dataset = ({ rows, y, weights }: TaskRows, x: Float32Array | RowMaker) => Dataset.trusted(x, y, rows, weights);
  const data = dataset(train, await features(train.rowNumbers, "to train"));
  const x = held && (await features(held.rowNumbers, "to watch"));
  const validation = held && x && dataset(held, x);
  const history = await net.fit(data, { ...options, validation } as FitOptions<O>);
  afterFit?.();
  if (x && history.stopped !== "aborted") {
    await roundWeights(net, async () => turn.run(probabilitySlices(net, x)));
  }
  return history;
}
