/** Where the next trial goes: anywhere, or where good trials are dense and others are not (TPE). */
import { hashWords } from "../ground/hash.js";
import { Random } from "../ground/random.js";
import { Parzen } from "./parzen.js";
import { type Axis, placeOf } from "./space.js";
import type { StudyTrial } from "./trial.js";

/** Trials at the start that go anywhere. */
const STARTING = 10;

/** Places that are drawn, of which the likeliest to be good is taken. */
const CANDIDATES = 24;

/** Good trials are the best tenth, so many at most. */
const GOOD = 0.1;
const MOST_GOOD = 25;

/** Whether the place of a trial follows from its number alone. */
export const isBlind = (sampler: string, trial: number) => sampler === "random" || trial < STARTING;

/** A generator for each trial: what one draws moves no other. */
export function randomOf(seed: number, trial: number): Random {
  const [low, high] = [seed >>> 0, Math.floor(seed / 2 ** 32)];
  return new Random(hashWords(low, high, trial) + 2 ** 32 * (hashWords(trial, low, high) & 0x1fffff));
}

/** Any place. */
export function drawPlace(axes: readonly Axis[], random: Random): Float64Array {
  return Float64Array.from(axes, (axis) => axis.snap(axis.draw(random)));
}

/**
 * The tree-structured Parzen estimator (Bergstra et al. 2011), of all settings together (Falkner et al. 2018): of places drawn where good trials
 * are dense the one where their density is the largest multiple of the others'.
 * @param known trials whose ends are known
 * @param open trials that are under way: taken for bad ones, so that none is tried twice at once
 */
export function* suggest(
  axes: readonly Axis[],
  known: readonly StudyTrial[],
  open: readonly StudyTrial[],
  maximize: boolean,
  random: Random,
): Generator<number, Float64Array> {
  const ranked = rank(known, maximize);
  const count = Math.min(MOST_GOOD, Math.ceil(GOOD * ranked.length));
  const places = [...ranked, ...open].map(({ settings }) => placeOf(axes, settings));
  const seen = new Set(places.map((place) => place.join()));
  const [good, others] = [new Parzen(axes, places.slice(0, count)), new Parzen(axes, places.slice(count))];
  let best: Float64Array | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let c = 0; c < CANDIDATES; c++) {
    const place = good.draw(random);
    const gain = good.logDensity(place) - others.logDensity(place);
    yield places.length * axes.length * WORK;
    // What was tried gives what it gave: it is tried again only if nothing else was drawn.
    const worth = seen.has(place.join()) ? gain - SEEN : gain;
    if (worth > most) [best, most] = [place, worth];
  }
  return best as Float64Array;
}

/** Multiply-adds that a kernel's density takes for one setting. */
const WORK = 60;

/** More than densities differ by. */
const SEEN = 1e6;

/** The best first: those that were scored, then those that were pruned, the latest first, then those that failed. */
function rank(trials: readonly StudyTrial[], maximize: boolean): StudyTrial[] {
  const sign = maximize ? -1 : 1;
  const key = ({ state, score, reports }: StudyTrial): readonly number[] => {
    const { step = 0, value = 0 } = reports[reports.length - 1] ?? {};
    if (state === "done") return [0, sign * (score as number), 0];
    return state === "pruned" ? [1, -step, sign * value] : [2, 0, 0];
  };
  const keyed = trials.map((trial) => ({ trial, key: key(trial) }));
  keyed.sort(({ key: a }, { key: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
  return keyed.map(({ trial }) => trial);
}
