/** What ends the command with a sentence: never a stack trace. */

/** Exit codes (clig.dev, sysexits.h): what failed, what was asked wrongly, rows or files that are not what they must be, Ctrl-C. */
export const EXIT = { failure: 1, usage: 2, data: 65, interrupted: 130 } as const;

/** An error whose message is for people: one sentence, and what to do next. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly kind: keyof typeof EXIT,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A file or a row is not what it must be. */
export const badData = (message: string, cause?: unknown) => new Refusal(message, "data", { cause });

/** The command was called in a way that it does not know. */
export const badUsage = (message: string) => new Refusal(message, "usage");

/** Reasons of the file system, in words, and what to do. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder. Look at the path again",
  EACCES: "permission is denied. Choose another place, or ask whoever owns it",
  EPERM: "permission is denied. Choose another place, or ask whoever owns it",
  EISDIR: "it is a folder. Name a file in it",
  ENOTDIR: "a part of its path is no folder. Look at the path again",
  ENOSPC: "the disk is full. Make room, or choose another place with -o",
  EDQUOT: "the disk quota is used up. Make room, or choose another place with -o",
  EROFS: "the file system is read-only. Choose another place with -o",
  EMFILE: "too many files are open. Close some programs",
};

/** An error of the file system as a sentence about a file; any other error as it is. */
export function aboutFile(verb: "read" | "written", name: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof Refusal || code === undefined || code === "EPIPE") return error;
  const reason = REASONS[code];
  if (reason === undefined && !/^E[A-Z]+$/.test(code)) return error;
  const why = reason ?? `the system says ${code}. Try another place`;
  return new Refusal(`${name} cannot be ${verb}: ${why}.`, "failure", { cause: error });
}
