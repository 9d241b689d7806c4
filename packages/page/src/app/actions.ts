/** What people do on the page, and what becomes of it. */
import type { EpochNews, Field, FileKind, ModelView, Reading, Source, TaskView } from "../talk.js";
import { keepInAddress, settingsOfAddress, wantedKind, wantedTarget } from "./address.js";
import { download } from "./download.js";
import type { EngineLink } from "./engine-link.js";
import { FIRST, type Place, type State, type Store } from "./store.js";

/** More than this no page holds. */
const MOST_BYTES = 1_500_000_000;
const TITLE = document.title;

/** Names of files of models. */
const MODELS = /\.(wasmlp|safetensors)$/i;
/** Epochs of a network that its curve is drawn of. */
const MOST_EPOCHS = 240;

type Part = NonNullable<State["refusal"]>["at"];
type Action = (show: (patch: Partial<State>) => void) => Promise<void>;

export class Actions {
  /** Counts what replaces what is shown: answers to what was asked before it come too late. */
  private turn = 0;
  /** Columns that are being read otherwise: a target is chosen of what comes of it. */
  private overruling: Promise<void> | undefined;
  private choosing: Promise<void> | undefined;
  /** Counts files to be answered. */
  private asked = 0;

  constructor(
    readonly engine: EngineLink,
    private readonly store: Store,
    private readonly pageWith: (model: Uint8Array, fields: readonly Field[]) => string,
  ) {
    engine.onEpoch = (news) => {
      if (store.state.busy === "training") store.set({ epochs: withNews(store.state.epochs, news) });
    };
  }

  get state(): State {
    return this.store.state;
  }

  go(place: Place): void {
    this.store.set({ place });
  }

  /** Reads a file of the user's, as a table or as a model. */
  async openFile(file: File): Promise<void> {
    if (MODELS.test(file.name)) return this.openModel(file);
    return this.open({ name: file.name, file });
  }

  /** A file that was dropped beside the places for one: where there is a model, it is to be answered. */
  drop(file: File): void {
    const { model, busy } = this.state;
    if (busy === "training") {
      const sentence = `${file.name} was not opened: networks are learning. Stop them first.`;
      this.store.set({ refusal: { at: "train", sentence } });
      return;
    }
    this.go("table");
    if (model && !MODELS.test(file.name)) this.answerFile(file);
    else this.openFile(file);
  }

  async open(source: Source): Promise<void> {
    const { settings } = this.state;
    await this.inTurn("table", { ...nothing(), settings, busy: "reading" }, async (show) => {
      const table = await this.engine.ask("open", checked(source));
      show({ table, busy: undefined });
      const wanted = wantedTarget();
      const target = table.columns.some(({ name }) => name === wanted) ? wanted : table.likelyTarget;
      if (target !== undefined) await this.chooseNow(target, target === wanted ? wantedKind() : undefined);
      else if (table.columns.length === 1 || table.rows < 2) await this.chooseNow(table.columns[0].name);
    });
  }

  /** @param fields of the form that asks it, if it is not to be made of the model alone */
  async openModel(file: Blob, fields?: readonly Field[]): Promise<void> {
    await this.inTurn("table", { ...nothing(), busy: "reading" }, async (show) => {
      const model = await this.engine.ask("load", file);
      document.title = `${model.target}: a model, wasmlp`;
      show({ model: { ...model, ...(fields && { fields }) }, isGiven: true, busy: undefined });
    });
  }

  close(): void {
    document.title = TITLE;
    this.turn++;
    this.engine.ask("stop");
    this.store.set(nothing());
  }

  async choose(target: string, kind?: TaskView["kind"]): Promise<void> {
    await this.overruling;
    return this.chooseNow(target, kind);
  }

  private async chooseNow(target: string, kind?: TaskView["kind"]): Promise<void> {
    this.choosing = this.inTurn("task", { ...unmade(), busy: "reading" }, async (show) => {
      const task = await this.engine.ask("task", target, kind);
      show({ task, busy: undefined });
    });
    await this.choosing;
  }

  async overrule(name: string, reading: Reading | undefined): Promise<void> {
    const readings = new Map(this.state.readings);
    if (reading) readings.set(name, reading);
    else readings.delete(name);
    this.overruling = this.inTurn("table", { ...unmade(), readings, busy: "reading" }, async (show) => {
      const table = await this.engine.ask("overrule", readings);
      show({ table, busy: undefined });
      const { task } = this.state;
      if (task) await this.chooseNow(task.target, task.kind);
    });
    await this.overruling;
  }

  set(settings: Partial<State["settings"]>): void {
    this.store.set({ settings: { ...this.state.settings, ...settings } });
  }

  async train(): Promise<void> {
    // Of what was chosen last.
    await this.overruling;
    await this.choosing;
    const { task, settings, busy } = this.state;
    if (!task || busy === "training") return;
    keepInAddress(task, settings);
    await this.inTurn("train", { ...unmade(), busy: "training", isPaused: false, isStopping: false }, async (show) => {
      const model = await this.engine.ask("train", { ...settings, target: task.target, kind: task.kind });
      show({ model, busy: "judging", isPaused: false, refusal: undefined });
      keepInAddress(task, settings);
      show({ judgement: await this.engine.ask("judge"), busy: undefined });
      show({ importance: await this.engine.ask("importance") });
    });
  }

  /** Another link to the page was opened in it. */
  followAddress(): void {
    const { table, task, busy } = this.state;
    // What is learned keeps its settings, and is in the address again when it has ended.
    if (busy === "training") return;
    this.set(settingsOfAddress());
    const wanted = wantedTarget();
    const isOther = wanted !== task?.target || (wantedKind() ?? task?.kind) !== task?.kind;
    if (isOther && table?.columns.some(({ name }) => name === wanted)) this.choose(wanted!, wantedKind());
  }

  pause(): void {
    const { isPaused } = this.state;
    this.engine.ask(isPaused ? "goOn" : "pause");
    this.store.set({ isPaused: !isPaused });
  }

  stop(): void {
    this.engine.ask("stop");
    this.store.set({ isPaused: false, isStopping: true });
  }

  /** What is shown of the model stays; of two files the one that was chosen last is shown. */
  async answerFile(file: File): Promise<void> {
    const asked = ++this.asked;
    this.store.set({ busy: "answering", answers: undefined });
    await this.tried("second", this.turn, async (show) => {
      const answers = await this.engine.ask("answers", checked({ name: file.name, file })).catch((error: Error) => {
        if (asked === this.asked) throw error;
      });
      if (answers && asked === this.asked) show({ answers: { ...answers, name: file.name }, busy: undefined });
    });
  }

  async take(kind: FileKind | "page"): Promise<void> {
    await this.tried("files", this.turn, async () => {
      const file = await this.engine.ask("file", kind === "page" ? "model" : kind);
      if (kind !== "page") return download(file.name, file.content, file.type);
      const page = this.pageWith(file.content as Uint8Array, this.state.model!.fields);
      download(file.name.replace(/\.\w+$/, ".html"), page, "text/html");
    });
  }

  /** Begins something whose answers take the place of what is shown. */
  private async inTurn(at: Part, patch: Partial<State>, action: Action): Promise<void> {
    this.store.set(patch);
    await this.tried(at, ++this.turn, action);
  }

  /** What is answered, or refused, after something else has begun is not shown. */
  private async tried(at: Part, turn: number, action: Action): Promise<void> {
    const show = (patch: Partial<State>) => {
      if (turn === this.turn) this.store.set(patch);
    };
    if (this.state.refusal?.at === at) show({ refusal: undefined });
    try {
      await action(show);
    } catch (error) {
      show({ refusal: { at, sentence: (error as Error).message }, busy: undefined, isPaused: false });
    }
  }
}

/** @throws what is no table for a page */
function checked(source: Source): Source {
  const { name, file } = source;
  if (!file || file.size <= MOST_BYTES) return source;
  throw new Error(`${name} has ${Math.round(file.size / 1e6)} MB: too much for a page. Take a part of its rows.`);
}

/** With one epoch more; of a network with many every second one is left out, for its curve needs no more. */
function withNews(epochs: readonly (readonly EpochNews[])[], news: EpochNews): readonly (readonly EpochNews[])[] {
  const networks = Math.max(epochs.length, news.member + 1);
  return Array.from({ length: networks }, (_, member) => {
    const own = epochs[member] ?? [];
    if (member !== news.member) return own;
    return [...(own.length < MOST_EPOCHS ? own : own.filter((_, i) => i % 2 === 0)), news];
  });
}

/** What a table before left behind. */
function nothing(): Partial<State> {
  return { ...FIRST, table: undefined, task: undefined, busy: undefined, refusal: undefined, ...unmade() };
}

function unmade(): Partial<State> {
  const model: ModelView | undefined = undefined;
  return { model, judgement: undefined, importance: undefined, answers: undefined, epochs: [], refusal: undefined };
}
