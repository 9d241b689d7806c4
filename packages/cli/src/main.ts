#!/usr/bin/env node
/** The command `wasmlp`. */
import { stdout } from "node:process";
import { CommanderError } from "commander";
import { makeProgram } from "./program.js";
import { EXIT, Refusal } from "./refusal.js";
import { complain, voice } from "./say/terminal.js";
import { removeUnfinished } from "./write/output.js";

/** Ends at once, and leaves no half a file. */
function quit(code: number): never {
  removeUnfinished();
  process.exit(code);
}

/** Whoever read the results has had enough: that is no error. */
function onPipeClosed(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") quit(0);
}

function tell(error: unknown): void {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  } else if ((error as NodeJS.ErrnoException)?.code === "EPIPE") {
    quit(0);
  } else {
    const { message } = error as Error;
    complain(error instanceof Refusal ? message : readable(message));
    process.exitCode = EXIT[error instanceof Refusal ? error.kind : "failure"];
  }
}

/** The library names its call first; here nobody has called it. */
const readable = (message: string): string => message.replace(/^(?:Classifier|Regressor|MLP)?\.?\w+: /, "");

stdout.on("error", onPipeClosed);
for (const [signal, code] of [
  ["SIGINT", EXIT.interrupted],
  ["SIGTERM", 143],
] as const) {
  process.on(signal, () => {
    // `train` saves first, `serve` answers what has come: they listen too.
    if (process.listenerCount(signal) > 1) return;
    complain("interrupted: nothing was written.");
    quit(code);
  });
}

try {
  const program = makeProgram();
  // Flags of the whole command hold before or behind a subcommand.
  program.hook("preAction", (_, command) => {
    const { quiet, color } = command.optsWithGlobals();
    voice.isQuiet = quiet === true;
    voice.hasColor = color !== false;
  });
  await program.parseAsync();
} catch (error) {
  tell(error);
}
