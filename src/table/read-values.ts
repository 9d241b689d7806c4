/** The values of a table that is learned from: read, and the forms that a network may learn them in. */
import { checkName, show } from "../ground/check.js";
import { LongList } from "../ground/long-list.js";
import { log } from "../ground/math.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { meanOver, square, standardisationSlices } from "../ground/statistics.js";
import type { Form } from "./forms.js";
import { targetForm } from "./infer-kind.js";
import { pickWeights } from "./row-weights.js";
import type { TableSource } from "./table-source.js";
import { readTargets, type TargetCells } from "./target-encoder.js";
import { checkLoss, type KeptLoss, type RegressorLoss } from "./target-loss.js";
import { readValue, TargetScaler, type Transform } from "./target-scaler.js";

/**
 * Reads the values of the rows: finite numbers, or text that is one, all written in one form.
 * @throws TypeError on other targets
 */
export function* readValues(
  call: string,
  rows: TableSource,
  target: string,
  markers: ReadonlySet<string>,
  options: { readonly transform?: Transform; readonly loss?: RegressorLoss } = {},
): Generator<number, TargetCells<TargetScaler>> {
  const { transform = "auto" } = options;
  checkName(call, "transform", transform, ["auto", "log", "none"]);
  const loss = checkLoss(call, options.loss);
  if (loss === "poisson" && transform === "log") {
    throw new RangeError(
      `${call}: transform must be "none" or "auto" for loss: "poisson", which learns logarithms of means as it is, got "log".`,
    );
  }
  const values = new LongList<unknown>();
  const keep = (value: unknown) => {
    values.push(value);
    return 0;
  };
  yield* readTargets(call, rows, target, markers, keep);
  const { form, guess } = yield* targetForm(call, target, values);
  const reading = { target, form, loss, markers };
  const targets = yield* fillSlices(new Float64Array(rows.length), (r) => readValue(call, reading, values.at(r), r));
  return {
    targets,
    guess,
    *learn(rowNumbers, all) {
      const known = yield* fillSlices(new Float64Array(rowNumbers.length), (i) => targets[rowNumbers[i]]);
      const own: Known = { call, target, values: known, weights: yield* pickWeights(all, rowNumbers), form, loss };
      if (loss === "poisson") return [yield* learnCounts(own)];
      const plain = transform === "log" ? [] : [yield* learnPlain(own)];
      // Which form has the likelier targets is a question of normal errors.
      const isNone = transform === "none" || (transform === "auto" && loss !== undefined);
      const logs = isNone ? undefined : yield* learnLogs(own, transform);
      return logs ? [...plain, logs] : plain;
    },
  };
}

/** The targets that a model may see. */
interface Known {
  readonly call: string;
  readonly target: string;
  readonly values: Float64Array;
  /** What each counts, if they do not count alike. */
  readonly weights: Float64Array | undefined;
  readonly form: Form | undefined;
  readonly loss: KeptLoss;
}

/** Counts are divided by their mean: what is learned is 1 in the mean, and 0 stays 0. */
function* learnCounts({ target, values, weights, form, loss }: Known): Generator<number, TargetScaler> {
  const mean = yield* meanOver(values.length, (i) => values[i], weights);
  return new TargetScaler(target, 0, mean > 0 ? mean : 1, form, undefined, loss);
}

/** Mean and standard deviation over rows, not rows - 1. */
function* learnPlain({ target, values, weights, form, loss }: Known): Generator<number, TargetScaler> {
  const { mean, deviation } = yield* standardisationSlices(values, weights);
  return new TargetScaler(target, mean, deviation, form, undefined, loss);
}

/** Amounts so much skewed at least are tried as logarithms: those of an exponential distribution are by 2. */
const SKEWED = 1;

/**
 * @returns undefined if it is for the fit to choose, and logarithms are not worth a try
 * @throws RangeError if they are asked for and there are none
 */
function* learnLogs(
  { call, target, values, weights, form, loss }: Known,
  transform: Transform,
): Generator<number, TargetScaler | undefined> {
  const { mean, deviation } = yield* standardisationSlices(values, weights);
  let [least, positive, cubes, total] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  yield* forEachSlice(values.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > 0 && value < positive) positive = value;
      const weight = weights ? weights[i] : 1;
      cubes += weight * (square((value - mean) / deviation) * ((value - mean) / deviation));
      total += weight;
    }
  });
  const hasLogs = least >= 0 && positive < Number.POSITIVE_INFINITY;
  if (transform === "log" && !hasLogs) {
    const must = least < 0 ? ">= 0" : "above 0 in a row at least";
    throw new RangeError(
      `${call}: target ${show(target)} must be ${must} for transform: "log", got ${least}. Pass "none".`,
    );
  }
  if (!hasLogs || (transform === "auto" && !(cubes / total > SKEWED))) return undefined;
  const offset = least > 0 ? 0 : positive;
  const logs = yield* fillSlices(new Float64Array(values.length), (i) => log(values[i] + offset));
  const own = yield* standardisationSlices(logs, weights);
  return new TargetScaler(target, own.mean, own.deviation, form, { offset, least, factor: 1 }, loss);
}
