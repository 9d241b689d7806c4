/** The study that a search is: it settles which settings are tried, by what others were worth. */
import { Study } from "../study/ask-tell.js";
import type { StudySpace } from "../study/space.js";
import type { SearchSpace } from "./search-space.js";

export class SearchStudy {
  private readonly study: Study;
  private asking: Promise<unknown> = Promise.resolve();
  private goOn: () => void = () => {};
  private isOver = false;

  constructor(
    private readonly space: SearchSpace,
    seed: number,
    maximize: boolean,
  ) {
    // Of lists numbers of their choices, which may be anything.
    const numbered = Object.entries(space).map(([name, values]) => [
      name,
      Array.isArray(values) ? values.map((_, i) => i) : values,
    ]);
    this.study = new Study({ space: Object.fromEntries(numbered) as StudySpace, seed, maximize });
  }

  /** The settings of the next trial, when those have ended that settle it; nothing once the search is over. */
  ask(): Promise<Record<string, unknown> | undefined> {
    const asked = this.asking.then(async () => {
      while (!this.study.isReady && !this.isOver) {
        await new Promise<void>((resolve) => {
          this.goOn = resolve;
        });
      }
      return this.isOver ? undefined : this.settingsOf((await this.study.ask()).settings);
    });
    this.asking = asked;
    return asked;
  }

  private settingsOf(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const values = ([name, value]: [string, unknown]) => {
      const list = this.space[name as keyof SearchSpace];
      return [name, Array.isArray(list) ? list[value as number] : value];
    };
    return Object.fromEntries(Object.entries(settings).map(values));
  }

  /** @param trial its number, counted from the first that was asked for */
  async tell(trial: number, score: number | undefined): Promise<void> {
    await this.study.tell(trial, Number.isFinite(score) ? (score as number) : { error: "no score" });
    this.goOn();
  }

  /** Nobody waits any more. */
  end(): void {
    this.isOver = true;
    this.goOn();
  }
}
