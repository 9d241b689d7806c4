/** The same fit on another thread, so that this one has nothing to do but answer. */
import type { Dataset } from "../data/dataset.js";
import { show } from "../ground/check.js";
import type { MLP } from "../model/mlp.js";
import type { Output } from "../net/activations.js";
import { Classifier } from "../table/classifier.js";
import type { ClassifierOptions, MultiTargetClassifierOptions } from "../table/classifier-options.js";
import type { TableRows } from "../table/given-rows.js";
import type { Label } from "../table/label.js";
import type { MultiTargetClassifier, MultiTargetRegressor } from "../table/multi-target-models.js";
import type { TableOptions } from "../table/options.js";
import { Regressor } from "../table/regressor.js";
import type { MultiTargetRegressorOptions, RegressorOptions } from "../table/regressor-options.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
import { fitNetwork } from "./fit-network.js";
import { fitTableThere } from "./fit-table-there.js";

/**
 * Trains as {@link MLP.fit} does, with the same options, progress, abort, errors and bytes, in a Web Worker or a worker
 * thread of Node. The data is copied there, piece by piece, with turns of the event loop in between: what is written into
 * its arrays before all is sent may or may not be seen, and what arrives is checked there. The model predicts as before
 * until the fit has ended.
 * @param options as those of `fit`; a learning rate that changes must be one of wasmlp's schedules, a monitor the name of a score
 * @returns the history
 * @throws as {@link MLP.fit}; TypeError for a learning rate that is any other function, or a monitor that is one; RangeError if `data.x` or `data.y` is
 * replaced before all is sent; Error if there are no threads
 * @example
 * import { fitInWorker } from "wasmlp/worker";
 * await fitInWorker(net, data, { epochs: 10, onEpoch: ({ epoch, loss }) => console.log(epoch, loss) });
 */
export async function fitInWorker<O extends Output>(
  net: MLP<O>,
  data: Dataset,
  options?: FitOptions<O>,
): Promise<History<O>>;
/**
 * Makes and trains a model as {@link Classifier.fit} does, with the same options, progress, abort, errors and bytes, in a Web
 * Worker or a worker thread of Node: reading the rows and learning their columns too. The rows are copied there, slice by
 * slice, with turns of the event loop in between: leave them as they are until the first epoch is reported. What is no array
 * (see {@link TableRows}) is read here first, in turns.
 * @param options as those of `fit`; a learning rate that changes must be one of wasmlp's schedules, a monitor the name of a score
 * @throws as {@link Classifier.fit}; TypeError for a learning rate that is any other function, or a monitor that is one; Error if there are no threads
 * @example
 * import { fitInWorker } from "wasmlp/worker";
 * const model = await fitInWorker(Classifier, passengers, { target: "survived", validation: 0.1 });
 */
export async function fitInWorker<L extends Label = Label>(
  kind: typeof Classifier,
  rows: TableRows,
  options: ClassifierOptions,
): Promise<Classifier<L>>;
/**
 * The same as {@link Regressor.fit} does it.
 * @throws as {@link Regressor.fit}; TypeError for a learning rate that is any other function, or a monitor that is one; Error if there are no threads
 * @example
 * import { fitInWorker } from "wasmlp/worker";
 * const model = await fitInWorker(Regressor, cars, { target: "mpg" });
 */
export async function fitInWorker(
  kind: typeof Regressor,
  rows: TableRows,
  options: RegressorOptions,
): Promise<Regressor>;
/** The same of several targets, as {@link Classifier.fit} does it. */
export async function fitInWorker<N extends string>(
  kind: typeof Classifier,
  rows: TableRows,
  options: MultiTargetClassifierOptions<N>,
): Promise<MultiTargetClassifier<N, Classifier>>;
/** The same of several targets, as {@link Regressor.fit} does it. */
export async function fitInWorker<N extends string>(
  kind: typeof Regressor,
  rows: TableRows,
  options: MultiTargetRegressorOptions<N>,
): Promise<MultiTargetRegressor<N, Regressor>>;
export async function fitInWorker(what: unknown, data: unknown, options?: unknown): Promise<unknown> {
  if (what === Classifier) return fitTableThere("Classifier", Classifier, data as TableRows, options as TableOptions);
  if (what === Regressor) return fitTableThere("Regressor", Regressor, data as TableRows, options as TableOptions);
  if ((what as MLP | undefined)?.training) {
    return fitNetwork(what as MLP, data as Dataset, options === undefined ? {} : (options as FitOptions));
  }
  throw new TypeError(`fitInWorker: the first argument must be an MLP, Classifier or Regressor, got ${show(what)}.`);
}
