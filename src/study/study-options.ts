/** What a study is: its options, checked, and what must be the same where one goes on. */
import { checkFlag, checkName, checkOptions, checkWhole } from "../ground/check.js";
import { checkJournal, type Heading, type Journal } from "./journal.js";
import { checkPruner, type Pruner, type PrunerOptions } from "./pruners.js";
import { type Axis, axesOf, checkStudySpace, type StudySpace } from "./space.js";

/** How settings are drawn. */
export type SamplerName = "random" | "tpe";

const SAMPLERS: readonly SamplerName[] = ["random", "tpe"];

/** What a study is. */
export interface StudyOptions<S extends StudySpace = StudySpace> {
  /** What may be tried: by name a list to choose from, of values that JSON has, or a range of numbers. */
  space: S;
  /**
   * `"random"`: anywhere in the space. `"tpe"`: after ten such trials where the best were and the others were not (tree-structured Parzen
   * estimator, Bergstra et al. 2011, of all settings together). Default: `"tpe"`.
   */
  sampler?: SamplerName;
  /** Which trials are stopped early, by what they report. Default: none is. */
  pruner?: PrunerOptions["name"] | PrunerOptions;
  /** Whether larger scores are better. Default: false. */
  maximize?: boolean;
  /** Of all that is drawn, a whole number from 0 to 2⁵³ - 1. Default: 0. */
  seed?: number;
  /**
   * How many trials may be open at once, >= 1: trial t is settled by trials 0 to t - parallel, which must have ended, whatever is known of
   * others. So results depend on it, but not on how many trials do go on at once. Default: 4.
   */
  parallel?: number;
  /** Where what happens is written down, so that a study that was ended goes on. Default: nowhere. */
  journal?: Journal;
}

const OPTIONS = ["space", "sampler", "pruner", "maximize", "seed", "parallel", "journal"];

/** Options that are complete. */
export interface StudyPlan {
  readonly space: StudySpace;
  readonly axes: readonly Axis[];
  readonly sampler: SamplerName;
  readonly pruner: Pruner | undefined;
  readonly maximize: boolean;
  readonly seed: number;
  readonly parallel: number;
  readonly journal: Journal | undefined;
  readonly heading: Heading;
}

export function checkStudy(call: string, options: StudyOptions): StudyPlan {
  checkOptions(call, options, OPTIONS);
  const { space: given, sampler = "tpe", pruner: asked, maximize = false, seed = 0, parallel = 4, journal } = options;
  const space = checkStudySpace(call, given);
  checkName(call, "sampler", sampler, SAMPLERS);
  const pruner = checkPruner(call, asked);
  checkFlag(call, "maximize", maximize);
  checkWhole(call, "seed", seed, 0);
  checkWhole(call, "parallel", parallel, 1);
  checkJournal(call, journal);
  const axes = axesOf(space);
  const sorted = Object.fromEntries(axes.map(({ name }) => [name, space[name]]));
  const heading = { space: sorted, sampler, pruner: pruner ?? null, maximize, seed, parallel };
  return { space, axes, sampler, pruner, maximize, seed, parallel, journal, heading };
}
