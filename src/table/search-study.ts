/** Settles which settings a search tries, as a study does, by what others were worth. */
import { turn } from "../ground/turn.js";
import { drawPlace, isBlind, randomOf, suggest } from "../study/samplers.js";
import { type Axis, axesOf, type StudySpace, settingsAt } from "../study/space.js";
import type { StudyTrial } from "../study/trial.js";
import type { SearchSpace } from "./search-space.js";

/** Trial t is settled by trials 0 to t - PARALLEL, unless told otherwise, however many go on at once: the same settings with a pool. */
export const PARALLEL = 4;

const SAMPLER = "tpe";

/** What a `Study` is to its `ask` and `tell`, without what else it has: searches are loaded by many who have no use for that. */
export class SearchStudy {
  private readonly axes: readonly Axis[];
  private readonly trials: StudyTrial[] = [];
  /** How many trials, from the first on, have ended. */
  private ended = 0;
  private asking: Promise<unknown> = Promise.resolve();
  private goOn: () => void = () => {};
  private isOver = false;

  constructor(
    private readonly space: SearchSpace,
    private readonly seed: number,
    private readonly maximize: boolean,
    private readonly parallel = PARALLEL,
  ) {
    // Of lists numbers of their choices, which may be anything.
    const numbered = Object.entries(space).map(([name, values]) => [
      name,
      Array.isArray(values) ? values.map((_, i) => i) : values,
    ]);
    this.axes = axesOf(Object.fromEntries(numbered) as StudySpace);
  }

  /** The settings of the next trial, when those have ended that settle it; nothing once the search is over. */
  ask(): Promise<Record<string, unknown> | undefined> {
    const asked = this.asking.then(async () => {
      while (!this.isOver && !this.isReady) {
        await new Promise<void>((resolve) => {
          this.goOn = resolve;
        });
      }
      return this.isOver ? undefined : this.next();
    });
    this.asking = asked;
    return asked;
  }

  private get isReady(): boolean {
    const { length } = this.trials;
    return isBlind(SAMPLER, length) || this.ended > length - this.parallel;
  }

  private async next(): Promise<Record<string, unknown>> {
    const { axes, maximize, parallel, seed, space, trials } = this;
    const trial = trials.length;
    const random = randomOf(seed, trial);
    const known = Math.max(0, trial + 1 - parallel);
    const place = isBlind(SAMPLER, trial)
      ? drawPlace(axes, random)
      : await turn.run(suggest(axes, trials.slice(0, known), trials.slice(known), maximize, random));
    const settings = settingsAt(axes, place);
    trials.push({ trial, settings, state: "open", reports: [] });
    const values = ([name, value]: [string, unknown]) => {
      const list = space[name as keyof SearchSpace];
      return [name, Array.isArray(list) ? list[value as number] : value];
    };
    return Object.fromEntries(Object.entries(settings).map(values));
  }

  /** @param score of a trial that failed there is none */
  tell(score: number | undefined): void {
    const trial = this.trials[this.ended];
    const hasScore = Number.isFinite(score);
    this.trials[this.ended++] = {
      ...trial,
      state: hasScore ? "done" : "failed",
      ...(hasScore && { score }),
    } as StudyTrial;
    this.goOn();
  }

  /** Nobody waits any more. */
  end(): void {
    this.isOver = true;
    this.goOn();
  }
}
