/** The subcommands that ask a model: predict, evaluate, inspect. */
import type { Command } from "commander";
import { examples, queueFlags, subcommand, tableFlags } from "./flags.js";

export function addAskingCommands(program: Command): void {
  addPredict(program);
  addEvaluate(program);
  addInspect(program);
}

function addPredict(program: Command): void {
  const predict = subcommand(
    program,
    "predict <model> <tables...>",
    "Answer rows: their columns, then the prediction, in the same format.",
  );
  queueFlags(tableFlags(predict))
    .option(
      "-o, --output <file>",
      "where the answers go; .gz is packed; with --redis a folder; default: standard output",
    )
    .option("-f, --force", "replace a file that is there")
    .option("--as <name>", "what the column of predictions is called; default: prediction")
    .option("--no-probabilities", "predictions alone")
    .action(async (model, paths, flags) => {
      if (flags.redis !== undefined) return (await import("./commands/shards.js")).predictShards(model, paths, flags);
      await (await import("./commands/predict.js")).predict(model, paths, flags);
    });
  examples(
    predict,
    ["wasmlp predict churn.model new.csv > answers.csv", "rows stay in their order; memory does not grow"],
    ["wasmlp predict churn.model new.jsonl.gz -o answers.jsonl.gz --force", "packed, in and out"],
    ["wasmlp predict churn.model new.csv --as churn --no-probabilities", "one more column"],
    ["wasmlp predict churn.model new.parquet --json --quiet", "an object a line"],
    ["wasmlp predict churn.model parts/*.csv -o answers --redis redis://host --queue night", "each table by a worker"],
    ["cat new.txt | wasmlp predict churn.model - --format csv --delimiter ';' --no-color", "standard input"],
  );
}

function addEvaluate(program: Command): void {
  const evaluate = subcommand(program, "evaluate <model> <tables...>", "Score a model on rows whose target is known.");
  tableFlags(evaluate).action(async (model, paths, flags) =>
    (await import("./commands/evaluate-model.js")).evaluateModel(model, paths, flags),
  );
  examples(
    evaluate,
    ["wasmlp evaluate churn.model known.csv", "scores, beside those of the same answer to all"],
    ["wasmlp evaluate churn.model known.csv --json --quiet", "with the confusion of labels"],
    ["wasmlp evaluate churn.model - --format csv --delimiter tab --no-color < known.txt", "standard input"],
  );
}

function addInspect(program: Command): void {
  const inspect = subcommand(
    program,
    "inspect <model> [tables...]",
    "Say what a model is: columns, networks, history, digest.",
  );
  tableFlags(inspect)
    .option("--importance", "how much each column matters, by rows of the tables")
    .action(async (model, paths, flags) => (await import("./commands/inspect.js")).inspect(model, paths, flags));
  examples(
    inspect,
    ["wasmlp inspect churn.model", "a page"],
    ["wasmlp inspect churn.model known.csv --importance", "what its answers depend on"],
    ["wasmlp inspect churn.model --json --quiet", "for a program"],
    ["wasmlp inspect churn.model - --importance --format csv --delimiter ';' --no-color < known.txt", "standard input"],
  );
}
