/** What a fit finds out by its first network alone: how wide networks are to be, and in which form values are best learned. */
import { log } from "../ground/math.js";
import { runThrough } from "../ground/slices.js";
import { meanAndDeviationSlices, square } from "../ground/statistics.js";
import type { HeldAnswers } from "./settle.js";
import { judgeLabelSets } from "./settle-label-sets.js";
import type { TargetEncoder } from "./target-encoder.js";

/** Sizes of hidden layers: those that most tables are learned best by, and those for tables that tell much. */
export const NARROW = [128];
const WIDE = [256, 128];

/** Wide ones are tried where narrow ones leave no more than this share of what a constant answer leaves, and rows are enough. */
const MUCH = 0.1;
const LEAST_ROWS = 1000;

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

/** How many networks are fitted where the options do not say it: of wide ones, each of which takes as long as several, fewer. */
export function countMembers(
  given: { readonly ensemble?: number; readonly hidden?: readonly number[] },
  { hidden }: { readonly hidden: readonly number[] },
): number {
  const isWide = given.hidden === undefined && hidden.length === WIDE.length;
  return given.ensemble ?? (isWide ? 2 : 4);
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
}

/**
 * Fits first networks of a few kinds and takes the kind of the best on rows that were held out. Nothing is tried where there is
 * nothing to choose.
 * @param given sizes of hidden layers, if the options say them
 * @param rows that there are
 * @param targetEncoders forms to learn targets in, the plain one first
 * @param fly fits one
 * @param signal whether to go on with the best so far
 * @returns the network too, which is the first of the model's if it is fitted the same way
 */
export async function chooseSettings<E extends TargetEncoder, N>(
  given: readonly number[] | undefined,
  rows: number,
  targetEncoders: readonly E[],
  fly: (settings: Settings<E>) => Promise<Flown<N>>,
  signal: { readonly aborted: boolean } | undefined,
): Promise<Settings<E> & { net?: N }> {
  const plain = { hidden: given ?? NARROW, targetEncoder: targetEncoders[0] };
  const isOpen = given === undefined || targetEncoders.length > 1;
  if (!isOpen || signal?.aborted) return plain;
  const judged = async (settings: Settings<E>): Promise<Pilot<E, N>> => {
    const { net, held } = await fly(settings);
    return { ...settings, net, ...judge(settings.targetEncoder, held) };
  };
  let best = await judged(plain);
  for (const targetEncoder of targetEncoders.slice(1)) {
    if (signal?.aborted) return best;
    const other = await judged({ ...plain, targetEncoder });
    if (other.loss < best.loss) best = other;
  }
  if (given !== undefined || meanOf(best.left) > MUCH || rows < LEAST_ROWS || signal?.aborted) return best;
  const wide = await judged({ hidden: WIDE, targetEncoder: best.targetEncoder });
  return isBetter(wide.left, best.left) && !signal?.aborted ? wide : best;
}

const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Whether one leaves less than the other of the same rows, and not by chance. */
function isBetter(left: Float64Array, than: Float64Array): boolean {
  const gain = runThrough(meanAndDeviationSlices(left.map((own, r) => than[r] - own)));
  const isSure = gain.mean > (SURE * gain.deviation) / Math.sqrt(left.length);
  return isSure && meanOf(left) < BETTER * meanOf(than);
}

type Judgement = Pick<Pilot<TargetEncoder, unknown>, "loss" | "left">;

function judge(targetEncoder: TargetEncoder, held: HeldAnswers): Judgement {
  if (targetEncoder.output === "sigmoid") {
    const { losses, entropy } = runThrough(judgeLabelSets(targetEncoder, held));
    return { loss: meanOf(losses), left: losses.map((loss) => (entropy > 0 ? loss / entropy : 1)) };
  }
  return targetEncoder.output === "softmax" ? judgeLabels(held) : judgeValues(targetEncoder, held);
}

/** The smallest probability whose logarithm counts. */
const LEAST = 1e-15;

function judgeLabels({ targets, answers }: HeldAnswers): Judgement {
  const rows = targets.length;
  const classes = answers.length / rows;
  const counts = new Float64Array(classes);
  for (const id of targets) counts[id]++;
  const entropy = counts.reduce((sum, count) => sum - (count > 0 ? (count / rows) * log(count / rows) : 0), 0);
  const losses = targets.map((id, r) => -log(Math.max(LEAST, answers[r * classes + id])));
  return { loss: meanOf(losses), left: losses.map((loss) => (entropy > 0 ? loss / entropy : 1)) };
}

/** Normal errors in the form that is learned, their density in the target's own unit. */
function judgeValues(targetEncoder: TargetEncoder, { targets, answers }: HeldAnswers): Judgement {
  const learned = runThrough(targetEncoder.encode(targets));
  const squares = Float64Array.from(learned, (value, r) => square(value - answers[r]));
  const { deviation } = runThrough(meanAndDeviationSlices(learned));
  const stretch = targetEncoder.stretch?.(targets) ?? 0;
  const left = squares.map((own) => (deviation > 0 ? own / square(deviation) : 1));
  return { loss: 0.5 * log(Math.max(LEAST, meanOf(squares))) + stretch, left };
}
