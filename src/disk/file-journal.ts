/** The journal of a study as a file, which one process at a time writes to: its own lines say whose it is. */
import { type FileHandle, open, readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { checkFlag, checkOptions, show } from "../ground/check.js";
import type { Journal } from "../study/journal.js";
import { syncFolder, unless } from "./whole-files.js";

/** A journal in a file. */
export interface FileJournal extends Journal {
  /** Closes the file when all is written: another process may open it then. */
  close(): Promise<void>;
}

/** What `openJournal` takes. */
export interface JournalOptions {
  /**
   * Whether it is taken from a process that cannot be asked: on another machine, or in a container that is gone. Default: false, such a journal
   * is refused. What a process of this machine left behind when it was killed is taken over anyway.
   */
  takeOver?: boolean;
}

/** Who says that a journal is its own. */
interface Claim {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** When the process began, as its system says it, or "": numbers of processes are used again. */
  readonly began: string;
}

/** Claims of this thread, each with its file: one that nobody closes stays open, for newer engines throw where such a file is collected. */
const held = new Map<string, FileHandle>();

/**
 * Each who opens the file adds a line that says so, then reads it: the first of those who live and have not closed it has it. The file is
 * only ever added to, so the order of its lines settles whose it is if two come at once, and nothing is lost.
 */
export async function openFileJournal(call: string, path: string, given: JournalOptions = {}): Promise<FileJournal> {
  checkOptions(call, given, ["takeOver"]);
  const { takeOver = false } = given;
  checkFlag(call, "takeOver", takeOver);
  await refuseOthers(call, path);
  const { pid } = process;
  const claim: Claim = { id: crypto.randomUUID(), pid, host: hostname(), began: await beganAt(pid) };
  const file = await open(path, "a");
  held.set(claim.id, file);
  const leave = async () => {
    await add(file, JSON.stringify({ op: "close", id: claim.id })).finally(() => file.close());
    held.delete(claim.id);
  };
  try {
    // What was cut short when its process was killed ends before this line.
    await add(file, `\n${JSON.stringify({ op: "open", ...claim })}`);
    await syncFolder(dirname(path));
    const entries = entriesOf(call, path, await readFile(path, "utf8"));
    const owner = await ownerOf(entries, claim, takeOver);
    if (owner) throw inUse(call, path, owner, claim);
    return fileJournal(call, file, entries.filter(({ op }) => !isOwn(op)).map(({ line }) => line), leave); // biome-ignore format: one line
  } catch (error) {
    await leave().catch(() => {});
    throw error;
  }
}

/** A file that is no journal is left as it is. */
async function refuseOthers(call: string, path: string): Promise<void> {
  const text = (await readFile(path, "utf8").catch(unless("ENOENT"))) ?? "";
  const first = text.trimStart().split("\n", 1)[0];
  if (first !== "" && !BEGINNING.startsWith(first.slice(0, BEGINNING.length))) throw noJournal(call, path, first, 1);
}

/** Of the first line of every journal. */
const BEGINNING = '{"op":"open",';

function noJournal(call: string, path: string, line: string, number: number): Error {
  return new Error(
    `${call}: the file must be a journal, got ${show(line)} as line ${number} of ${path}. Name another file.`,
  );
}

async function add(file: FileHandle, line: string): Promise<void> {
  await file.appendFile(`${line}\n`);
  await file.sync();
}

function fileJournal(
  call: string,
  file: FileHandle,
  lines: readonly string[],
  leave: () => Promise<void>,
): FileJournal {
  let writing: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  let failed: unknown;
  const append = (line: string): Promise<void> => {
    const written = writing.then(async () => {
      if (isClosed || failed) {
        const state = failed ? "one that failed before" : "one that is closed";
        throw new Error(`append: the journal must be open, got ${state}. Open it again by ${call}.`);
      }
      // Half a line may be there: what would follow could not be read.
      await add(file, line).catch((error) => {
        failed = error;
        throw error;
      });
    });
    writing = written.catch(() => {});
    return written;
  };
  const close = async () => {
    await writing;
    if (isClosed) return;
    isClosed = true;
    await leave();
  };
  return { lines, append, close };
}

/** A line, and what it says. */
interface Entry {
  readonly line: string;
  readonly isWhole: boolean;
  readonly op: unknown;
  readonly claim: Claim;
}

/** What the journal says of itself, not of the study. */
const isOwn = (op: unknown) => op === "open" || op === "close";

/** The lines, but for those that were cut short: whoever opens a file ends what was there. */
function entriesOf(call: string, path: string, text: string): Entry[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const entries = lines.map((line) => ({ line, ...parse(line) }));
  const wrong = entries.findIndex(({ isWhole }, i) => !isWhole && entries[i + 1]?.op !== "open");
  if (wrong >= 0) throw noJournal(call, path, lines[wrong], wrong + 1);
  return entries.filter(({ isWhole }) => isWhole);
}

/** What was cut short is no JSON object. */
function parse(line: string): { isWhole: boolean; op: unknown; claim: Claim } {
  try {
    const claim = JSON.parse(line);
    return { isWhole: typeof claim === "object" && claim !== null, op: claim?.op, claim };
  } catch {
    return { isWhole: false, op: undefined, claim: {} as Claim };
  }
}

/** Who else has the journal: the first who lives and has not closed it. */
async function ownerOf(entries: readonly Entry[], own: Claim, takeOver: boolean): Promise<Claim | undefined> {
  const closed = new Set(entries.flatMap(({ op, claim }) => (op === "close" ? claim.id : [])));
  for (const { op, claim } of entries) {
    if (op !== "open" || closed.has(claim.id)) continue;
    if (claim.id === own.id) return undefined;
    if (claim.host === own.host ? await isAlive(claim, own) : !takeOver) return claim;
  }
  return undefined;
}

async function isAlive({ id, pid, began }: Claim, own: Claim): Promise<boolean> {
  if (held.has(id)) return true;
  // Another thread of this process; or an earlier process of the same number.
  if (pid === own.pid) return began !== "" && began === own.began;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return began === (await beganAt(pid));
}

/** When a process began, by the boot of the machine and the clock since then: Linux says it. */
async function beganAt(pid: number): Promise<string> {
  const absent = unless("ENOENT", "ESRCH", "EACCES", "EPERM");
  const [boot, status] = await Promise.all(
    ["/proc/sys/kernel/random/boot_id", `/proc/${pid}/stat`].map((path) => readFile(path, "utf8").catch(absent)),
  );
  // The name in brackets may hold anything.
  const began = status?.slice(status.lastIndexOf(")") + 2).split(" ")[19];
  return boot && began ? `${boot.trim()} ${began}` : "";
}

function inUse(call: string, path: string, { pid, host }: Claim, own: Claim): Error {
  const where = host === own.host ? "" : ` of ${host}`;
  const remedy = host === own.host ? "Wait until it has ended." : "If that is gone, pass takeOver: true.";
  return new Error(`${call}: ${path} must be in use by nobody else, got process ${pid}${where}. ${remedy}`);
}
