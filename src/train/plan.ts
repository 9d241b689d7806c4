/** The door of `fit`: its options, what it reports, and the plan that src/train/loop.ts runs. */

import type { Dataset } from "../data/dataset.js";
import { checkCallback, checkFlag, checkShare, checkWhole, show } from "../ground/check.js";
import type { Random } from "../ground/random.js";
import { forEachSlice } from "../ground/slices.js";
import { hasClasses } from "../net/activations.js";
import type { NetworkShape } from "../net/design.js";
import { checkBatchRows } from "./batches.js";
import { checkDataset, LOOKED_AT } from "./check-dataset.js";
import { checkMakesBatches, checkTrainRows } from "./epoch-batches.js";
import type { FitOptions, FitPlan } from "./fit-plan.js";
import { kindOf, type TrainingPlan } from "./optimizer-kinds.js";
import { adam } from "./optimizers.js";
import { checkHasClasses, checkTrainerOptions } from "./trainer-options.js";
import { checkEarlyStopping, checkPlateau, type Monitor, ownScores, type ScoreMonitor } from "./watch.js";

/**
 * @internal The door of `fit`.
 * @param splitSeed of the fit that goes on, if one does
 */
export function* planFit(
  shape: NetworkShape,
  random: Random,
  data: Dataset,
  options: FitOptions,
  splitSeed?: number,
): Generator<number, FitPlan> {
  const call = "fit";
  yield* checkDataset(call, "data", data, shape);
  const { validation, classWeights, optimizer = adam() } = options;
  const passes = checkPasses(call, options);
  checkBatchRows(call, "batchSize", passes.batchSize, shape);
  const watches = checkWatches(call, options, shape);
  const isBalanced = classWeights === "balanced";
  if (isBalanced) checkHasClasses(call, shape);
  const given = isBalanced ? undefined : classWeights;
  const training = checkTrainerOptions(call, { ...options, optimizer, classWeights: given }, shape);
  const kind = kindOf(training.optimizer);
  kind.check?.(call, options);
  checkMakesBatches(call, training.optimizer.name, !kind.iterations, shape);
  const held = yield* holdOut(call, shape, random, data, validation, splitSeed);
  checkTrainRows(call, held.train.rows, shape);
  const balanced = isBalanced ? yield* balance(held.train, shape) : {};
  return { ...passes, ...watches, ...held, training: { ...training, ...balanced } };
}

/** How often and how the rows pass through, and who is told and asked. */
function checkPasses(
  call: string,
  { epochs = 10, batchSize = 32, shuffle = true, onEpoch, signal }: FitOptions,
): Pick<FitPlan, "epochs" | "batchSize" | "shuffle" | "onEpoch" | "signal"> {
  checkWhole(call, "epochs", epochs, 1);
  checkWhole(call, "batchSize", batchSize, 1);
  checkFlag(call, "shuffle", shuffle);
  checkCallback(call, "onEpoch", onEpoch);
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new TypeError(`${call}: signal must be an AbortSignal, got ${show(signal)}.`);
  }
  return { epochs, batchSize, shuffle, onEpoch, signal };
}

/** What is done when a score has stopped getting better. */
function checkWatches(
  call: string,
  options: FitOptions,
  shape: NetworkShape,
): Pick<FitPlan, "earlyStopping" | "reduceOnPlateau" | "ownScores"> {
  // Only what is not there is off: null, false and 0 are refused.
  const { earlyStopping: stopping, reduceOnPlateau: plateau } = options;
  const earlyStopping = stopping === undefined ? undefined : checkEarlyStopping(call, stopping);
  const reduceOnPlateau = plateau === undefined ? undefined : checkPlateau(call, plateau);
  for (const watch of [earlyStopping, reduceOnPlateau]) checkMonitor(call, watch?.monitor, shape, options.validation);
  const own = ownScores(call, [earlyStopping?.monitor, reduceOnPlateau?.monitor]);
  return { earlyStopping, reduceOnPlateau, ownScores: own };
}

function checkMonitor(
  call: string,
  monitor: Monitor | ScoreMonitor | undefined,
  { output }: NetworkShape,
  validation: Dataset | number | undefined,
): void {
  if (monitor === undefined || monitor === "loss") return;
  if (validation === undefined) {
    throw new TypeError(
      `${call}: monitor must be "loss" without validation rows, got ${show(monitor)}. Give validation.`,
    );
  }
  if (typeof monitor === "object") return;
  if ((monitor === "accuracy") !== hasClasses(output)) {
    throw new TypeError(`${call}: monitor must be a score of a ${output} output, got ${show(monitor)}.`);
  }
}

/** Weights that give every class the same say: rows / (classes · rows of the class), as scikit-learn has it. */
function* balance(data: Dataset, shape: NetworkShape): Generator<number, Pick<TrainingPlan, "classWeights">> {
  const { y, rows, targets, weights } = data;
  const outputs = shape.sizes[shape.sizes.length - 1];
  // Of sigmoid each output's zeros and ones are classes of their own.
  const classes = shape.output === "softmax" ? outputs : 2;
  const counts = new Array<number>(shape.output === "softmax" ? outputs : 2 * outputs).fill(0);
  let total = 0;
  const count = (r: number) => {
    const weight = weights ? weights[r] : 1;
    total += weight;
    if (shape.output === "softmax" && targets === 1) counts[y[r]] += weight;
    else if (shape.output === "softmax") for (let c = 0; c < outputs; c++) counts[c] += weight * y[r * outputs + c];
    else {
      for (let c = 0; c < outputs; c++) {
        const one = weight * y[r * outputs + c];
        counts[2 * c + 1] += one;
        counts[2 * c] += weight - one;
      }
    }
  };
  yield* forEachSlice(
    rows,
    (from, to) => {
      for (let r = from; r < to; r++) count(r);
    },
    LOOKED_AT,
  );
  const present = (i: number) => {
    const first = i - (i % classes);
    return counts.slice(first, first + classes).filter((own) => own > 0).length;
  };
  return { classWeights: counts.map((own, i) => (own > 0 ? total / (present(i) * own) : 1)) };
}

function* holdOut(
  call: string,
  shape: NetworkShape,
  random: Random,
  data: Dataset,
  validation: Dataset | number | undefined,
  splitSeed: number | undefined,
): Generator<number, Pick<FitPlan, "train" | "validation" | "splitSeed">> {
  if (typeof validation === "number") {
    checkShare(call, "validation", validation);
    if (data.rows < 2)
      throw new RangeError(`${call}: data must have at least 2 rows to hold some out, got ${data.rows}.`);
    const seed = splitSeed ?? random.word();
    const classes = shape.output === "softmax" && data.targets === 1 ? data.y : undefined;
    const { train, test } = yield* data.drawSplit(validation, seed, classes);
    return { train, validation: test, splitSeed: seed };
  }
  if (validation !== undefined) yield* checkDataset(call, "validation", validation, shape);
  return { train: data, validation, splitSeed: undefined };
}
