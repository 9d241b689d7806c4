/** What the fit of a table's network is given where the options of the table's fit leave it open. */

import type { Output } from "../net/activations.js";
import type { FitOptions } from "../train/fit-plan.js";
import { adamw } from "../train/more-optimizers.js";
import { adam } from "../train/optimizers.js";
import { cosineDecay, warmup } from "../train/schedules.js";

/** Options of a table's fit, as far as they are of its networks' fits. */
type Given = Omit<FitOptions, "validation" | "classWeights" | "resume" | "onEpoch"> & {
  readonly learningRate?: number;
  readonly weightDecay?: number;
};

/** What a recipe settles, which options may settle otherwise. */
type Recipe = Pick<FitOptions, "epochs" | "optimizer" | "batchSize" | "earlyStopping" | "dropout" | "l2">;

/**
 * Those of the options that the network's fit takes as they are, and what they are for tables if they are not given.
 * @param rows that it is trained on
 * @param isWatched whether it is scored on rows that it is not trained on
 * @param counted what the rows count together, if they do not count alike
 */
export function completeOptions<O extends Output>(
  options: Given,
  rows: number,
  hiddenLayers: number,
  output: keyof typeof LIMITS,
  isWatched: boolean,
  counted = rows,
): FitOptions<O> {
  const { shuffle, l1, clipNorm, reduceOnPlateau, signal } = options;
  const recipe = isWatched ? watched(options, rows, hiddenLayers) : unwatched(options, rows, output, counted);
  const own: Recipe = {};
  // What is given counts, null too: the fit refuses it.
  for (const name of ["epochs", "optimizer", "batchSize", "earlyStopping", "dropout", "l2"] as const) {
    Object.assign(own, { [name]: options[name] === undefined ? recipe[name] : options[name] });
  }
  // That of the recipe has it already.
  if (options.optimizer && options.learningRate !== undefined) {
    own.optimizer = { ...options.optimizer, learningRate: options.learningRate } as Recipe["optimizer"];
  }
  return { ...own, shuffle, l1, clipNorm, reduceOnPlateau, signal };
}

/** Updates that all epochs together make at least. */
const LEAST_UPDATES = 600;

/** Part of the units that are left out, in each update. */
const DROPOUT = 0.2;

/** Of one hidden layer or none, and of several. */
const ONE = { most: 128, epochs: 32, rate: 0.003, decay: 1 };
const SEVERAL = { most: 256, epochs: 40, rate: 0.004, decay: 0.1 };

/** Of fewer rows batches are small, and weights decay less. */
const MANY_ROWS = 1500;
const FEW = { batch: 32, decay: 0.3 };

/** From so many updates on weights decay the less the more there are: together as much. */
const DECAYING = 1000;

/** The rate rises, then falls to nothing; of all epochs the best on the rows that are held out is kept. */
function watched(options: Given, rows: number, hiddenLayers: number): Recipe {
  const { epochs: given, batchSize: size } = options;
  const { most, ...recipe } = hiddenLayers > 1 ? SEVERAL : ONE;
  const rate: number = options.learningRate ?? recipe.rate;
  const batchSize = rows >= MANY_ROWS ? most : FEW.batch;
  const updates = Math.ceil(rows / own(size, batchSize));
  const epochs = Math.max(recipe.epochs, Math.ceil(LEAST_UPDATES / updates));
  const over = own(given, epochs);
  const decay: number = options.weightDecay ?? (rows >= MANY_ROWS ? recipe.decay : Math.min(FEW.decay, recipe.decay));
  const weightDecay = decay * Math.min(1, DECAYING / (over * updates));
  const learningRate = warmup({ over: 2, then: cosineDecay({ initial: rate, over }) });
  const optimizer = adamw({ learningRate, beta2: 0.95, weightDecay });
  // Without hidden layers there is nothing to leave out.
  const left = hiddenLayers > 0 ? { dropout: { hidden: DROPOUT } } : {};
  return { epochs, optimizer, batchSize, earlyStopping: { patience: over }, ...left };
}

/** The option, if it is a count; what is none the fit refuses. */
function own(option: number | undefined, otherwise: number): number {
  return typeof option === "number" && option >= 1 && Number.isFinite(option) ? option : otherwise;
}

/**
 * How many updates a fit may make at least, and how many without a better score before it ends, where nothing is held out. Values
 * may follow from their columns exactly; labels and counts that seem to would be overlearned.
 */
const LIMITS = {
  linear: { updates: 4000, patience: 500, relativeDelta: 0.01 },
  softmax: { updates: 1000, patience: 100 },
  exponential: { updates: 1000, patience: 100 },
  sigmoid: { updates: 1000, patience: 100 },
} as const;

/** Until the training loss has stopped getting better. Few rows make few updates an epoch: limits are counted in updates then. */
function unwatched(options: Given, rows: number, output: keyof typeof LIMITS, counted: number): Recipe {
  const { batchSize: size, learningRate = 3e-3, weightDecay } = options;
  const batchSize = 32;
  const updates = Math.ceil(rows / own(size, batchSize));
  const { updates: most, patience, ...exact } = LIMITS[output];
  const epochs = Math.max(200, Math.ceil(most / updates));
  const earlyStopping = { patience: Math.max(10, Math.ceil(patience / updates)), minDelta: 1e-3, ...exact };
  const optimizer = weightDecay === undefined ? adam({ learningRate }) : adamw({ learningRate, weightDecay });
  return { epochs, optimizer, batchSize, earlyStopping, l2: Math.min(0.01, 1 / counted) };
}
