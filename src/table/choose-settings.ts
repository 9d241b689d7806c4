/** What a fit finds out by its first network alone: how wide networks are to be, and in which form values are best learned. */
import { log } from "../ground/math.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { meanAndDeviationSlices, meanOver, square, sumOver } from "../ground/statistics.js";
import { turn } from "../ground/turn.js";
import type { HeldAnswers } from "./settle.js";
import { judgeLabelSets } from "./settle-label-sets.js";
import type { TargetEncoder } from "./target-encoder.js";
import { MOST_IN_TIME } from "./time-budget.js";

/** Sizes of hidden layers: those that most tables are learned best by, and those for tables that tell much. */
export const NARROW = [128];
const WIDE = [256, 128];

/**
 * Of few rows answers vary most and networks cost least: there are more of them then, each of so many hidden units. Of more features
 * there are no more than elsewhere: files and fits would be large for what they are of.
 */
const FEW = { rows: 1500, hidden: [256], members: 8, features: 200 };

/**
 * Wide ones are tried where narrow ones leave no more than this share of what a constant answer leaves, and rows are not few; a larger one where
 * features are few, which makes the trial cheap.
 */
const MUCH = 0.1;
const CHEAP = { features: 200, much: 0.3 };

/**
 * They are taken where they leave so much less than narrow ones, for they take several times as long, and by so many standard errors of
 * the difference.
 */
const BETTER = 0.8;
const SURE = 2;

/** What is settled before the first of the networks is fitted. */
export interface Settings<E extends TargetEncoder> {
  readonly hidden: readonly number[];
  readonly targetEncoder: E;
}

/** Sizes of hidden layers for a table of so many rows. */
export const sizesFor = (rows: number) => (rows < FEW.rows ? FEW.hidden : NARROW);

/**
 * How many networks are fitted at most: where the options do not say it, of wide ones, each of which takes as long as several, fewer, and
 * of few rows more.
 * @param features of a row
 */
export function countMembers(
  given: { readonly ensemble?: number; readonly hidden?: readonly number[]; readonly time?: number },
  { hidden }: { readonly hidden: readonly number[] },
  features: number,
): number {
  if (given.time !== undefined) return given.ensemble ?? MOST_IN_TIME;
  if (given.ensemble !== undefined) return given.ensemble;
  if (given.hidden !== undefined) return 4;
  if (hidden.length === WIDE.length) return 2;
  return hidden[0] === FEW.hidden[0] && features <= FEW.features ? FEW.members : 4;
}

/** A first network N that was fitted, and its answers to the rows that it is watched by. */
export interface Flown<N> {
  readonly net: N;
  readonly held: HeldAnswers;
}

/** How good it is. */
interface Pilot<E extends TargetEncoder, N> extends Settings<E> {
  readonly net: N;
  /** The mean negative log-likelihood of the held-out targets, whatever form they are learned in. */
  readonly loss: number;
  /** Of each row, which part of what a constant answer leaves in the mean it leaves. */
  readonly left: Float64Array;
  /** Its mean. */
  readonly share: number;
  /** What each row counts, if they do not count alike. */
  readonly weights?: ArrayLike<number> | undefined;
}

/**
 * Fits first networks of a few kinds and takes the kind of the best on rows that were held out. Nothing is tried where there is
 * nothing to choose.
 * @param given sizes of hidden layers, if the options say them
 * @param table how many rows there are, and features a row
 * @param targetEncoders forms to learn targets in, the plain one first
 * @param fly fits one
 * @param signal whether to go on with the best so far
 * @returns the network too, which is the first of the model's if it is fitted the same way
 */
export async function chooseSettings<E extends TargetEncoder, N>(
  given: readonly number[] | undefined,
  { rows, features }: { readonly rows: number; readonly features: number },
  targetEncoders: readonly E[],
  fly: (settings: Settings<E>) => Promise<Flown<N>>,
  signal: { readonly aborted: boolean } | undefined,
): Promise<Settings<E> & { net?: N }> {
  const plain = { hidden: given ?? sizesFor(rows), targetEncoder: targetEncoders[0] };
  const isOpen = given === undefined || targetEncoders.length > 1;
  if (!isOpen || signal?.aborted) return plain;
  const judged = async (settings: Settings<E>): Promise<Pilot<E, N>> => {
    const { net, held } = await fly(settings);
    return { ...settings, net, ...(await turn.run(judge(settings.targetEncoder, held))) };
  };
  let best = await judged(plain);
  for (const targetEncoder of targetEncoders.slice(1)) {
    if (signal?.aborted) return best;
    const other = await judged({ ...plain, targetEncoder });
    // One that was cut off is not fitted again.
    if (other.loss < best.loss && !signal?.aborted) best = other;
  }
  const much = features <= CHEAP.features ? CHEAP.much : MUCH;
  if (given !== undefined || best.share > much || rows < FEW.rows || signal?.aborted) return best;
  const wide = await judged({ hidden: WIDE, targetEncoder: best.targetEncoder });
  return (await turn.run(isBetter(wide, best))) && !signal?.aborted ? wide : best;
}

const meanOf = (values: Float64Array, weights?: ArrayLike<number>) =>
  meanOver(values.length, (i) => values[i], weights);

/** Whether one leaves less than the other of the same rows, and not by chance. */
function* isBetter(one: Judgement, other: Judgement): Generator<number, boolean> {
  const { left, weights } = one;
  const gains = yield* fillSlices(new Float64Array(left.length), (r) => other.left[r] - left[r]);
  const { mean, deviation } = yield* meanAndDeviationSlices(gains, weights);
  const count = weights ? yield* sumOver(left.length, (r) => weights[r]) : left.length;
  return mean > (SURE * deviation) / Math.sqrt(count) && one.share < BETTER * other.share;
}

type Judgement = Pick<Pilot<TargetEncoder, unknown>, "loss" | "left" | "share" | "weights">;

function* judge(targetEncoder: TargetEncoder, held: HeldAnswers): Generator<number, Judgement> {
  if (targetEncoder.output === "sigmoid") {
    const { losses, entropy } = yield* judgeLabelSets(targetEncoder, held);
    return yield* judgement(losses, yield* meanOf(losses, held.weights), entropy, held.weights);
  }
  return yield* targetEncoder.output === "softmax" ? judgeLabels(held) : judgeValues(targetEncoder, held);
}

/** The smallest probability whose logarithm counts. */
const LEAST = 1e-15;

function* judgeLabels({ targets, answers, weights }: HeldAnswers): Generator<number, Judgement> {
  const rows = targets.length;
  const classes = answers.length / rows;
  const counts = new Float64Array(classes);
  yield* forEachSlice(rows, (from, to) => {
    for (let r = from; r < to; r++) counts[targets[r]] += weights ? weights[r] : 1;
  });
  const total = weights ? counts.reduce((sum, count) => sum + count, 0) : rows;
  const entropy = counts.reduce((sum, count) => sum - (count > 0 ? (count / total) * log(count / total) : 0), 0);
  const lossOf = (r: number) => -log(Math.max(LEAST, answers[r * classes + targets[r]]));
  const losses = yield* fillSlices(new Float64Array(rows), lossOf);
  return yield* judgement(losses, yield* meanOf(losses, weights), entropy, weights);
}

/** Losses, their mean in the target's own unit, and what a constant answer leaves. */
function* judgement(
  losses: Float64Array,
  loss: number,
  constant: number,
  weights: ArrayLike<number> | undefined,
): Generator<number, Judgement> {
  const left = yield* fillSlices(losses, (r) => (constant > 0 ? losses[r] / constant : 1));
  return { loss, left, share: yield* meanOf(left, weights), weights };
}

/** Normal errors in the form that is learned, their density in the target's own unit; of other losses than squares these. */
function* judgeValues(
  targetEncoder: TargetEncoder,
  { targets, answers, weights }: HeldAnswers,
): Generator<number, Judgement> {
  const learned = yield* targetEncoder.encode(targets);
  if (targetEncoder.judge) {
    const { losses, constant } = yield* targetEncoder.judge(learned, answers, weights);
    return yield* judgement(losses, yield* meanOf(losses, weights), constant, weights);
  }
  const squares = yield* fillSlices(new Float64Array(learned.length), (r) => square(learned[r] - answers[r]));
  const { deviation } = yield* meanAndDeviationSlices(learned, weights);
  const stretch = targetEncoder.stretch ? yield* targetEncoder.stretch(targets, weights) : 0;
  const loss = 0.5 * log(Math.max(LEAST, yield* meanOf(squares, weights))) + stretch;
  return yield* judgement(squares, loss, square(deviation), weights);
}
