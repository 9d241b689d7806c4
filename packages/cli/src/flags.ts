/** Flags that several subcommands take, and how their values are read. */
import { stdin } from "node:process";
import { type Command, InvalidArgumentError, Option } from "commander";

/** A subcommand, with the flags of all. */
export function subcommand(program: Command, usage: string, summary: string): Command {
  return program
    .command(usage)
    .description(summary)
    .option("--json", "print results as JSON")
    .option("-q, --quiet", "say nothing but errors")
    .option("--no-color", "no colours; NO_COLOR and TERM=dumb do the same")
    .hook("preAction", (command) => {
      // Nobody types a table: whoever waits there has forgotten the pipe.
      if (command.args.includes("-") && stdin.isTTY) command.help({ error: true });
    })
    .showHelpAfterError(`(wasmlp ${usage.split(" ")[0]} --help has examples)`);
}

/** Examples at the end of the help: each flag stands in one of them. */
export function examples(command: Command, ...lines: readonly [call: string, what: string][]): void {
  const width = Math.max(...lines.map(([call]) => call.length));
  const text = lines.map(([call, what]) => `  ${call.padEnd(width)}  ${what}`).join("\n");
  command.addHelpText("after", `\nExamples:\n${text}`);
}

/** How a table is written, where its bytes do not say. */
export function tableFlags(command: Command): Command {
  return command
    .addOption(new Option("--format <format>", "csv, tsv, jsonl, json or parquet; default: what the bytes look like"))
    .addOption(new Option("--delimiter <character>", "between cells; default: found out of , ; | and tab"));
}

/** Other machines that do the work. */
export function queueFlags(command: Command, isNeeded = false): Command {
  const redis = new Option("--redis <url>", "redis://:password@host:6379, where jobs are (needs wasmlp-bullmq)");
  return command
    .addOption(isNeeded ? redis.makeOptionMandatory() : redis)
    .option("--queue <name>", "the name of the queue; default: wasmlp");
}

/** What a fit takes. */
export function fitFlags(command: Command): Command {
  return command
    .requiredOption(
      "-t, --target <column>",
      "the column to be predicted; train: may stand several times, or be a,b",
      listed,
    )
    .option(
      "--kind <kind>",
      "classifier (labels) or regressor (numbers); default: what the target's values look like",
      oneOf("classifier", "regressor"),
    )
    .option(
      "--column <name=kind>",
      "read a column as number, boolean, text, date, day-first, month-first or ignore",
      pair,
      {},
    )
    .option("--missing <text>", "a further text that stands for a missing value", listed, [])
    .option("--weights <column>", "what each row counts")
    .option("--balanced", "all labels have the same say, however rare")
    .option(
      "--loss <loss>",
      "squared, absolute, huber or poisson, of a regressor",
      oneOf("squared", "absolute", "huber", "poisson"),
    )
    .option("--hidden <sizes>", "units of the hidden layers, as 256,128", sizes)
    .option("--ensemble <count>", "how many networks answer together", whole(1))
    .option("--epochs <count>", "passes over the rows", whole(1))
    .option("--seed <number>", "same seed, same bytes; default: 0", whole(0))
    .option(
      "--workers <count>",
      "threads; default: as many as there are cores, one for more than a million rows",
      whole(1),
    );
}

/** Reads a whole number from `least` on. */
export function whole(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number >= ${least}.`);
  };
}

/** Reads a number above 0. */
export function positive(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new InvalidArgumentError("It must be a number above 0.");
}

/** Reads a share of the rows. */
export function share(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && number >= 0 && number < 1) return number;
  throw new InvalidArgumentError("It must be a share from 0 to 1, as 0.1.");
}

export function oneOf(...names: readonly string[]): (text: string) => string {
  return (text) => {
    if (names.includes(text)) return text;
    throw new InvalidArgumentError(`It must be ${names.slice(0, -1).join(", ")} or ${names.at(-1)}.`);
  };
}

function sizes(text: string): number[] {
  return text === "" ? [] : text.split(",").map(whole(1));
}

const listed = (text: string, before: readonly string[] = []): string[] => [...before, text];

const KINDS = ["number", "boolean", "text", "date", "day-first", "month-first", "ignore"];

function pair(text: string, before: Readonly<Record<string, string>>): Record<string, string> {
  const at = text.lastIndexOf("=");
  const [name, kind] = [text.slice(0, at), text.slice(at + 1)];
  if (at > 0 && KINDS.includes(kind)) return { ...before, [name]: kind };
  throw new InvalidArgumentError(`It must be a column and its kind (${KINDS.join(", ")}), as zip=text.`);
}
