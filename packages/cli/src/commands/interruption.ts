/** Ctrl-C during a fit: what was learned is kept, and a second one ends at once. */
import { argv } from "node:process";
import { EXIT } from "../refusal.js";
import { word } from "../say/remedies.js";
import { complain } from "../say/terminal.js";
import { removeUnfinished, writeAll } from "../write/output.js";

/** What a fit ends with whose state was saved. */
class Stopped extends Error {}

export class Interruption {
  private isAsked = false;
  /** Whether there is something to save: networks that are fitted to find out how wide they should be say nothing. */
  private canSave = false;
  private readonly checkpoint: string;

  /** @param output the model's file, beside which its state goes */
  constructor(output: string) {
    this.checkpoint = output === "-" || output.startsWith("/dev/") ? "wasmlp.checkpoint" : `${output}.checkpoint`;
  }

  /** Does a fit; undefined if it was stopped and its state saved. */
  async during<T>(fit: () => Promise<T>): Promise<T | undefined> {
    const onSignal = () => this.ask();
    process.on("SIGINT", onSignal);
    try {
      return await fit();
    } catch (error) {
      if (error instanceof Stopped) return undefined;
      throw error;
    } finally {
      process.off("SIGINT", onSignal);
    }
  }

  /** Called between two epochs: saves the state if that was asked for, and ends the fit. */
  async look(save: () => Promise<Uint8Array>): Promise<void> {
    this.canSave = true;
    if (!this.isAsked) return;
    await writeAll(this.checkpoint, await save());
    complain(`interrupted; what was learned is in ${this.checkpoint}. To go on, to the same bytes: ${this.command()}`);
    throw new Stopped();
  }

  private ask(): void {
    if (this.isAsked || !this.canSave) {
      complain(this.isAsked ? "ended without saving." : "interrupted before there was anything to save.");
      removeUnfinished();
      process.exit(EXIT.interrupted);
    }
    this.isAsked = true;
    complain("interrupted: saving when this epoch is over. Ctrl-C again ends at once.");
  }

  /** The same call, going on from the file. */
  private command(): string {
    const given = argv.slice(2);
    const at = given.indexOf("--resume");
    if (at >= 0) given.splice(at, 2);
    return ["wasmlp", ...given, "--resume", this.checkpoint].map(word).join(" ");
  }
}
