/** The trials of a study, and the journal that they are written to before they count. */
import { askLine, type Heading, headLine, type Journal, readTrials, tellLine, toldTrial } from "./journal.js";
import type { StudyTrial, TrialOutcome, TrialReport } from "./trial.js";

/** Journals that a study writes to: two would write over each other. */
const taken = new WeakSet<Journal>();

export class TrialBook {
  readonly trials: StudyTrial[];
  /** How many trials, from the first on, have ended. */
  ended = 0;
  private readonly ending = new Set<number>();
  private writing: Promise<void> = Promise.resolve();
  private isBegun: boolean;

  /** @throws Error if the journal is that of another study, or in use */
  constructor(
    call: string,
    private readonly heading: Heading,
    private readonly journal: Journal | undefined,
  ) {
    const lines = journal?.lines ?? [];
    this.trials = readTrials(call, lines, heading);
    this.isBegun = lines.length > 0;
    if (journal && taken.has(journal)) {
      throw new Error(`${call}: the journal must be that of one study alone, got one in use. Open it again.`);
    }
    if (journal) taken.add(journal);
    this.count();
  }

  /** A trial that has not ended, and is not about to. */
  isOpen(trial: number): boolean {
    return this.trials[trial]?.state === "open" && !this.ending.has(trial);
  }

  /** Adds the next trial. */
  async begin(trial: StudyTrial): Promise<void> {
    if (!this.isBegun) await this.write(headLine(this.heading));
    this.isBegun = true;
    await this.write(askLine(trial));
    this.trials.push(trial);
  }

  /** Ends one that is open. */
  async end(trial: number, outcome: TrialOutcome, reports: readonly TrialReport[]): Promise<void> {
    this.ending.add(trial);
    try {
      await this.write(tellLine(trial, outcome, reports));
      this.trials[trial] = toldTrial(this.trials[trial], outcome, reports);
      this.count();
    } finally {
      this.ending.delete(trial);
    }
  }

  private count(): void {
    const { trials } = this;
    while (this.ended < trials.length && trials[this.ended].state !== "open") this.ended++;
  }

  /** One line after the other, in the order of the calls. */
  private write(line: string): Promise<void> {
    const { journal } = this;
    if (!journal) return this.writing;
    this.writing = this.writing.catch(() => {}).then(() => journal.append(line));
    return this.writing;
  }
}
