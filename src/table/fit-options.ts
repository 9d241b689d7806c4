/** What the fit of a table's network is given where the options of the table's fit leave it open. */

import type { Output } from "../net/activations.js";
import type { FitOptions } from "../train/fit-plan.js";
import { adam } from "../train/optimizers.js";
import { cosineDecay, warmup } from "../train/schedules.js";
import type { TableOptions } from "./options.js";

/** What a recipe settles, which options may settle otherwise. */
type Recipe = Pick<FitOptions, "epochs" | "optimizer" | "batchSize" | "earlyStopping" | "dropout" | "l2">;

/**
 * Those of the options that the network's fit takes as they are, and what they are for tables if they are not given.
 * @param isWatched whether it is scored on rows that it is not trained on
 */
export function completeOptions<O extends Output>(
  options: TableOptions<O>,
  rows: number,
  output: keyof typeof LIMITS,
  isWatched: boolean,
): FitOptions<O> {
  const { shuffle, l1, clipNorm, reduceOnPlateau, signal } = options;
  const recipe = isWatched ? watched(options, rows) : unwatched(options, rows, output);
  const own: Recipe = {};
  // What is given counts, null too: the fit refuses it.
  for (const name of ["epochs", "optimizer", "batchSize", "earlyStopping", "dropout", "l2"] as const) {
    Object.assign(own, { [name]: options[name] === undefined ? recipe[name] : options[name] });
  }
  return { ...own, shuffle, l1, clipNorm, reduceOnPlateau, signal };
}

/** Updates that a fit makes at least. */
const LEAST_UPDATES = 1000;

/** The rate rises, then falls to nothing; of all epochs the best on the rows that are held out is kept. */
function watched({ epochs: given, batchSize: size }: TableOptions, rows: number): Recipe {
  const batchSize = rows >= 2048 ? 128 : rows >= 512 ? 64 : 32;
  const epochs = Math.max(32, Math.ceil((LEAST_UPDATES * own(size, batchSize)) / rows));
  const over = own(given, epochs);
  const learningRate = warmup({ over: 2, then: cosineDecay({ initial: 0.002, over }) });
  const optimizer = adam({ learningRate, beta2: 0.95 });
  return { epochs, optimizer, batchSize, earlyStopping: { patience: over }, dropout: { hidden: 0.2 } };
}

/** The option, if it is a count; what is none the fit refuses. */
function own(option: number | undefined, otherwise: number): number {
  return typeof option === "number" && option >= 1 && Number.isFinite(option) ? option : otherwise;
}

/**
 * How many updates a fit may make at least, and how many without a better score before it ends, where nothing is held out. Values
 * may follow from their columns exactly; labels that seem to would be overlearned.
 */
const LIMITS = {
  linear: { updates: 4000, patience: 500, relativeDelta: 0.01 },
  softmax: { updates: 1000, patience: 100 },
} as const;

/** Until the training loss has stopped getting better. Few rows make few updates an epoch: limits are counted in updates then. */
function unwatched({ batchSize: size }: TableOptions, rows: number, output: keyof typeof LIMITS): Recipe {
  const batchSize = 32;
  const updates = Math.ceil(rows / own(size, batchSize));
  const { updates: most, patience, ...exact } = LIMITS[output];
  const epochs = Math.max(200, Math.ceil(most / updates));
  const earlyStopping = { patience: Math.max(10, Math.ceil(patience / updates)), minDelta: 1e-3, ...exact };
  return { epochs, optimizer: adam({ learningRate: 3e-3 }), batchSize, earlyStopping, l2: Math.min(0.01, 1 / rows) };
}
