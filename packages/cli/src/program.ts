/** What the command knows: subcommands, flags, and an example of each. */
import { createRequire } from "node:module";
import { Command } from "commander";
import { addAskingCommands } from "./asking-commands.js";
import { addLearningCommands } from "./learning-commands.js";
import { addPassingCommands } from "./passing-commands.js";

const { version } = createRequire(import.meta.url)("../package.json") as { version: string };

const EXAMPLES = `
Examples:
  wasmlp train churn.csv --target churn -o churn.model    learn a column from all others
  wasmlp predict churn.model new.csv > answers.csv        answer rows, of any number
  wasmlp evaluate churn.model known.csv                   how right the answers are
  wasmlp train churn.csv --target churn | wasmlp predict - new.csv

Tables are CSV, TSV, JSON lines, JSON or Parquet, gzipped or not; "-" is standard input. Results go to standard output, all
else to standard error. Exit codes: 0 done, 1 failed, 2 called wrongly, 65 bad data, 130 interrupted.
wasmlp COMMAND --help has examples of every flag.`;

export function makeProgram(): Command {
  const program = new Command("wasmlp")
    .description(
      "Small neural networks for tables: train, predict, evaluate, tune, export, serve. Same seed, same bytes.",
    )
    .version(version)
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(wasmlp --help says what there is)")
    .addHelpText("after", EXAMPLES);
  addLearningCommands(program);
  addAskingCommands(program);
  addPassingCommands(program);
  return program;
}
