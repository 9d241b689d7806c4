/** What each column added to the answer to one row. Loaded when it is first asked for. */
import { checkOptions, checkWhole, own, show } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { forEachSlice } from "../ground/slices.js";
import { argmax } from "../ground/statistics.js";
import { probabilitySlices } from "../model/answer-slices.js";
import { type AskedModel, answerReader, chooseSome, encodeSome, hasLabels } from "./asked-model.js";
import type { Column } from "./columns.js";
import type { Label } from "./label.js";
import { exactShares, type Game, sampledShares } from "./shapley.js";

/** How an answer is explained. */
export interface ExplainOptions {
  /**
   * Rows that the row is compared with, such as those of the fit; they need no targets. Of more than 100 there are 100 used, at equal
   * distances, beginning with the first.
   */
  background: readonly object[];
  /**
   * How many orders of the columns are drawn, each beside its reverse, for rows of the background that differ from the row in more
   * than ten columns: shared evenly among the rows of the background, and rounded up to as many for each, two at least. Default: 1000.
   */
  samples?: number;
  /** A whole number >= 0: the same seed draws the same orders. Default: 0. */
  seed?: number;
}

/** How an answer of a Classifier with labels L is explained. */
export interface LabelExplainOptions<L extends Label = Label> extends ExplainOptions {
  /** The label whose probability is explained. Default: the one that is predicted, or of several a row the most probable. */
  label?: L;
}

/** What one column added to an answer. */
export interface ColumnShare {
  readonly name: string;
  /** What the row holds there; undefined if it holds nothing. */
  readonly value: unknown;
  /** By how much the answer is higher for that value than for those of the background: the column's Shapley value. */
  readonly mean: number;
  /** The standard error of `mean`; 0 where it is exact, as it is if no row of the background differs in more than ten columns. */
  readonly error: number;
}

/** What an answer of a Regressor is made of, in the target's unit: `base` and what each column added are together `answer`. */
export interface Explanation {
  /** The mean answer to the rows of the background. */
  readonly base: number;
  /** The answer to the row. */
  readonly answer: number;
  /** The columns that are read, those that added or took most first. */
  readonly columns: readonly ColumnShare[];
}

/** What the probability of a label is made of: `base` and what each column added are together `answer`. */
export interface LabelExplanation<L extends Label = Label> extends Explanation {
  readonly label: L;
}

const MOST_BACKGROUND = 100;

/** Of so many columns all sets of them are asked for: at most 1022 rows for each of the background. */
const MOST_EXACT = 10;

/** Rows asked for at once, and numbers in them. */
const ASKED = 256;
const ASKED_NUMBERS = 2 ** 18;

/** Of these, rows written between two looks at the clock. */
const MIXED = 16;

/**
 * Shares the difference between the answer to a row and the mean answer to the background among the columns, the features of a column
 * moving together: the Shapley values of the game in which a set of columns wins the mean answer to rows of the background that have
 * the row's values in these columns (Štrumbelj and Kononenko 2014; Lundberg and Lee 2017). The game is the mean of one game for each
 * row of the background, in which columns that do not differ win nothing, so its shares are the means of theirs.
 */
export function* explainSlices(
  model: AskedModel,
  row: object,
  options: LabelExplainOptions,
): Generator<number, Explanation | LabelExplanation> {
  const call = "explain";
  const { encoder, ensemble, targetEncoder } = model;
  const asked = checkExplain(call, targetEncoder, options);
  const from = `${call}, background`;
  const background = yield* encodeSome(from, encoder, yield* chooseSome(from, options.background, MOST_BACKGROUND));
  const features = encoder.encodeOne(call, row, new Float32Array(encoder.width));
  const answers = yield* probabilitySlices(ensemble, features);
  const id = asked ?? argmax(answers, 0, answers.length);
  const read = answerReader(targetEncoder);
  const question: Question = { ensemble, features, read: (answered, r) => read(answered, r, id) };
  const columns = encoder.columns.filter(({ width }) => width > 0);
  const { base, shares, variances } = yield* shareAnswer(question, read(answers, 0, id), columns, background, options);
  const found = columns.map(({ name }, c) => {
    return { name, value: own(row, name), mean: shares[c], error: Math.sqrt(variances[c]) };
  });
  // Sorting is stable: columns that add alike stay in the order of their names.
  found.sort((a, b) => Math.abs(b.mean) - Math.abs(a.mean));
  const explanation = { base, answer: question.read(answers, 0), columns: found };
  return hasLabels(targetEncoder) ? { label: targetEncoder.labels[id], ...explanation } : explanation;
}

/** Refuses options that are none; returns the class id of the label that is asked for, if one is. */
function checkExplain(
  call: string,
  targetEncoder: AskedModel["targetEncoder"],
  options: LabelExplainOptions,
): number | undefined {
  const areLabels = hasLabels(targetEncoder);
  checkOptions(call, options, ["background", "samples", "seed", ...(areLabels ? ["label"] : [])]);
  const { samples = 1000, seed = 0, label } = options;
  checkWhole(call, "samples", samples, 1);
  checkWhole(call, "seed", seed, 0);
  if (!areLabels || label === undefined) return areLabels ? undefined : 0;
  const { labels } = targetEncoder;
  const id = labels.indexOf(label);
  if (id >= 0) return id;
  const message = `${call}: label must be among ${show([...labels])}, got ${show(label)}.`;
  throw new (labels.some((known) => typeof known === typeof label) ? RangeError : TypeError)(message);
}

/** What is asked about one row. */
interface Question {
  readonly ensemble: AskedModel["ensemble"];
  readonly features: Float32Array;
  /** The answer to row `r`. */
  read(answers: Float32Array, r: number): number;
}

interface Shared {
  readonly base: number;
  /** By column, and the variance of each as an estimate. */
  readonly shares: Float64Array;
  readonly variances: Float64Array;
}

function* shareAnswer(
  question: Question,
  full: number,
  columns: readonly Column[],
  background: Float32Array,
  { samples = 1000, seed = 0 }: LabelExplainOptions,
): Generator<number, Shared> {
  const { ensemble, features, read } = question;
  const { length: width } = features;
  const count = background.length / width;
  const answers = yield* probabilitySlices(ensemble, background);
  const random = new Random(seed);
  const pairs = Math.max(2, Math.ceil(samples / count));
  const [shares, variances] = [new Float64Array(columns.length), new Float64Array(columns.length)];
  let sum = 0;
  for (let r = 0; r < count; r++) {
    const other = background.subarray(r * width, (r + 1) * width);
    const places = [...columns.keys()].filter((c) => differs(columns[c], features, other));
    const moved = places.map((c) => columns[c]);
    const worth: Game["worth"] = (asked, has) => answerMixtures(question, other, moved, asked, has);
    const game = { players: moved.length, empty: read(answers, r), full, worth };
    const own = yield* shareGame(game, pairs, random);
    sum += game.empty;
    for (const [i, c] of places.entries()) {
      shares[c] += own.shares[i] / count;
      variances[c] += (own.variances?.[i] ?? 0) / count / count;
    }
  }
  return { base: sum / count, shares, variances };
}

function* shareGame(game: Game, pairs: number, random: Random) {
  if (game.players > MOST_EXACT) return yield* sampledShares(game, pairs, random);
  return { shares: yield* exactShares(game), variances: undefined };
}

function differs({ start, width }: Column, features: Float32Array, other: Float32Array): boolean {
  for (let i = start; i < start + width; i++) if (features[i] !== other[i]) return true;
  return false;
}

/** The answers to rows that are `other` but for the columns that `has` says, which are those of the row in question. */
function* answerMixtures(
  { ensemble, features, read }: Question,
  other: Float32Array,
  columns: readonly Column[],
  count: number,
  has: (i: number, c: number) => boolean,
): Generator<number, Float64Array> {
  const { length: width } = other;
  const size = Math.max(1, Math.min(ASKED, count, Math.floor(ASKED_NUMBERS / width)));
  const values = new Float64Array(count);
  const x = new Float32Array(size * width);
  const mix = (i: number, base: number) => {
    x.set(other, base);
    for (let c = 0; c < columns.length; c++) {
      if (!has(i, c)) continue;
      const { start, width: own } = columns[c];
      for (let f = start; f < start + own; f++) x[base + f] = features[f];
    }
  };
  for (let from = 0; from < count; from += size) {
    const asked = Math.min(size, count - from);
    const write = (begin: number, end: number) => {
      for (let i = begin; i < end; i++) mix(from + i, i * width);
    };
    // Many columns take long to write, too.
    yield* forEachSlice(asked, write, MIXED);
    const answers = yield* probabilitySlices(ensemble, x.subarray(0, asked * width));
    for (let i = 0; i < asked; i++) values[from + i] = read(answers, i);
  }
  return values;
}
