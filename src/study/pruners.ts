/** Which trials are stopped early: by what earlier trials were worth at the same step, so that it is settled when a trial begins. */
import { checkName, checkOptions, checkWhole, isWalkable, show } from "../ground/check.js";
import { copyOf } from "../ground/copy.js";
import { power } from "../ground/math.js";
import type { AskedTrial, StudyTrial, TrialLimit, TrialReport } from "./trial.js";

/** A pruner by its name with its options. */
export interface PrunerOptions {
  /**
   * `"median"`: a trial stops where its best value so far is worse than the median of earlier trials at that step (Golovin et al. 2017).
   * `"asha"`: at steps `least`, `least · eta`, `least · eta²`, ... only those among the best 1/eta of all earlier ones go on (Li et al. 2020).
   */
  name: "median" | "asha";
  /** The first step that a trial may be stopped at, >= 1. Default: 1. */
  least?: number;
  /** Of how many trials one goes on at each rung of `"asha"`, >= 2. Default: 4. */
  eta?: number;
  /** How many earlier trials `"median"` needs at a step, >= 1. Default: 5. */
  trials?: number;
}

/** One whose options are complete. */
export type Pruner = Readonly<Required<PrunerOptions>>;

const NAMES = ["median", "asha"] as const;

export function checkPruner(call: string, given: unknown): Pruner | undefined {
  if (given === undefined) return undefined;
  if (typeof given === "string" || typeof given !== "object" || given === null) {
    checkName(call, "pruner", given, NAMES);
    return complete({ name: given });
  }
  checkOptions(call, given, ["name", "least", "eta", "trials"], "pruner");
  const pruner = complete(given as PrunerOptions);
  checkName(call, "pruner.name", pruner.name, NAMES);
  checkWhole(call, "pruner.least", pruner.least, 1);
  checkWhole(call, "pruner.eta", pruner.eta, 2);
  checkWhole(call, "pruner.trials", pruner.trials, 1);
  return pruner;
}

function complete({ name, least = 1, eta = 4, trials = 5 }: PrunerOptions): Pruner {
  return { name, least, eta, trials };
}

/** What a trial must reach where. @param earlier trials that were told, all that may be known of when it begins */
export function limitsOf(pruner: Pruner, earlier: readonly StudyTrial[], maximize: boolean): TrialLimit[] {
  return pruner.name === "asha" ? rungLimits(pruner, earlier, maximize) : medianLimits(pruner, earlier, maximize);
}

const inOrder = (maximize: boolean) => (a: number, b: number) => (maximize ? b - a : a - b);

function rungLimits({ least, eta }: Pruner, earlier: readonly StudyTrial[], maximize: boolean): TrialLimit[] {
  const limits: TrialLimit[] = [];
  for (let rung = 0; ; rung++) {
    const step = least * power(eta, rung);
    const values = earlier.flatMap(({ reports }) => reports.find((report) => report.step >= step)?.value ?? []);
    if (values.length === 0) return limits;
    // Of all and this one the best 1/eta, one at least: it goes on if it is no worse than the last of those without it.
    const most = Math.max(1, Math.floor((values.length + 1) / eta));
    values.sort(inOrder(maximize));
    limits.push({ step, value: values[Math.min(most, values.length) - 1] });
  }
}

function medianLimits({ least, trials }: Pruner, earlier: readonly StudyTrial[], maximize: boolean): TrialLimit[] {
  const byStep = new Map<number, number[]>();
  for (const { reports, state } of earlier) {
    if (state !== "done") continue;
    for (const { step, value } of reports) {
      const values = byStep.get(step);
      if (values) values.push(value);
      else if (step >= least) byStep.set(step, [value]);
    }
  }
  const known = [...byStep].filter(([, values]) => values.length >= trials).sort(([a], [b]) => a - b);
  return known.map(([step, values]) => ({ step, value: median(values.sort(inOrder(maximize))) }));
}

function median(sorted: readonly number[]): number {
  const { length } = sorted;
  return (sorted[(length - 1) >> 1] + sorted[length >> 1]) / 2;
}

const arePairs = (list: unknown): boolean =>
  isWalkable(list) &&
  list.every((own) => {
    const { step, value } = Object(own) as Partial<TrialReport>;
    return Number.isFinite(step) && Number.isFinite(value);
  });

/**
 * Says whether a trial is to be stopped, by what it was asked with and has reported: what `study.report` says, for those who
 * run it elsewhere. It depends on nothing else.
 * @param reports of the trial, in the order of their steps, up to now
 * @throws TypeError if they are none
 * @example
 * import { isPruned, Study } from "wasmlp/study";
 * const study = new Study({ space: { rate: { low: 0, high: 1 } }, pruner: "asha" });
 * isPruned(await study.ask(), [{ step: 1, value: 0.5 }]); // false
 */
export function isPruned(
  asked: Pick<AskedTrial, "limits" | "pruner" | "maximize">,
  reports: readonly TrialReport[],
): boolean {
  const [{ limits, pruner, maximize }, told] = copyOf([Object(asked), reports], 4) as [AskedTrial, TrialReport[]];
  if (!arePairs(limits)) throw new TypeError(`isPruned: asked must be what ask gave, got ${show(asked)}.`);
  if (!arePairs(told)) throw new TypeError(`isPruned: reports must be a list of step and value, got ${show(reports)}.`);
  const last = told[told.length - 1];
  if (!last) return false;
  const before = told.length > 1 ? told[told.length - 2].step : Number.NEGATIVE_INFINITY;
  const isWorse = (value: number, than: number) => (maximize ? value < than : value > than);
  if (pruner === "asha") {
    // A report may come later than its rung.
    return limits.some(({ step, value }) => before < step && step <= last.step && isWorse(last.value, value));
  }
  const limit = limits.find(({ step }) => step === last.step);
  return limit !== undefined && told.every(({ value }) => isWorse(value, limit.value));
}
