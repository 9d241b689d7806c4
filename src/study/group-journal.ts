/** Where models of groups are kept, and what is written of them: what was fitted is not fitted again. */
import { checkWhole, show } from "../ground/check.js";
import { sha256 } from "../ground/sha256.js";
import { encodeUtf8 } from "../ground/text.js";
import type { GroupKey } from "./group-rows.js";
import type { Journal } from "./journal.js";

/** A place for models by the names of files, and a journal: a folder, as `openFolder` of `wasmlp/node` has it. */
export interface ModelStore extends Journal {
  /** Keeps a model, whole or not at all. */
  write(file: string, bytes: Uint8Array): Promise<void>;
  /** Whether there is one of this name. */
  has(file: string): Promise<boolean>;
}

/** What became of a group. */
export interface GroupResult {
  /** The value of the column that rows are grouped by. */
  readonly group: GroupKey;
  /** How many rows it has. */
  readonly rows: number;
  /** On rows that the model was not trained on: those scores that are numbers. Not there without such rows. */
  readonly scores?: Readonly<Record<string, number>>;
  /** The model's file in the store. */
  readonly file?: string;
  /** SHA-256 of the model's bytes. */
  readonly digest?: string;
  /** Why there is no model. */
  readonly error?: string;
}

/** A group that was fitted before, and the SHA-256 of its rows. */
export interface KeptGroup {
  readonly result: GroupResult;
  readonly rowsDigest: string;
}

const VERSION = 1;

export const textDigest = (text: string): string => sha256(encodeUtf8(text));

/** A text that says what a value is, for digests; functions alike. */
export function textOf(value: unknown): string {
  const plain = (_: string, own: unknown) => {
    if (typeof own === "bigint") return `${own}n`;
    if (typeof own === "function") return "a function";
    // JSON has null for these.
    return typeof own === "number" && !Number.isFinite(own) ? String(own) : own;
  };
  return JSON.stringify(value, plain) ?? "undefined";
}

/** SHA-256 of rows. Of those that no text holds, such as one with a list of 2³² values, there is none: what is wrong with them the fit says. */
export function digestOf(rows: readonly object[]): string {
  try {
    return textDigest(textOf(rows));
  } catch {
    return "none";
  }
}

/** The name of a group's file: as much of its value as any file system takes, and a hash that no two share. */
export function fileOf(group: GroupKey): string {
  const slug = String(group)
    .replace(/[^A-Za-z0-9_-]+/g, "-")
    .slice(0, 40);
  return `${slug}.${textDigest(textOf(group)).slice(0, 16)}.model`;
}

export const groupsLine = (options: string): string => JSON.stringify({ op: "groups", version: VERSION, options });

export const groupLine = ({ result, rowsDigest }: KeptGroup): string =>
  JSON.stringify({ op: "group", ...result, rowsDigest });

/** Refuses what is no store. */
export function checkStore(call: string, store: unknown): asserts store is ModelStore | undefined {
  if (store === undefined) return;
  const { lines, append, write, has } = Object(store) as Partial<ModelStore>;
  if (Array.isArray(lines) && [append, write, has].every((own) => typeof own === "function")) return;
  throw new TypeError(
    `${call}: store must have lines, append, write and has, got ${show(store)}. Await openFolder of wasmlp/node for one.`,
  );
}

/**
 * The groups that a journal tells of, the last word of each.
 * @param options what the digest of the options must be
 */
export function readGroups(call: string, lines: readonly string[], options: string): Map<GroupKey, KeptGroup> {
  const kept = new Map<GroupKey, KeptGroup>();
  for (const [i, line] of lines.entries()) {
    const entry = parse(call, line, i);
    if (i > 0) {
      const { op, rowsDigest, ...result } = entry;
      if (op !== "group") throw wrong(call, line, i);
      kept.set(entry.group as GroupKey, { result: result as unknown as GroupResult, rowsDigest: String(rowsDigest) });
      continue;
    }
    if (entry.op !== "groups") throw wrong(call, line, i);
    checkWhole(call, "the version of the store", entry.version, VERSION, VERSION);
    if (entry.options === options) continue;
    throw new Error(`${call}: the store must be of models with these options, got one of others. Name another folder.`);
  }
  return kept;
}

function parse(call: string, line: string, i: number): Record<string, unknown> {
  try {
    return Object(JSON.parse(line));
  } catch {
    throw wrong(call, line, i);
  }
}

function wrong(call: string, line: string, i: number): Error {
  return new Error(
    `${call}: the store must hold what trainMany wrote, got ${show(line)} as line ${i + 1} of its journal.`,
  );
}
