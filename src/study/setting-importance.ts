/** How much each setting matters: how far its values among the best trials are from its values among all. */
import { Parzen } from "./parzen.js";
import { type Axis, placeOf } from "./space.js";
import type { StudyTrial } from "./trial.js";

/** A setting, and its share of what all matter. */
export interface SettingImportance {
  readonly name: string;
  /** From 0 to 1; 1 together, or 0 each where the best trials are as all are. */
  readonly importance: number;
}

/** The part of the trials that are the best, and how many are needed to tell. */
const BEST = 0.1;
const FEWEST = 4;

/** Places of a range that densities are compared at. */
const GRID = 50;

/** PED-ANOVA (Watanabe, Bansal and Hutter 2023): the Pearson divergence of the densities, setting by setting. */
export function settingImportance(
  axes: readonly Axis[],
  trials: readonly StudyTrial[],
  maximize: boolean,
): SettingImportance[] {
  const sign = maximize ? -1 : 1;
  const done = trials.filter(({ state }) => state === "done");
  if (done.length < FEWEST) return [];
  done.sort((a, b) => sign * ((a.score as number) - (b.score as number)) || a.trial - b.trial);
  const best = done.slice(0, Math.max(2, Math.ceil(BEST * done.length)));
  const found = axes.map((axis) => {
    const density = (some: readonly StudyTrial[]) =>
      new Parzen(
        [axis],
        some.map(({ settings }) => placeOf([axis], settings)),
      );
    return { name: axis.name, divergence: divergence(axis, density(best), density(done)) };
  });
  const sum = found.reduce((total, own) => total + own.divergence, 0);
  return found
    .map(({ name, divergence: own }) => ({ name, importance: sum > 0 ? own / sum : 0 }))
    .sort((a, b) => b.importance - a.importance);
}

function divergence({ choices }: Axis, best: Parzen, all: Parzen): number {
  const places = choices > 0 ? Array.from({ length: choices }, (_, i) => i) : Array.from({ length: GRID }, middle);
  const densities = places.map((place) => {
    const at = Float64Array.of(place);
    return { own: best.density(at), whole: all.density(at) };
  });
  // Both are to sum to 1 over the grid.
  const total = (of: "own" | "whole") => densities.reduce((sum, density) => sum + density[of], 0);
  const [owns, wholes] = [total("own"), total("whole")];
  return densities.reduce((sum, { own, whole }) => {
    const share = whole / wholes;
    const gap = own / owns / share - 1;
    return sum + share * gap * gap;
  }, 0);
}

const middle = (_: unknown, i: number) => (i + 0.5) / GRID;
