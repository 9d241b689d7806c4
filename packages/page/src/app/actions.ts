/** What people do on the page, and what becomes of it. */
import type { FileKind, ModelView, Reading, TaskView } from "../talk.js";
import { download } from "./download.js";
import type { EngineLink } from "./engine-link.js";
import { FIRST, type Place, type State, type Store } from "./store.js";

export interface Source {
  readonly name: string;
  readonly bytes?: Uint8Array;
  readonly text?: string;
}

/** More than this no page holds. */
const MOST_BYTES = 1_500_000_000;

export class Actions {
  constructor(
    readonly engine: EngineLink,
    private readonly store: Store,
    private readonly pageWith: (model: Uint8Array) => string,
  ) {
    engine.onEpoch = (news) => store.set({ epochs: [...store.state.epochs, news] });
  }

  get state(): State {
    return this.store.state;
  }

  go(place: Place): void {
    this.store.set({ place });
  }

  /** Reads a file of the user's, as a table or as a model. */
  async openFile(file: File): Promise<void> {
    if (file.size > MOST_BYTES)
      return this.refuse(
        "table",
        `${file.name} has ${Math.round(file.size / 1e6)} MB: too much for a page. Take a part of its rows.`,
      );
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (/\.(wasmlp|safetensors)$/i.test(file.name)) return this.openModel(bytes);
    return this.open({ name: file.name, bytes });
  }

  async open(source: Source): Promise<void> {
    const { settings } = this.state;
    this.store.set({ ...nothing(), settings, busy: "reading" });
    await this.tried("table", async () => {
      const table = await this.engine.ask("open", source);
      this.store.set({ table, busy: undefined });
      const wanted = wantedTarget();
      const target = table.columns.some(({ name }) => name === wanted) ? wanted : table.likelyTarget;
      if (target !== undefined) await this.choose(target);
      else if (table.columns.length === 1 || table.rows < 2) await this.choose(table.columns[0].name);
    });
  }

  async openModel(bytes: Uint8Array): Promise<void> {
    this.store.set({ ...nothing(), busy: "reading" });
    await this.tried("table", async () => {
      const model = await this.engine.ask("load", bytes);
      this.store.set({ model, isGiven: true, busy: undefined });
    });
  }

  close(): void {
    this.engine.ask("stop");
    this.store.set(nothing());
  }

  async choose(target: string, kind?: TaskView["kind"]): Promise<void> {
    await this.tried("task", async () => {
      const task = await this.engine.ask("task", target, kind);
      this.store.set({ task, ...unmade() });
    });
  }

  async overrule(name: string, reading: Reading | undefined): Promise<void> {
    const { [name]: _, ...others } = this.state.readings;
    const readings = reading ? { ...others, [name]: reading } : others;
    this.store.set({ readings });
    await this.tried("table", async () => {
      const table = await this.engine.ask("overrule", readings);
      this.store.set({ table, ...unmade() });
      if (this.state.task) await this.choose(this.state.task.target);
    });
  }

  set(settings: Partial<State["settings"]>): void {
    this.store.set({ settings: { ...this.state.settings, ...settings } });
  }

  async train(): Promise<void> {
    const { task, settings } = this.state;
    if (!task) return;
    keepInAddress(task, settings);
    this.store.set({ ...unmade(), busy: "training" });
    await this.tried("train", async () => {
      const model = await this.engine.ask("train", { ...settings, target: task.target, kind: task.kind });
      this.store.set({ model, busy: "judging", isPaused: false });
      this.store.set({ judgement: await this.engine.ask("judge"), busy: undefined });
      this.store.set({ importance: await this.engine.ask("importance") });
    });
  }

  pause(): void {
    const { isPaused } = this.state;
    this.engine.ask(isPaused ? "goOn" : "pause");
    this.store.set({ isPaused: !isPaused });
  }

  stop(): void {
    this.engine.ask("stop");
    this.store.set({ isPaused: false });
  }

  async answerFile(file: File): Promise<void> {
    this.store.set({ busy: "answering", answers: undefined });
    await this.tried("second", async () => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      const answers = await this.engine.ask("answers", { name: file.name, bytes });
      this.store.set({ answers: { ...answers, name: file.name }, busy: undefined });
    });
  }

  async take(kind: FileKind | "page"): Promise<void> {
    await this.tried("files", async () => {
      const file = await this.engine.ask("file", kind === "page" ? "model" : kind);
      if (kind !== "page") return download(file.name, file.content, file.type);
      download(file.name.replace(/\.\w+$/, ".html"), this.pageWith(file.content as Uint8Array), "text/html");
    });
  }

  private refuse(at: NonNullable<State["refusal"]>["at"], sentence: string): void {
    this.store.set({ refusal: { at, sentence }, busy: undefined, isPaused: false });
  }

  private async tried(at: NonNullable<State["refusal"]>["at"], action: () => Promise<void>): Promise<void> {
    if (this.state.refusal?.at === at) this.store.set({ refusal: undefined });
    try {
      await action();
    } catch (error) {
      this.refuse(at, (error as Error).message);
    }
  }
}

/** What a table before left behind. */
function nothing(): Partial<State> {
  return { ...FIRST, table: undefined, task: undefined, busy: undefined, refusal: undefined, ...unmade() };
}

function unmade(): Partial<State> {
  const model: ModelView | undefined = undefined;
  return { model, judgement: undefined, importance: undefined, answers: undefined, epochs: [], refusal: undefined };
}

/** A link to the page keeps target, seed and settings. */
function keepInAddress(task: TaskView, settings: State["settings"]): void {
  const { seed, ensemble, epochs, hidden } = settings;
  const kept = { target: task.target, seed, ensemble, epochs, hidden: hidden.join("-") };
  const said = Object.entries(kept).filter(([, value]) => value !== 0 && value !== "");
  location.replace(`#${new URLSearchParams(said.map(([name, value]) => [name, String(value)]))}`);
}

export function settingsOfAddress(): State["settings"] {
  const asked = new URLSearchParams(location.hash.slice(1));
  const whole = (name: string, other: number) => {
    const value = Number(asked.get(name) ?? other);
    return Number.isSafeInteger(value) && value >= 0 ? value : other;
  };
  const hidden = (asked.get("hidden") ?? "")
    .split("-")
    .map(Number)
    .filter((size) => Number.isInteger(size) && size > 0);
  const { settings } = FIRST;
  return {
    ...settings,
    seed: whole("seed", settings.seed),
    ensemble: whole("ensemble", 0),
    epochs: whole("epochs", 0),
    hidden,
  };
}

const wantedTarget = () => new URLSearchParams(location.hash.slice(1)).get("target") ?? undefined;
