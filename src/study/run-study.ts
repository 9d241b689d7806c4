/** A study that asks and tells by itself: several trials at once, told in whichever order, to the same results. */
import { checkCallback, checkNumber, checkOptions, checkWhole, show } from "../ground/check.js";
import { turn } from "../ground/turn.js";
import type { Signal } from "../ground/web.js";
import type { AskedTrial, StudyTrial, TrialOutcome } from "./trial.js";

/** A trial, as its objective is given it: as it was asked for, which may go to another machine, and what ties it to its run. */
export interface RunningTrial<T> extends AskedTrial<T> {
  /** Ends when the trial is pruned, when the time is over, and when the run is ended: for the fits of the objective. */
  readonly signal: Signal;
  /** Reports what the trial is worth at a step, and returns whether it is stopped; `signal` ends then, and what the objective gives does not count. */
  readonly report: (step: number, value: number) => boolean;
}

/** Judges settings. */
export type Objective<T> = (trial: RunningTrial<T>) => number | PromiseLike<number>;

/** What a run takes: at least one of `trials`, `time` and `signal`. */
export interface RunOptions<T> {
  /** How many trials the study is to have in the end, those that it has had before too, >= 1. Default: as many as there is time for. */
  trials?: number;
  /** Seconds that it may take, > 0: a trial that they end stays open. Default: as many as it takes. */
  time?: number;
  /** Ends it: trials that go on stay open. */
  signal?: Signal;
  /** How many objectives go on at once, >= 1; no more than the study's `parallel` do. Default: 1. */
  workers?: number;
  /** Called after each trial, in the order of their numbers; awaited when it returns a promise. */
  onTrial?: (progress: { trial: StudyTrial<T>; bestTrial: StudyTrial<T> | undefined }) => unknown;
}

/** What a run returns. */
export interface StudyResult<T> {
  /** The trial of the best score, the first of equals; nothing if none is done. */
  readonly bestTrial: StudyTrial<T> | undefined;
  /** All trials of the study. */
  readonly trials: StudyTrial<T>[];
  /** `"aborted"` if the signal ended it. */
  readonly stopped: "done" | "aborted";
}

/** What a run does to a study. */
export interface Running<T> {
  readonly parallel: number;
  /** How many trials, from the first on, have ended. */
  readonly ended: () => number;
  /** The trial that would be asked for, if it may be now. */
  readonly next: () => number | undefined;
  readonly ask: () => Promise<AskedTrial<T>>;
  readonly report: (trial: number, step: number, value: number) => boolean;
  readonly tell: (trial: number, outcome: TrialOutcome) => Promise<void>;
  /** Takes back that a trial was asked for. */
  readonly leave: (trial: number) => void;
  readonly trialAt: (trial: number) => StudyTrial<T>;
  readonly trials: () => StudyTrial<T>[];
  readonly bestTrial: () => StudyTrial<T> | undefined;
}

/** Milliseconds that a timer takes at most. */
const LONGEST = 2 ** 31 - 1;

/** What a trial counts of the work between two turns of the event loop: an objective may be over at once. */
const WORK = 100_000;

/** See `Study.run`. */
export async function runStudy<T>(
  study: Running<T>,
  objective: Objective<T>,
  given: RunOptions<T>,
): Promise<StudyResult<T>> {
  const options = checkRun(objective, given);
  const { time, signal } = options;
  const ends = new AbortController();
  const end = () => ends.abort();
  const timer = time === undefined ? undefined : setTimeout(end, Math.min(LONGEST, 1000 * time));
  signal?.addEventListener("abort", end);
  const running = new Map<number, Promise<void>>();
  const reasons: unknown[] = [];
  try {
    const judge = (asked: AskedTrial<T>) => runTrial(study, asked, objective, ends.signal, reasons);
    await askAndTell(study, options, running, ends, judge);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    end();
    await Promise.allSettled(running.values());
  }
  return resultOf(study, reasons, signal);
}

/** @param running trials that go on, which are more or fewer meanwhile */
async function askAndTell<T>(
  study: Running<T>,
  { trials: count = Number.POSITIVE_INFINITY, signal, workers = 1, onTrial }: RunOptions<T>,
  running: Map<number, Promise<void>>,
  ends: AbortController,
  judge: (asked: AskedTrial<T>) => Promise<void>,
): Promise<void> {
  const mayAsk = () => {
    if (signal?.aborted) ends.abort();
    return !ends.signal.aborted && running.size < workers && (study.next() ?? count) < count;
  };
  let told = study.ended();
  let failure: { readonly error: unknown } | undefined;
  const fail = (error: unknown) => {
    failure ??= { error };
    ends.abort();
  };
  for (;;) {
    while (mayAsk()) {
      const asked = await study.ask();
      const leave = () => running.delete(asked.trial);
      running.set(asked.trial, judge(asked).catch(fail).finally(leave)); // biome-ignore format: one line
    }
    // While others were told of, all may have ended.
    if (told === study.ended()) {
      if (running.size === 0) break;
      await Promise.race(running.values());
    }
    for (; told < study.ended(); told++) {
      await onTrial?.({ trial: study.trialAt(told), bestTrial: study.bestTrial() });
    }
    if (turn.due(WORK)) await turn.give();
  }
  if (failure) throw failure.error;
}

function resultOf<T>(study: Running<T>, reasons: readonly unknown[], signal: Signal | undefined): StudyResult<T> {
  const trials = study.trials();
  const isAborted = signal?.aborted === true;
  const haveFailed = reasons.length > 0 && trials.every(({ state }) => state === "failed");
  if (haveFailed && !isAborted) throw reasons[0];
  return { bestTrial: study.bestTrial(), trials, stopped: isAborted ? "aborted" : "done" };
}

/** Has a trial judged, and tells. */
async function runTrial<T>(
  study: Running<T>,
  asked: AskedTrial<T>,
  objective: Objective<T>,
  ends: Signal,
  reasons: unknown[],
): Promise<void> {
  const { trial } = asked;
  const stop = new AbortController();
  const abort = () => stop.abort();
  ends.addEventListener("abort", abort);
  let pruned = false;
  const report = (step: number, value: number) => {
    if (study.report(trial, step, value)) pruned = true;
    if (pruned) abort();
    return pruned;
  };
  let outcome: TrialOutcome;
  try {
    outcome = outcomeOf(await objective({ ...asked, signal: stop.signal as Signal, report }));
  } catch (error) {
    if (!pruned && !ends.aborted) reasons.push(error);
    outcome = { error: error instanceof Error ? error.message : String(error) };
  } finally {
    ends.removeEventListener("abort", abort);
  }
  // What was ended on its way is worth nothing.
  if (ends.aborted) study.leave(trial);
  else await study.tell(trial, pruned ? { pruned } : outcome);
}

function outcomeOf(score: unknown): TrialOutcome {
  if (typeof score === "number" && Number.isFinite(score)) return score;
  const kind = typeof score === "number" ? RangeError : TypeError;
  throw new kind(`run: the objective must give a finite number, got ${show(score)}.`);
}

function checkRun<T>(objective: unknown, given: RunOptions<T>): RunOptions<T> {
  if (typeof objective !== "function")
    throw new TypeError(`run: the objective must be a function, got ${show(objective)}.`);
  checkOptions("run", given, ["trials", "time", "signal", "workers", "onTrial"]);
  const options = { ...(given as RunOptions<T>) };
  const { trials, time, signal, workers = 1, onTrial } = options;
  if (trials === undefined && time === undefined && signal === undefined) {
    throw new TypeError(
      "run: the options must have trials, time or signal, got none. Without an end it would go on for ever.",
    );
  }
  if (trials !== undefined) checkWhole("run", "trials", trials, 1);
  if (time !== undefined) checkNumber("run", "time", time, Number.MIN_VALUE);
  if (signal !== undefined && (typeof signal?.aborted !== "boolean" || typeof signal.addEventListener !== "function")) {
    throw new TypeError(`run: signal must be an AbortSignal, got ${show(signal)}.`);
  }
  checkWhole("run", "workers", workers, 1);
  checkCallback("run", "onTrial", onTrial);
  return options;
}
