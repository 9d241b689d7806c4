/** The fit of one network to rows of a table, on whichever thread: features are made there, all else is given. */
import { Dataset } from "../data/dataset.js";
import type { RowMaker } from "../data/row-maker.js";
import { turn } from "../ground/turn.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import type { Output } from "../net/activations.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
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
