/** All that the page shows, in one place. */
import type {
  Answers,
  EpochNews,
  Importance,
  Judgement,
  ModelView,
  Reading,
  TableView,
  TaskView,
  TrainSettings,
} from "../talk.js";

export type Place = "table" | "play";

export interface State {
  readonly place: Place;
  /** What is being done that takes a while. */
  readonly busy?: "reading" | "training" | "judging" | "answering";
  /** A sentence for the part of the page that it is about. */
  readonly refusal?: { readonly at: "table" | "task" | "train" | "second" | "files"; readonly sentence: string };
  readonly table?: TableView;
  readonly readings: ReadonlyMap<string, Reading>;
  readonly task?: TaskView;
  readonly settings: Omit<TrainSettings, "target" | "kind">;
  /** By network, of the fit that runs or has run. */
  readonly epochs: readonly (readonly EpochNews[])[];
  readonly isPaused: boolean;
  /** Whether the fit was told to stop, and has not ended yet. */
  readonly isStopping: boolean;
  readonly model?: ModelView;
  /** Whether the model came with the page or from a file: then there are no rows that it was made of. */
  readonly isGiven: boolean;
  readonly judgement?: Judgement;
  readonly importance?: readonly Importance[];
  readonly answers?: Answers & { readonly name: string };
}

export const FIRST: State = {
  place: "table",
  readings: new Map(),
  settings: { seed: 1, ensemble: 0, hidden: [], epochs: 0, held: 0.2 },
  epochs: [],
  isPaused: false,
  isStopping: false,
  isGiven: false,
};

/** Holds the state; whoever draws it is told once a frame. */
export class Store {
  private isAsked = false;

  constructor(
    public state: State,
    private readonly draw: () => void,
  ) {}

  set(patch: Partial<State>): void {
    this.state = { ...this.state, ...patch };
    if (this.isAsked) return;
    this.isAsked = true;
    requestAnimationFrame(() => {
      this.isAsked = false;
      this.draw();
    });
  }
}
