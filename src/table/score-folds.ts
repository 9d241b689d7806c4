/** Models that are fitted to all parts of rows but one, and scored on that. */
import { foldRows, type Split } from "../data/splits.js";
import { orderSlices, Random } from "../ground/random.js";
import { meanAndDeviationSlices } from "../ground/statistics.js";
import { runThrough, turn } from "../ground/turn.js";
import type { Candidates, Settings } from "./candidates.js";
import { InOrder, type Lane, laneOf, resultsOf, tellIn } from "./in-order.js";

/** What cross-validation takes beside the options of a fit. */
export interface CrossValidationOptions<S> {
  /** How many parts the rows are split into, each of which is scored once, from 2 to the number of rows. Default: 5. */
  folds?: number;
  /** Called after each fold; awaited when it returns a promise. */
  onFold?: (fold: { fold: number; folds: number; scores: S }) => unknown;
}

/** The scores of S that are numbers. */
export type MeanScores<S> = { [K in keyof S as NonNullable<S[K]> extends number ? K : never]: number };

/** What cross-validation returns. */
export interface CrossValidation<S> {
  /** The scores of each fold, on rows its model was not trained on. */
  folds: S[];
  /** Means over the folds; of scores that some folds do not have, over the others. */
  mean: MeanScores<S>;
  /** Standard deviations over the folds. */
  deviation: MeanScores<S>;
  /** `"aborted"` if the signal ended it: then the folds are those that were done. */
  stopped: "done" | "aborted";
}

/** The cross-validation of options that were checked, and the model of its first fold. */
export async function scoreFolds<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  options: T,
  count: number,
  onFold?: CrossValidationOptions<S>["onFold"],
): Promise<{ result: CrossValidation<S>; first: M | undefined }> {
  const { seed = 0, signal } = options;
  const folds: S[] = [];
  let first: M | undefined;
  const shuffled = await turn.run(orderSlices(candidates.rows, new Random(seed)));
  const splits = await turn.run(foldRows(shuffled, count, candidates.classes));
  const outer = laneOf(options.pool);
  const scored = async ({ train, test }: Split, lane: Lane | undefined) => {
    const model = await candidates.fit({ ...options, pool: lane }, train);
    return signal?.aborted ? undefined : { model, scores: await candidates.score(model, test) };
  };
  const pieces = new InOrder(outer, (f, lane) =>
    f < splits.length && !signal?.aborted ? scored(splits[f], lane) : undefined,
  );
  for await (const fold of resultsOf(pieces)) {
    // One that went ahead may have ended before.
    if (!fold || (outer && signal?.aborted)) break;
    const { model, scores } = fold;
    folds.push(scores);
    first ??= model;
    const told = { fold: folds.length - 1, folds: count, scores };
    await tellIn(outer, () => onFold?.(told));
  }
  return { result: { folds, ...summarise(folds), stopped: folds.length === count ? "done" : "aborted" }, first };
}

function summarise<S>(folds: readonly S[]): Pick<CrossValidation<S>, "mean" | "deviation"> {
  const mean: Record<string, number> = {};
  const deviation: Record<string, number> = {};
  for (const name of Object.keys(folds[0] ?? {})) {
    const values = folds
      .map((scores) => (scores as Record<string, unknown>)[name])
      .filter((value) => typeof value === "number");
    if (values.length > 0)
      ({ mean: mean[name], deviation: deviation[name] } = runThrough(meanAndDeviationSlices(values)));
  }
  return { mean: mean as MeanScores<S>, deviation: deviation as MeanScores<S> };
}
