/** One model a group of rows: of each shop, each customer. */
import { checkCallback, checkNumber, checkOptions, checkWhole, isWalkable, show } from "../ground/check.js";
import { hashWords } from "../ground/hash.js";
import { sha256 } from "../ground/sha256.js";
import { turn } from "../ground/turn.js";
import type { Signal } from "../ground/web.js";
import {
  checkStore,
  digestOf,
  fileOf,
  type GroupResult,
  groupLine,
  groupsLine,
  type KeptGroup,
  type ModelStore,
  readGroups,
  textDigest,
  textOf,
} from "./group-journal.js";
import { type GroupKey, type Groups, groupRows, splitGroup } from "./group-rows.js";

/** A model of a table: a `Classifier` or a `Regressor`. */
export interface GroupModel {
  /** Scores it. */
  evaluate(rows: readonly object[], options?: { weights?: string }): object;
  /** The model as bytes. */
  save(): Uint8Array;
}

/** What fits them: the class `Classifier`, or `Regressor`. */
export interface GroupFitter<M, T> {
  /** Fits one. */
  readonly fit: (rows: object[], options: T) => Promise<M>;
}

/** What {@link trainMany} takes beside the options of a fit. */
export interface ManyOptions<M> {
  /** The column whose values name the groups; no feature of their models. */
  by: string;
  /** The share of each group's rows that its model is scored on and not trained on, from 0 (no scores) to below 1. Default: 0.2. */
  test?: number;
  /** Where models go, and what is known of them: groups whose rows are as they were are not fitted again. Default: nowhere. */
  store?: ModelStore;
  /** How many groups are fitted at once, a whole number >= 1: for a `kind` whose fits go on elsewhere. Default: threads of the `pool` and one, or 1. */
  workers?: number;
  /** Called for each group in the order of their first rows; awaited when it returns a promise. `model` is there if it was fitted now. */
  onGroup?: (result: GroupResult, model: M | undefined) => unknown;
}

/** What {@link trainMany} returns. */
export interface ManyResult {
  /** In the order of the groups' first rows. */
  readonly groups: GroupResult[];
  /** How many groups were fitted now, and not found in the store. */
  readonly fitted: number;
  /** `"aborted"` if the signal ended it: then the groups are the first ones. */
  readonly stopped: "done" | "aborted";
}

/** Options of a fit that matter here. */
interface FitOptions {
  readonly target: string;
  readonly seed?: number;
  readonly signal?: Signal;
  readonly pool?: { readonly workers: number };
  readonly columns?: object;
  readonly weights?: unknown;
}

const OWN = ["by", "test", "store", "workers", "onGroup"] as const;

/** Options that change nothing in a model. */
const OUTSIDE = ["pool", "signal", "onEpoch", "onWarning"];

/**
 * Fits a model to the rows of each group, each with a seed of its own that follows from the seed and the group. What a group's fit throws is
 * told of as its error, and the others go on; if all fail, it is thrown. Models do not depend on how many are fitted at once: with a `pool` as many as it has threads, and one more.
 * @param kind `Classifier` or `Regressor`
 * @param rows an array of objects
 * @param options those of `kind.fit` for one target, and those of {@link ManyOptions}
 * @throws TypeError, RangeError on options outside their domain; Error if the store is that of other options; what a callback or the store throws
 * @example
 * const { groups } = await trainMany(Regressor, cars, { by: "origin", target: "mpg", hidden: [8], ensemble: 1, seed: 1 });
 * groups.map(({ group }) => group).sort(); // ["europe", "japan", "usa"]
 */
export async function trainMany<M extends GroupModel, T extends { readonly target: string }>(
  kind: GroupFitter<M, T>,
  rows: readonly object[],
  options: T & ManyOptions<NoInfer<M>>,
): Promise<ManyResult> {
  const call = "trainMany";
  const { by, test, store, workers, onGroup, fit } = checkMany(call, kind, rows, options);
  const digest = textDigest(textOf(pick({ ...fit, by, test }, (name) => !OUTSIDE.includes(name))));
  const kept = readGroups(call, store?.lines ?? [], digest);
  if (store && store.lines.length === 0) await store.append(groupsLine(digest));
  const groups = await turn.run(groupRows(call, rows, by));
  const work = new ManyFits(kind as unknown as GroupFitter<M, FitOptions>, rows, groups, kept, {
    by,
    test,
    store,
    workers,
    fit,
  });
  return work.run(onGroup);
}

const pick = (options: object, isWanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(options).filter(([name]) => isWanted(name)));

interface Checked<M> {
  readonly by: string;
  readonly test: number;
  readonly store: ModelStore | undefined;
  readonly workers: number;
  readonly onGroup?: ManyOptions<M>["onGroup"];
  readonly fit: FitOptions;
}

function checkMany<M>(call: string, kind: unknown, rows: unknown, options: unknown): Checked<M> {
  if (typeof (kind as { fit?: unknown } | null)?.fit !== "function") {
    throw new TypeError(`${call}: kind must be Classifier or Regressor, got ${show(kind)}.`);
  }
  if (!isWalkable(rows)) throw new TypeError(`${call}: rows must be an array of objects, got ${show(rows)}.`);
  if (rows.length === 0) throw new RangeError(`${call}: rows must be one at least, got none.`);
  checkOptions(call, options, Object.keys(Object(options)));
  const given = { ...(options as Partial<ManyOptions<M>> & FitOptions) };
  const { by, test = 0.2, store, onGroup, pool } = given;
  const { workers = 1 + (pool?.workers ?? 0) } = given;
  const fit = pick(given, (name) => !OWN.includes(name as "by")) as unknown as FitOptions;
  for (const [name, column] of Object.entries({ by, target: fit.target })) {
    if (typeof column !== "string")
      throw new TypeError(`${call}: ${name} must be a column's name, got ${show(column)}.`);
  }
  if (by === fit.target) throw new RangeError(`${call}: by must be another column than the target, got "${by}".`);
  checkNumber(call, "test", test, 0, 1 - Number.EPSILON);
  checkWhole(call, "seed", fit.seed ?? 0, 0);
  if (fit.weights !== undefined && typeof fit.weights !== "string") {
    throw new TypeError(`${call}: weights must be a column's name, got ${show(fit.weights)}.`);
  }
  checkStore(call, store);
  checkWhole(call, "workers", workers, 1);
  checkCallback(call, "onGroup", onGroup);
  return { by: by as string, test, store, workers, onGroup, fit };
}

/** A group that was done: fitted now, or found. */
interface Done<M> {
  readonly result: GroupResult;
  readonly model?: M;
}

class ManyFits<M extends GroupModel> {
  private readonly results: GroupResult[] = [];
  private fitted = 0;
  /** What the first group that failed failed by. */
  private reason: { readonly error: unknown } | undefined;

  constructor(
    private readonly kind: GroupFitter<M, FitOptions>,
    private readonly rows: readonly object[],
    private readonly groups: Groups,
    private readonly kept: ReadonlyMap<GroupKey, KeptGroup>,
    private readonly given: Checked<M>,
  ) {}

  /** Several at once; what they come to is told in their order. */
  async run(onGroup: ManyOptions<M>["onGroup"]): Promise<ManyResult> {
    const { keys } = this.groups;
    const { workers, fit } = this.given;
    const { signal } = fit;
    const running: Promise<Done<M> | undefined>[] = [];
    let next = 0;
    let isAborted = false;
    try {
      while (!isAborted && this.results.length < keys.length) {
        while (running.length < workers && next < keys.length && !signal?.aborted) running.push(this.begin(next++));
        const done = await running.shift();
        isAborted = !done;
        if (!done) break;
        this.results.push(done.result);
        await onGroup?.(done.result, done.model);
      }
    } finally {
      await Promise.allSettled(running);
    }
    if (this.reason && this.results.every(({ error }) => error !== undefined)) throw this.reason.error;
    return { groups: this.results, fitted: this.fitted, stopped: isAborted ? "aborted" : "done" };
  }

  /** An error is that of the group's turn. */
  private begin(g: number): Promise<Done<M> | undefined> {
    const work = this.fitGroup(g);
    work.catch(() => {});
    return work;
  }

  /** @returns nothing if the signal ended it */
  private async fitGroup(g: number): Promise<Done<M> | undefined> {
    const { groups, given, kept } = this;
    const { store } = given;
    const group = groups.keys[g];
    const rows = Array.from(groups.rows.subarray(groups.starts[g], groups.starts[g + 1]), (r) => this.rows[r]);
    const rowsDigest = digestOf(rows);
    const before = kept.get(group);
    const file = before?.result.file;
    if (before?.rowsDigest === rowsDigest && file !== undefined && (await store?.has(file)))
      return { result: before.result };
    const { result, model } = await this.judge(group, rows);
    if (given.fit.signal?.aborted) return undefined;
    this.fitted++;
    if (!model) {
      await store?.append(groupLine({ result, rowsDigest }));
      return { result };
    }
    const bytes = model.save();
    const whole = { ...result, ...(store && { file: fileOf(group) }), digest: sha256(bytes) };
    if (store) {
      await store.write(fileOf(group), bytes);
      await store.append(groupLine({ result: whole, rowsDigest }));
    }
    return { result: whole, model };
  }

  private async judge(group: GroupKey, rows: readonly object[]): Promise<Done<M>> {
    const { by, test: share, fit } = this.given;
    const known = { group, rows: rows.length };
    try {
      const seed = seedOf(fit.seed ?? 0, group);
      const { train, test } = splitGroup(rows, share, seed, fit.target);
      const columns = { ...fit.columns, [by]: "ignore" };
      const model = await this.kind.fit([...train], { ...fit, seed, columns });
      if (test.length === 0 || fit.signal?.aborted) return { result: known, model };
      const options = typeof fit.weights === "string" ? { weights: fit.weights } : undefined;
      return { result: { ...known, scores: numbersOf(model.evaluate(test, options)) }, model };
    } catch (error) {
      this.reason ??= { error };
      return { result: { ...known, error: error instanceof Error ? error.message : String(error) } };
    }
  }
}

/** The seed of a group's model: by its value, so that other groups do not change it. */
function seedOf(seed: number, group: GroupKey): number {
  const digest = textDigest(textOf(group));
  const word = (i: number) => Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16);
  return hashWords(word(0) ^ seed, word(1), Math.floor(seed / 2 ** 32));
}

const numbersOf = (scores: object) =>
  Object.fromEntries(Object.entries(scores).filter(([, value]) => Number.isFinite(value)));
