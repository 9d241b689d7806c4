/** The models of a folder: loaded when they are first asked for, anew when their file changes, dropped when others need the room. */
import { Refusal } from "../ground/refusal.js";
import { type LoadedModel, loadModel } from "./loaded-model.js";
import { type ModelFile, ModelFiles } from "./model-files.js";
import { dropLeastUsed, Slot } from "./slot.js";

/** How a {@link Repository} keeps its models. */
export interface RepositoryOptions {
  /** Bytes that loaded models may take, estimated: the least recently used are dropped beyond. Default: 512 MiB. */
  memory?: number;
  /** Milliseconds after which a model that is asked for has its file looked at again. Default: 1000. */
  refresh?: number;
  /** Is told of a file that cannot be loaded; the model loaded before goes on answering. */
  onFailure?: (error: Error) => void;
}

/** A model of the index. */
export interface IndexEntry {
  readonly name: string;
  readonly version?: string;
  readonly state: "READY" | "UNAVAILABLE";
  /** Why it is not ready; empty if it is. */
  readonly reason: string;
}

const keyOf = (name: string, version: string | undefined) => (version === undefined ? name : `${name}/${version}`);

/** The models of a folder. */
export class Repository {
  private readonly slots = new Map<string, Slot>();
  /** Names that are not to answer until they are loaded again. */
  private readonly unloaded = new Set<string>();
  private readonly memory: number;
  private readonly refresh: number;
  private readonly onFailure: (error: Error) => void;
  private uses = 0;
  /** The only model, when it was looked for. */
  private single: { readonly name?: string; readonly checked: number } = { checked: 0 };

  private constructor(
    private readonly files: ModelFiles,
    { memory = 512 * 2 ** 20, refresh = 1000, onFailure = () => {} }: RepositoryOptions,
  ) {
    this.memory = memory;
    this.refresh = refresh;
    this.onFailure = onFailure;
  }

  /**
   * Opens a folder of models, `NAME.model` and `NAME/VERSION.model`, or one file. Nothing is loaded yet.
   * @throws Error of the file system if nothing is there
   */
  static async open(path: string, options: RepositoryOptions = {}): Promise<Repository> {
    return new Repository(await ModelFiles.open(path), options);
  }

  /**
   * The model of a name, of its largest version where none is asked for: at once if it is loaded and its file was looked at lately.
   * @throws Refusal if there is none (404), or none that can be loaded (503)
   */
  get(name: string, version?: string): LoadedModel | Promise<LoadedModel> {
    const slot = this.slots.get(keyOf(name, version));
    if (slot?.current) {
      slot.used = ++this.uses;
      // Whoever looks waits; all others are answered by what is there meanwhile.
      if (slot.isChecking || performance.now() - slot.checked < this.refresh) return slot.current;
    }
    return this.look(name, version);
  }

  private async look(name: string, version: string | undefined): Promise<LoadedModel> {
    if (this.unloaded.has(name))
      throw new Refusal(503, `the model ${JSON.stringify(name)} must be loaded, got one that was unloaded.`);
    const key = keyOf(name, version);
    const slot = this.slots.get(key) ?? new Slot(name);
    this.slots.set(key, slot);
    slot.used = ++this.uses;
    const before = slot.current;
    try {
      await slot.alone(() => this.check(slot, version));
    } catch (error) {
      // The file is gone, or cannot be looked at.
      if (!slot.current || (error as Refusal).statusCode === 404) this.slots.delete(key);
      if (!slot.current || error instanceof Refusal) throw error;
      this.onFailure(error as Error);
    }
    if (slot.current !== before) dropLeastUsed(this.slots, slot, this.memory);
    return slot.current as LoadedModel;
  }

  /** Loads the slot's model if its file is another than was loaded, or none was. */
  private async check(slot: Slot, version: string | undefined): Promise<void> {
    if (slot.current && performance.now() - slot.checked < this.refresh) return;
    const file = await this.files.find(slot.name, version);
    slot.checked = performance.now();
    if (file.path + file.stamp === slot.stamp) {
      if (slot.failure && !slot.current) throw slot.failure;
      return;
    }
    await this.fill(slot, file);
  }

  private async fill(slot: Slot, file: ModelFile): Promise<void> {
    // Before the file is read: what changes meanwhile is seen next time.
    slot.stamp = file.path + file.stamp;
    try {
      slot.current = await loadModel(slot.name, file);
      slot.failure = undefined;
      slot.learner = undefined;
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      const why = code ? `${code} of its file.` : message;
      slot.failure = new Refusal(503, `the model ${JSON.stringify(slot.name)} cannot be loaded: ${why}`, {
        cause: error,
      });
      this.onFailure(slot.failure);
      if (!slot.current) throw slot.failure;
    }
  }

  /** Whether the folder, or the file, is there. */
  async isThere(): Promise<boolean> {
    return this.files.isThere();
  }

  /** The versions of a model, ascending; none without versions. */
  versions(name: string): Promise<readonly string[]> {
    return this.files.versions(name);
  }

  /** The name of the only model, for requests that name none. @throws Refusal (404) if there are several, or none */
  only(): string | Promise<string> {
    const { name, checked } = this.single;
    return name !== undefined && performance.now() - checked < this.refresh ? name : this.lookForOnly();
  }

  private async lookForOnly(): Promise<string> {
    const names = (await this.files.list()).map(({ name }) => name);
    this.single = { name: names.length === 1 ? names[0] : undefined, checked: performance.now() };
    if (names.length === 1) return names[0];
    const some = names.slice(0, 5).map((name) => JSON.stringify(name));
    const got = names.length === 0 ? "none" : [...some, ...(names.length > 5 ? ["..."] : [])].join(", ");
    throw new Refusal(404, `the request must name a model where the server has not exactly one, got ${got}.`);
  }

  /** All models of the folder, and whether they will answer. */
  async index(): Promise<IndexEntry[]> {
    const entries: IndexEntry[] = [];
    for (const { name, versions } of await this.files.list()) {
      for (const version of versions.length > 0 ? versions : [undefined]) {
        const isLatest = version === versions.at(-1);
        const slot = this.slots.get(keyOf(name, version)) ?? (isLatest ? this.slots.get(name) : undefined);
        const reason = this.unloaded.has(name) ? "unloaded" : (slot?.failure?.message ?? "");
        const isReady = !this.unloaded.has(name) && (reason === "" || slot?.current !== undefined);
        entries.push({
          name,
          ...(version !== undefined && { version }),
          state: isReady ? "READY" : "UNAVAILABLE",
          reason,
        });
      }
    }
    return entries;
  }

  /** Loads a model now, also one that was unloaded. @throws Refusal as {@link get} */
  async load(name: string): Promise<LoadedModel> {
    await this.files.find(name);
    this.unloaded.delete(name);
    const slot = this.slots.get(name);
    if (slot) slot.checked = Number.NEGATIVE_INFINITY;
    return this.look(name, undefined);
  }

  /** Drops a model, all versions; it does not answer until {@link load}. @throws Refusal if there is none (404) */
  async unload(name: string): Promise<void> {
    await this.files.find(name);
    this.unloaded.add(name);
    // What is being learned is saved first.
    const own = [...this.slots].filter(([, slot]) => slot.name === name);
    await Promise.all(own.map(([key, slot]) => slot.alone(async () => this.slots.delete(key))));
  }

  /**
   * Has a model learn from rows, one call after the other, saves it, and answers by it from then on.
   * @throws Refusal if it cannot learn, or rows do not fit: it is then as it was
   */
  async learn(name: string, rows: readonly object[]): Promise<{ loss: number; model: LoadedModel }> {
    await this.get(name);
    const slot = this.slots.get(name);
    if (!slot) throw new Refusal(503, `the model ${JSON.stringify(name)} must be loaded, got one that was unloaded.`);
    const { learn } = await import("./learner.js");
    return slot.alone(async () => {
      const file = await this.files.find(name);
      if (file.path + file.stamp !== slot.stamp) await this.fill(slot, file);
      const loss = await learn(slot, file, rows);
      const { learner } = slot;
      await this.fill(slot, await this.files.find(name));
      slot.learner = learner;
      return { loss, model: slot.current as LoadedModel };
    });
  }

  /** How many models are loaded, and what they take. */
  get usage(): { models: number; bytes: number } {
    let [models, bytes] = [0, 0];
    for (const { current } of this.slots.values()) {
      if (!current) continue;
      models++;
      bytes += current.bytes;
    }
    return { models, bytes };
  }
}
