/** A study: settings asked for, trials told of, and what they say together. */
import { checkNumber, checkWhole, show } from "../ground/check.js";
import { turn } from "../ground/turn.js";
import { isPruned, limitsOf } from "./pruners.js";
import { type Objective, type Running, type RunOptions, runStudy, type StudyResult } from "./run-study.js";
import { drawPlace, isBlind, randomOf, suggest } from "./samplers.js";
import { type SettingImportance, settingImportance } from "./setting-importance.js";
import { type SettingsOf, type StudySpace, settingsAt } from "./space.js";
import { checkStudy, type StudyOptions, type StudyPlan } from "./study-options.js";
import type { AskedTrial, StudyTrial, TrialOutcome, TrialReport } from "./trial.js";
import { TrialBook } from "./trial-book.js";

/**
 * A search by asking and telling: `ask` gives settings, `tell` takes what they were worth; `run` does both. The same seed and the same scores
 * give the same trials, however many go on at once and in whichever order they end.
 * @example
 * import { Study } from "wasmlp/study";
 * const study = new Study({ space: { x: { low: -5, high: 5 } }, seed: 1 });
 * const { bestTrial } = await study.run(({ settings }) => Math.abs(settings.x - 2), { trials: 40 });
 * Number(bestTrial?.score) < 0.5; // true
 */
export class Study<const S extends StudySpace = StudySpace> {
  /** A copy of the space. */
  readonly space: S;
  /** Whether larger scores are better. */
  readonly maximize: boolean;
  /** How many trials may be open at once. */
  readonly parallel: number;
  private readonly plan: StudyPlan;
  private readonly book: TrialBook;
  /** Open trials that were given out here, and their reports. */
  private readonly asked = new Map<number, { readonly asked: AskedTrial; readonly reports: TrialReport[] }>();
  private asking: Promise<unknown> = Promise.resolve();

  /**
   * @throws TypeError, RangeError on options outside their domain; Error if the journal is that of another study
   */
  constructor(options: StudyOptions<S>) {
    const call = "new Study";
    const plan = checkStudy(call, options as StudyOptions);
    this.plan = plan;
    this.space = plan.space as S;
    this.maximize = plan.maximize;
    this.parallel = plan.parallel;
    this.book = new TrialBook(call, plan.heading, plan.journal);
  }

  /** Copies of all trials, those that are open too, in their order. */
  get trials(): StudyTrial<SettingsOf<S>>[] {
    return this.book.trials.map((trial) => this.copy(trial));
  }

  /** The trial of the best score, the first of equals; nothing before one is done. */
  get bestTrial(): StudyTrial<SettingsOf<S>> | undefined {
    let best: StudyTrial | undefined;
    for (const trial of this.book.trials) {
      if (trial.state !== "done") continue;
      const [score, most] = [trial.score as number, best?.score as number];
      if (!best || (this.maximize ? score > most : score < most)) best = trial;
    }
    return best && this.copy(best);
  }

  /** Whether `ask` has a trial to give now: if not, open ones must be told first. */
  get isReady(): boolean {
    return this.waiting() !== undefined || this.isSettled(this.book.trials.length);
  }

  /**
   * Gives the settings of the next trial: first those of trials that were open when the journal was opened, in their order.
   * @throws Error if trials that it is settled by have not ended, see {@link StudyOptions.parallel}; what the journal throws
   * @example
   * const study = new Study({ space: { hidden: [[16], [64, 32]], rate: { low: 1e-4, high: 0.1, log: true } } });
   * const { trial, settings } = await study.ask();
   * await study.tell(trial, 0.25); // what the settings were worth
   */
  ask(): Promise<AskedTrial<SettingsOf<S>>> {
    // The settings of a trial depend on those before.
    const asked = this.asking.then(() => this.askNext());
    this.asking = asked.catch(() => {});
    return asked as Promise<AskedTrial<SettingsOf<S>>>;
  }

  private async askNext(): Promise<AskedTrial> {
    const { book, plan } = this;
    const { axes, maximize, pruner } = plan;
    const again = this.waiting();
    const number = again ?? book.trials.length;
    if (!this.isSettled(number)) throw this.tooMany(number);
    const known = book.trials.slice(0, Math.max(0, number + 1 - this.parallel));
    if (again === undefined) {
      const settings = settingsAt(axes, await this.place(number, known));
      await book.begin({ trial: number, settings, state: "open", reports: [] });
    }
    const { settings } = this.copy(book.trials[number]);
    const limits = pruner ? limitsOf(pruner, known, maximize) : [];
    const asked = { trial: number, settings, limits, pruner: pruner?.name ?? ("none" as const), maximize };
    this.asked.set(number, { asked, reports: [] });
    return { ...asked, limits: [...limits] };
  }

  private async place(number: number, known: readonly StudyTrial[]): Promise<Float64Array> {
    const { axes, maximize, sampler, seed } = this.plan;
    const random = randomOf(seed, number);
    if (isBlind(sampler, number) || known.length === 0) return drawPlace(axes, random);
    return turn.run(suggest(axes, known, this.book.trials.slice(known.length, number), maximize, random));
  }

  /** An open trial that nobody here was given. */
  private waiting(): number | undefined {
    const { book } = this;
    for (let t = book.ended; t < book.trials.length; t++) if (book.isOpen(t) && !this.asked.has(t)) return t;
    return undefined;
  }

  /** Whether all has ended that a trial is settled by. */
  private isSettled(trial: number): boolean {
    return this.book.ended >= trial + 1 - this.parallel || (!this.plan.pruner && isBlind(this.plan.sampler, trial));
  }

  private tooMany(trial: number): Error {
    const open = this.book.trials.filter(({ state }) => state === "open").map((own) => own.trial);
    const last = trial - this.parallel;
    return new Error(
      `ask: trials 0 to ${last} must have ended before trial ${trial}, got ${show(open)} open. Tell them, or wait for isReady.`,
    );
  }

  /**
   * Takes what an open trial reports of itself on its way, such as the validation loss of an epoch.
   * @param trial its number
   * @param step a whole number >= 0, larger than that of its report before
   * @param value finite
   * @returns whether the pruner stops it: then tell `{ pruned: true }`
   * @throws Error if the trial was not asked for here, or has ended
   * @example
   * const study = new Study({ space: { x: { low: 0, high: 1 } }, pruner: "asha" });
   * const { trial } = await study.ask();
   * study.report(trial, 1, 0.5); // false
   */
  report(trial: number, step: number, value: number): boolean {
    checkWhole("report", "trial", trial, 0);
    checkWhole("report", "step", step, 0);
    checkNumber("report", "value", value);
    const open = this.asked.get(trial);
    if (!open || !this.book.isOpen(trial)) throw this.notOpen("report", trial);
    const { reports, asked } = open;
    const last = reports[reports.length - 1]?.step ?? -1;
    if (step <= last) {
      throw new RangeError(`report: step must be above ${last}, the last of trial ${trial}, got ${step}.`);
    }
    reports.push({ step, value });
    return isPruned(asked, reports);
  }

  /**
   * Says how an open trial ended. One that a journal tells of may be told without having been asked for again.
   * @param trial its number
   * @param outcome its score, finite; or `{ error }`, why it failed; or `{ pruned: true }` if it was stopped after reports
   * @throws Error if there is no such trial, or it has ended; what the journal throws: then it is still open
   * @example
   * const study = new Study({ space: { x: { low: 0, high: 1 } }, seed: 1 });
   * const [a, b] = [await study.ask(), await study.ask()];
   * await study.tell(b.trial, 0.5);
   * await study.tell(a.trial, { error: "the loss became NaN" });
   * study.bestTrial?.trial; // 1
   */
  async tell(trial: number, outcome: TrialOutcome): Promise<void> {
    const { book } = this;
    checkWhole("tell", "trial", trial, 0);
    const checked = checkOutcome(outcome);
    if (!book.isOpen(trial)) throw this.notOpen("tell", trial);
    const reports = this.asked.get(trial)?.reports.slice() ?? [];
    if (typeof checked === "object" && "pruned" in checked && reports.length === 0) {
      throw new RangeError(`tell: a trial that is pruned must have reports, got none of trial ${trial}.`);
    }
    await book.end(trial, checked, reports);
    this.asked.delete(trial);
  }

  private notOpen(call: string, trial: number): Error {
    const { trials } = this.book;
    const state = trials[trial]?.state;
    const known = state === "open" ? "one that nobody asked for here, or that is being told" : `one that is ${state}`;
    return new Error(
      `${call}: trial must be the number of an open trial, got ${trial}, ${state ? known : `of ${trials.length} trials`}.`,
    );
  }

  /**
   * Says how much each setting matters for being among the best tenth of the trials, the most important first: how far the best ones'
   * values are from all values' (PED-ANOVA, Watanabe et al. 2023). Shares of 1 together; none before there are four trials that are done.
   * @example
   * const study = new Study({ space: { a: { low: 0, high: 1 }, b: { low: 0, high: 1 } }, seed: 1 });
   * await study.run(({ settings: { a, b } }) => a + b / 100, { trials: 40 });
   * study.importance()[0].name; // "a"
   */
  importance(): SettingImportance[] {
    return settingImportance(this.plan.axes, this.book.trials, this.maximize);
  }

  /**
   * Asks, has the objective judge the settings, and tells, until the study has so many trials or the time is over. A trial whose objective throws,
   * or gives what is no finite number, has failed, and the others go on. What is open when it is ended stays open, and is begun again by the next run.
   * @param objective gives the score, or a promise of it
   * @throws what the objective threw first if every trial of the study failed; what a callback or the journal throws
   * @example
   * const study = new Study({ space: { hidden: [[8], [16]], learningRate: { low: 1e-3, high: 0.1, log: true } }, pruner: "asha" });
   * await study.run(
   *   async ({ settings, signal, report }) => {
   *     const net = await MLP.create({ layers: [64, ...settings.hidden, 10], seed: 1 });
   *     const optimizer = adam({ learningRate: settings.learningRate });
   *     const onEpoch = (e: { epoch: number; validation?: { loss: number } }) => report(e.epoch, e.validation?.loss ?? 0);
   *     await net.fit(data, { epochs: 4, optimizer, validation: 0.2, signal, onEpoch });
   *     return net.evaluate(data).loss;
   *   },
   *   { trials: 6 },
   * );
   */
  run(objective: Objective<SettingsOf<S>>, options: RunOptions<SettingsOf<S>>): Promise<StudyResult<SettingsOf<S>>> {
    const { book, parallel } = this;
    const next = () => (this.isReady ? (this.waiting() ?? book.trials.length) : undefined);
    const running: Running<SettingsOf<S>> = {
      ...{ parallel, next, ended: () => book.ended, trials: () => this.trials, bestTrial: () => this.bestTrial },
      ask: () => this.ask(),
      tell: (trial, outcome) => this.tell(trial, outcome),
      report: (trial, step, value) => this.report(trial, step, value),
      leave: (trial) => this.asked.delete(trial),
      trialAt: (trial) => this.copy(book.trials[trial]),
    };
    return runStudy(running, objective, options);
  }

  private copy(trial: StudyTrial): StudyTrial<SettingsOf<S>> {
    return JSON.parse(JSON.stringify(trial));
  }
}

function checkOutcome(outcome: unknown): TrialOutcome {
  if (typeof outcome === "number") {
    checkNumber("tell", "the score", outcome);
    return outcome + 0;
  }
  const { error, pruned } = (Object(outcome) as { error?: unknown; pruned?: unknown }) ?? {};
  if (typeof error === "string") return { error };
  if (pruned === true) return { pruned };
  throw new TypeError(`tell: the outcome must be a score, { error: "why" } or { pruned: true }, got ${show(outcome)}.`);
}
