/** A fit on another thread, from the first piece of its data to its end. */
import { makeRoom } from "../core/make-room.js";
import { once } from "../ground/once.js";
import { Turn, WORTH_A_LOOK } from "../ground/turn.js";
import type { TableOptions } from "../table/options.js";
import type { TableWarning } from "../table/table-warning.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import type { Answer, FitEnd, Letter } from "./messages.js";
import { remakeError, type SentError } from "./tell-error.js";
import { startThread, type Thread } from "./thread.js";

/** What a conversation ends with: the answer, and what ended the fit early. */
export interface End {
  readonly answer: FitEnd;
  readonly failure?: { readonly error: unknown };
}

/** Options that this thread obeys. */
export type Told = Pick<FitOptions, "signal"> &
  Pick<TableOptions, "onWarning"> & {
    readonly onEpoch?: (epoch: never, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
  };

/**
 * Asks a new thread, passes on what is said in between, and ends the thread with its answer.
 * @returns the end; undefined if the signal ended it before the question was asked: nothing was done then
 * @throws what goes wrong; the thread has ended then
 */
export async function converse(letter: Letter, options: Told): Promise<End | undefined> {
  const { workerDeflated } = await scripts();
  const open: Open = (receive, fail) => startThread(letter.call, workerDeflated, receive, fail);
  return talk(open, letter, options, false);
}

/**
 * The same with a thread that is there.
 * @param open takes who receives its answers and who is told that there will be no more; what it returns is ended when all is said
 * @param isKept whether it goes on after that: then a signal does not end it before it is asked
 */
export function talk(open: Open, letter: Letter, options: Told, isKept: boolean): Promise<End | undefined> {
  return new Promise((resolve, reject) => new Conversation(open, letter, options, resolve, reject, isKept).begin());
}

/** Gives a thread. */
type Open = (receive: (answer: Answer) => void, fail: (error: unknown) => void) => Pick<Thread, "send" | "end">;

/** The script of the thread is long: a page loads it with its first fit. */
export const scripts = once(() => import("../built/worker-deflated.js"));

class Conversation {
  private readonly thread: Pick<Thread, "send" | "end">;
  /** Whether the question was asked; whether all is over. */
  private isAsked = false;
  private isOver = false;
  private failure: End["failure"];
  /** Checkpoints that are waited for, the first one first. */
  private readonly saves: { resolve(bytes: Uint8Array<ArrayBuffer>): void; reject(error: Error): void }[] = [];

  constructor(
    open: Open,
    private readonly letter: Letter,
    private readonly options: Told,
    private readonly resolve: (end: End | undefined) => void,
    private readonly reject: (error: unknown) => void,
    private readonly isKept: boolean,
  ) {
    this.thread = open((answer) => this.receive(answer), this.fail);
  }

  begin(): void {
    // Errors end the thread: one that is left behind would keep the process alive.
    this.ask().catch(this.fail);
  }

  private async ask(): Promise<void> {
    const { letter, thread } = this;
    this.options.signal?.addEventListener?.("abort", this.abort, { once: true });
    await new Turn().run(this.sendPieces());
    if (this.isOver) return;
    letter.check();
    this.isAsked = true;
    thread.send(letter.question);
  }

  private *sendPieces(): Generator<number, void> {
    for (const piece of this.letter.pieces) {
      // A signal without events is asked.
      if (this.options.signal?.aborted) this.abort();
      if (this.isOver) return;
      this.thread.send(piece, piece.kind === "piece" ? [piece.numbers.buffer as ArrayBuffer] : []);
      yield WORTH_A_LOOK;
    }
  }

  private receive(answer: Answer): void {
    if (answer.kind === "epoch") void this.report(answer.report);
    else if (answer.kind === "warning") this.warn(answer.warning);
    else if (answer.kind === "full") {
      makeRoom();
      this.thread.send({ kind: "room" });
    } else if (answer.kind === "saved") {
      const save = this.saves.shift();
      if (answer.bytes) save?.resolve(answer.bytes);
      else save?.reject(remakeError(answer.error as SentError));
    } else
      this.end(() =>
        this.resolve({ answer, failure: this.failure ?? (answer.error && { error: remakeError(answer.error) }) }),
      );
  }

  private warn(warning: TableWarning): void {
    try {
      this.options.onWarning?.(warning);
    } catch (error) {
      // As in a fit here, which the caller's own error ends.
      this.fail(error);
    }
  }

  private async report(epoch: EpochReport): Promise<void> {
    const { thread, options } = this;
    try {
      await options.onEpoch?.(epoch as never, this.save);
      if (options.signal?.aborted) this.abort();
      thread.send({ kind: "next" });
    } catch (error) {
      // The caller's own error: it is not sent there and back.
      this.failure = { error };
      thread.send({ kind: "fail" });
    }
  }

  private readonly save = (): Promise<Uint8Array<ArrayBuffer>> =>
    new Promise((resolve, reject) => {
      if (this.isOver) return reject(noSave());
      this.saves.push({ resolve, reject });
      this.thread.send({ kind: "save" });
    });

  private readonly abort = (): void => {
    if (this.isAsked) this.thread.send({ kind: "abort" });
    else if (!this.isKept) this.end(() => this.resolve(undefined));
  };

  private readonly fail = (error: unknown): void => this.end(() => this.reject(error));

  private end(answer: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.thread.end();
    for (const { reject } of this.saves) reject(noSave());
    answer();
    this.options.signal?.removeEventListener?.("abort", this.abort);
  }
}

function noSave(): Error {
  return new Error(
    "save: the fit in the worker must go on, got its end. Call save inside onEpoch, and await it there.",
  );
}
