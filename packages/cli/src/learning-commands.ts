/** The subcommands that learn: train, cv, tune. */
import type { Command } from "commander";
import { examples, fitFlags, positive, queueFlags, share, subcommand, tableFlags, whole } from "./flags.js";

export function addLearningCommands(program: Command): void {
  addTrain(program);
  addCrossValidate(program);
  addTune(program);
}

function addTrain(program: Command): void {
  const train = subcommand(
    program,
    "train <tables...>",
    "Learn a column of tables from all others, and write the model.",
  );
  tableFlags(fitFlags(train))
    .option("-o, --output <file>", 'where the model goes; "-" or a pipe: standard output')
    .option("-f, --force", "replace a file that is there")
    .option("-n, --dry-run", "read the tables and say what would be done")
    .option("--test <share>", "rows that are held out to score the model by; default: 0.1", share)
    .option("--time <seconds>", "as many networks as there is time for", positive)
    .option("--resume <file>", "go on from what an interrupted train left")
    .action(async (paths, flags) => (await import("./commands/train.js")).train(paths, flags));
  examples(
    train,
    ["wasmlp train churn.csv --target churn -o churn.model", "the whole of it; a tenth of the rows scores the model"],
    ["wasmlp train 2023.csv 2024.parquet -t churn -o churn.model --force", "several tables, replacing an older model"],
    ["wasmlp train big.csv.gz -t price -o price.model --time 600 --workers 4", "ten minutes on four threads"],
    ["wasmlp train churn.csv -t churn -o churn.model --resume churn.model.checkpoint", "after Ctrl-C"],
    ["wasmlp train churn.csv -t churn --dry-run --json", "what would be done, as JSON"],
    ["wasmlp train x.csv -t y -o m --column zip=text --column when=day-first --missing -999", "how columns are read"],
    [
      "wasmlp train x.csv -t y -o m --kind regressor --loss absolute --weights count",
      "medians of rows that count differently",
    ],
    [
      "wasmlp train x.csv -t y -o m --kind classifier --balanced --test 0.2",
      "rare labels as important; a fifth held out",
    ],
    ["wasmlp train x.csv -t y -o m --hidden 64,32 --ensemble 1 --epochs 50 --seed 7", "a network of one's own"],
    ["wasmlp train - --format tsv --delimiter tab -t y -o m --quiet --no-color < x", "standard input"],
  );
}

function addCrossValidate(program: Command): void {
  const cv = subcommand(program, "cv <tables...>", "Score models on parts of the rows that they were not trained on.");
  tableFlags(fitFlags(cv))
    .option("--folds <count>", "how many parts; default: 5", whole(2))
    .action(async (paths, flags) => (await import("./commands/cross-validate.js")).crossValidate(paths, flags));
  examples(
    cv,
    ["wasmlp cv churn.csv --target churn", "five folds"],
    ["wasmlp cv churn.csv -t churn --folds 10 --seed 3 --workers 2 --json", "ten, on two threads, as JSON"],
    [
      "wasmlp cv x.csv -t y --kind regressor --loss huber --weights count",
      "of numbers, of rows that count differently",
    ],
    ["wasmlp cv x.csv -t y --kind classifier --balanced --hidden 32 --ensemble 1 --epochs 20", "of small networks"],
    [
      "wasmlp cv - --format csv --delimiter ';' -t y --column zip=text --missing '?' --quiet --no-color < x",
      "as it comes",
    ],
  );
}

function addTune(program: Command): void {
  const tune = subcommand(
    program,
    "tune <tables...>",
    "Try settings for so many seconds, and write the model of the best.",
  );
  queueFlags(tableFlags(fitFlags(tune)))
    .option("--seconds <seconds>", "how long it may take; default: 600, with --trials as long as those take", positive)
    .option("--trials <count>", "how many settings are tried; default: as many as there is time for", whole(1))
    .option("--folds <count>", "parts that each setting is judged on; default: 3", whole(2))
    .option("-o, --output <file>", 'where the model goes; "-" or a pipe: standard output')
    .option("-f, --force", "replace a file that is there")
    .action(async (paths, flags) => (await import("./commands/tune.js")).tune(paths, flags));
  examples(
    tune,
    ["wasmlp tune churn.csv --target churn --seconds 600 -o churn.model", "ten minutes"],
    ["wasmlp tune churn.csv -t churn --seconds 60 --folds 5 -o churn.model --force --json", "the settings as JSON"],
    [
      "wasmlp tune churn.csv -t churn -o churn.model --trials 40 --redis redis://host --queue night",
      "each by a worker; the same model as here",
    ],
    [
      "wasmlp tune x.csv -t y -o m --kind classifier --balanced --ensemble 4 --epochs 30 --seed 1",
      "some of them settled",
    ],
    ["wasmlp tune x.csv -t y -o m --kind regressor --loss poisson --weights count --hidden 64 --workers 2", "counts"],
    [
      "wasmlp tune - --format csv --delimiter '|' -t y -o m --column zip=text --missing NA --quiet --no-color < x",
      "as it comes",
    ],
  );
}
