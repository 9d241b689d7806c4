/** A fit that can be paused, gone on with, and stopped. */
import {
  Classifier,
  type ClassifierOptions,
  type EpochReport,
  type MemberEpoch,
  Regressor,
  type RegressorOptions,
  type TableOptions,
} from "wasmlp";
import type { EpochNews, Readings, TrainSettings } from "../talk.js";
import type { Split } from "./split.js";

export type Model = Classifier<string> | Regressor;

/** What steers a fit that runs. */
export class Run {
  private readonly ending = new AbortController();
  private going: Promise<void> | undefined;
  private goOn_: (() => void) | undefined;

  constructor(private readonly tell: (news: EpochNews) => void) {}

  pause(): void {
    if (this.going) return;
    this.going = new Promise((resolve) => {
      this.goOn_ = resolve;
    });
  }

  goOn(): void {
    this.goOn_?.();
    this.going = undefined;
  }

  stop(): void {
    this.ending.abort();
    this.goOn();
  }

  get isStopped(): boolean {
    return this.ending.signal.aborted;
  }

  /** Fits as `Classifier.fit` and `Regressor.fit` of the library do, on the rows of a split. */
  fit(split: Split, settings: TrainSettings, readings: Readings): Promise<Model> {
    const { seed, ensemble, hidden, epochs } = settings;
    const columns = Object.fromEntries([...readings].filter(([name]) => name !== split.target));
    const options: TableOptions = {
      target: split.target,
      seed,
      columns,
      ...(ensemble > 0 && { ensemble }),
      ...(hidden.length > 0 && { hidden: [...hidden] }),
      ...(epochs > 0 && { epochs }),
      signal: this.ending.signal,
      onEpoch: (report) => this.onEpoch(report),
    };
    return split.kind === "labels"
      ? Classifier.fit<string>(split.columns, options as ClassifierOptions)
      : Regressor.fit(split.columns, options as RegressorOptions);
  }

  /** The fit waits for what is returned: that is how it pauses. */
  private onEpoch({ member, members, epoch, epochs, loss, validation }: MemberEpoch): Promise<void> | undefined {
    const scores = validation as (EpochReport["validation"] & { accuracy?: number; r2?: number }) | undefined;
    const score = scores?.accuracy ?? scores?.r2;
    const held = scores && { heldLoss: scores.loss };
    this.tell({ member, members, epoch, epochs, loss, ...held, ...(score !== undefined && { score }) });
    return this.going;
  }
}
