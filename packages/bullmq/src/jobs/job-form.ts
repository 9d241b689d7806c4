/** What a job says, and what it comes to: JSON, all of it. */
import { createRequire } from "node:module";
import type { AskedTrial, TrialReport } from "wasmlp/study";
import { sha256 } from "../redis/keys.js";

/** Of what jobs and results look like. */
const FORM = 1;

const library: { version: string } = createRequire(import.meta.url)("wasmlp/package.json");

/** What workers must have, too: other releases may come to other bytes. */
export const VERSION = `wasmlp ${library.version}, jobs ${FORM}`;

/** What a worker is asked to do. */
export interface JobData {
  readonly version: string;
  /** The name of a task that workers know. */
  readonly task: string;
  readonly input: unknown;
  /** Of a task that is none of ours: what it does another day nobody knows, so it is found again in one session alone. */
  readonly session?: string | undefined;
  /** The trial of a study that it judges. */
  readonly asked?: AskedTrial | undefined;
}

/** What a job comes to. */
export interface JobResult {
  /** What the task gave. */
  readonly value?: unknown;
  /** The message of what it threw: it would throw that wherever it is done. */
  readonly error?: string;
  /** What a trial reported; the last is where it was pruned. */
  readonly reports?: readonly TrialReport[];
  readonly pruned?: boolean;
  /** The digest of bytes that are no longer in Redis: it was not done. */
  readonly lacks?: string;
}

/** The same job has the same name, whoever asks for it: it is done once, and found again. */
export const idOf = (data: JobData): string => `j${sha256(JSON.stringify(data)).slice(0, 40)}`;

/**
 * Refuses what JSON would not bring back as it is.
 * @returns a copy
 * @throws TypeError naming the place
 */
export function checkJson(call: string, name: string, value: unknown): unknown {
  const place = placeOf(value, name);
  if (place === undefined) return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
  const [where, what] = place;
  throw new TypeError(`${call}: ${where} must be what JSON has, got ${what}. It travels to other machines.`);
}

/** Lists and objects in one another. */
const DEEPEST = 100;

/** The first place that JSON has no words for. */
function placeOf(value: unknown, name: string, depth = 0): [string, string] | undefined {
  if (value === null || value === undefined || typeof value === "string" || typeof value === "boolean")
    return undefined;
  if (typeof value === "number") return Number.isFinite(value) ? undefined : [name, String(value)];
  if (typeof value !== "object") return [name, `a ${typeof value}`];
  if (depth > DEEPEST) return [name, "what holds itself, or is too deep"];
  const prototype = Object.getPrototypeOf(value);
  const isPlain = Array.isArray(value) || prototype === Object.prototype || prototype === null;
  if (!isPlain) return [name, `a ${prototype.constructor?.name ?? "strange object"}`];
  for (const [key, own] of Object.entries(value)) {
    const place = placeOf(own, Array.isArray(value) ? `${name}[${key}]` : `${name}.${key}`, depth + 1);
    if (place) return place;
    if (own === undefined && Array.isArray(value)) return [`${name}[${key}]`, "undefined"];
  }
  return undefined;
}
