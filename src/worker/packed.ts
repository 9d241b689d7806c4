/**
 * Values of options and rows on their way to another thread. What cannot travel, a function say, is no value that a fit takes:
 * a stand-in arrives that is refused in the same words.
 */
import { isWalkable, ownRealm } from "../ground/check.js";
import { type LearningRate, type Recipe, recipeOf } from "../train/schedules.js";
import type { EarlyStopping, ReduceOnPlateau, ScoreMonitor } from "../train/watch.js";

/** A value as it travels. */
export type Packed =
  | readonly ["plain", unknown]
  | readonly ["list", readonly Packed[]]
  | readonly ["record", Entries]
  | readonly ["bytes", number]
  | readonly ["rate", Recipe]
  | readonly ["function"]
  | readonly ["symbol", string]
  | readonly ["instance", name: string, tag: string, own: Entries];

type Entries = readonly (readonly [name: string, value: Packed])[];

/** No option nests deeper; what does may be a circle. */
const DEPTH = 8;

/**
 * @param add takes bytes, which travel in pieces, where bytes may be
 */
export function pack(value: unknown, add?: (bytes: Uint8Array) => number, depth = 0): Packed {
  if (typeof value === "function") {
    const recipe = recipeOf(value as () => number);
    return recipe === undefined ? ["function"] : ["rate", recipe];
  }
  if (typeof value === "symbol") return ["symbol", value.description ?? ""];
  if (typeof value !== "object" || value === null || isDate(value)) return ["plain", value];
  const view = ownRealm(value);
  if (add && view instanceof Uint8Array) return ["bytes", add(view)];
  // Of no use as an option, but short, and shown with its length.
  if (add && ArrayBuffer.isView(view) && view.buffer.byteLength <= 1024) {
    // What was transferred away, or lies beyond a buffer that was shortened, cannot be sent: it is as good as empty.
    return ["plain", view.byteLength > 0 ? view : Reflect.construct(view.constructor, [new ArrayBuffer(0)])];
  }
  const inner = (item: unknown) => pack(item, add, depth + 1);
  if (depth < DEPTH && isWalkable(value)) return ["list", value.map(inner)];
  const tag = tagOf(value);
  // Of arrays of numbers and the like, properties are what they hold: they are no options, nor cells.
  const isRecord = tag === "Object" && depth < DEPTH;
  const entries: Entries = isRecord ? Object.entries(value).map(([name, item]) => [name, inner(item)]) : [];
  const prototype = Object.getPrototypeOf(value);
  if (isRecord && (prototype === Object.prototype || prototype === null)) return ["record", entries];
  const name: unknown = value.constructor?.name;
  return ["instance", typeof name === "string" ? name : "", tag, entries];
}

/** What options need that rows do not: a schedule among these is a function like any other, which is refused. */
export interface Arrivals {
  /** Gives bytes that have arrived. */
  take(bytes: number): Uint8Array;
  /** Makes a schedule again. */
  rateFrom(recipe: Recipe): LearningRate;
}

export function unpack(packed: Packed, arrivals?: Arrivals): unknown {
  switch (packed[0]) {
    case "plain":
      return packed[1];
    case "list":
      return packed[1].map((item) => unpack(item, arrivals));
    case "record":
      return recordOf(packed[1], arrivals);
    case "bytes":
      return arrivals?.take(packed[1]);
    case "rate":
      return arrivals ? arrivals.rateFrom(packed[1]) : () => undefined;
    case "function":
      return () => undefined;
    case "symbol":
      return Symbol(packed[1]);
    case "instance":
      return instanceOf(packed, arrivals);
  }
}

function recordOf(entries: Entries, arrivals: Arrivals | undefined): object {
  // Not by assignment: a column may be called "__proto__".
  return Object.fromEntries(entries.map(([name, item]) => [name, unpack(item, arrivals)]));
}

/** What errors show like the value that stayed behind. */
function instanceOf(
  [, name, tag, own]: Extract<Packed, readonly ["instance", ...unknown[]]>,
  arrivals: Arrivals | undefined,
): object {
  if (tag === "Array") return [];
  const prototype = { constructor: { name }, ...(tag !== "Object" && { [Symbol.toStringTag]: tag }) };
  return Object.assign(Object.create(prototype), recordOf(own, arrivals));
}

/** One of another realm too; nothing that merely says so. */
function isDate(value: object): boolean {
  return tagOf(value) === "Date" && !(Symbol.toStringTag in value);
}

function tagOf(value: object): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * A learning rate as it travels.
 * @throws TypeError if it is a function of the user's own
 */
export function packRate(call: string, rate: LearningRate): Recipe {
  const recipe = recipeOf(rate);
  if (recipe !== undefined) return recipe;
  throw new TypeError(
    `${call}: learningRate must be a number or one of wasmlp's schedules in a worker, got another function. Use fit, or one of them.`,
  );
}

/** The options of a fit that may hold them. */
interface Watches {
  readonly earlyStopping?: EarlyStopping;
  readonly reduceOnPlateau?: ReduceOnPlateau;
}

/**
 * Refuses scores that cannot travel.
 * @throws TypeError if a fit would watch a function of the user's own
 */
export function refuseScores(call: string, options: Watches): void {
  for (const watch of [options.earlyStopping, options.reduceOnPlateau]) {
    const monitor: Partial<ScoreMonitor> | string | undefined = watch?.monitor;
    if (typeof monitor !== "object" || typeof monitor?.score !== "function") continue;
    throw new TypeError(
      `${call}: monitor must be the name of one of wasmlp's scores in a worker, got a function. Use fit, or one of them.`,
    );
  }
}
