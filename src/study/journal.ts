/** What a study writes of what it does, line by line, and reads back: a study that was killed goes on where it was. */
import { show } from "../ground/check.js";
import { isJson } from "./space.js";
import type { StudyTrial, TrialOutcome, TrialReport } from "./trial.js";

/** Where lines are kept: a file, as `openJournal` of `wasmlp/node` has it, or whatever keeps lines in their order. */
export interface Journal {
  /** The lines that were there when it was opened. */
  readonly lines: readonly string[];
  /** Adds a line, without its end; kept for good when the promise is fulfilled. One call at a time. */
  append(line: string): Promise<void>;
}

/** What must be equal where a study goes on. */
export type Heading = Readonly<Record<string, unknown>>;

/** Of the journals that this release writes. */
const VERSION = 1;

export const headLine = (heading: Heading): string => JSON.stringify({ op: "study", version: VERSION, ...heading });

export const askLine = ({ trial, settings }: StudyTrial): string => JSON.stringify({ op: "ask", trial, settings });

export const tellLine = (trial: number, outcome: TrialOutcome, reports: readonly TrialReport[]): string =>
  JSON.stringify({
    op: "tell",
    trial,
    ...(typeof outcome === "number" ? { score: outcome } : outcome),
    ...(reports.length > 0 && { reports: reports.map(({ step, value }) => [step, value]) }),
  });

/** A trial with its outcome. */
export function toldTrial(
  { trial, settings }: StudyTrial,
  outcome: TrialOutcome,
  reports: readonly TrialReport[],
): StudyTrial {
  if (typeof outcome === "number") return { trial, settings, state: "done", score: outcome, reports };
  if ("error" in outcome) return { trial, settings, state: "failed", error: outcome.error, reports };
  return { trial, settings, state: "pruned", reports };
}

/** Refuses what is no journal. */
export function checkJournal(call: string, journal: unknown): asserts journal is Journal | undefined {
  if (journal === undefined) return;
  const { lines, append } = (Object(journal) as Partial<Journal>) ?? {};
  if (Array.isArray(lines) && typeof append === "function") return;
  throw new TypeError(
    `${call}: journal must have lines and append, got ${show(journal)}. Await openJournal of wasmlp/node for a file.`,
  );
}

/**
 * The trials that a journal tells of.
 * @throws Error if it is that of another study, or no journal
 */
export function readTrials(call: string, lines: readonly string[], heading: Heading): StudyTrial[] {
  const trials: StudyTrial[] = [];
  for (const [i, line] of lines.entries()) {
    const entry = parse(line);
    if (i === 0) checkHeading(call, entry, heading);
    else if (!entry || !read(entry, trials)) {
      throw new Error(`${call}: the journal must hold what a study wrote, got ${show(line)} as line ${i + 1} of it.`);
    }
  }
  return trials;
}

type Entry = Readonly<Record<string, unknown>>;

function parse(line: string): Entry | undefined {
  try {
    const entry = JSON.parse(line);
    return typeof entry === "object" && entry !== null && isJson(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function checkHeading(call: string, entry: Entry | undefined, heading: Heading): void {
  if (entry?.op !== "study") {
    throw new Error(`${call}: the journal must begin with what a study is, got ${show(entry ? entry.op : entry)}.`);
  }
  for (const [name, value] of Object.entries({ version: VERSION, ...heading })) {
    const [own, other] = [JSON.stringify(value), JSON.stringify(entry[name])];
    if (own === other) continue;
    const shown = other && other.length > 200 ? `${other.slice(0, 200)}...` : other;
    throw new Error(
      `${call}: the journal must be of this study, got one whose ${name} is ${shown}. Name another file, or pass what it was begun with.`,
    );
  }
}

/** Adds to the trials what a line tells. @returns whether it can be */
function read(entry: Entry, trials: StudyTrial[]): boolean {
  const { op, trial: number, settings } = entry;
  if (op === "ask") {
    if (number !== trials.length || typeof settings !== "object" || settings === null) return false;
    trials.push({ trial: number, settings: settings as StudyTrial["settings"], state: "open", reports: [] });
    return true;
  }
  const trial = trials[number as number];
  const outcome = outcomeOf(entry);
  const reports = reportsOf(entry.reports);
  if (op !== "tell" || trial?.state !== "open" || outcome === undefined || !reports) return false;
  trials[trial.trial] = toldTrial(trial, outcome, reports);
  return true;
}

function outcomeOf({ score, error, pruned }: Entry): TrialOutcome | undefined {
  if (typeof score === "number") return score;
  if (typeof error === "string") return { error };
  return pruned === true ? { pruned } : undefined;
}

function reportsOf(pairs: unknown = []): TrialReport[] | undefined {
  const isPair = (pair: unknown) => Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite);
  if (!Array.isArray(pairs) || !pairs.every(isPair)) return undefined;
  return pairs.map(([step, value]) => ({ step, value }));
}
