/** The subcommands that pass models on, and what does work for others: export, convert, serve, worker. */
import type { Command } from "commander";
import { examples, oneOf, queueFlags, subcommand, whole } from "./flags.js";

export function addPassingCommands(program: Command): void {
  addExport(program);
  addConvert(program);
  addServe(program);
  addWorker(program);
}

function addExport(program: Command): void {
  const exporting = subcommand(program, "export <model>", "Write a model for another runtime.")
    .requiredOption(
      "--to <form>",
      "onnx, js, wasm or safetensors (PyTorch's names)",
      oneOf("onnx", "js", "wasm", "safetensors"),
    )
    .option("-o, --output <file>", 'where it goes; "-" or a pipe: standard output')
    .option("-f, --force", "replace a file that is there")
    .option("--int8", "js and wasm: weights of 8 bits, a quarter of the size")
    .action(async (model, flags) => (await import("./commands/export-model.js")).exportModel(model, flags));
  examples(
    exporting,
    ["wasmlp export churn.model --to onnx -o churn.onnx", "onnxruntime and others, columns and labels included"],
    ["wasmlp export churn.model --to js -o churn.mjs --force", "a module that imports nothing"],
    ["wasmlp export churn.model --to wasm --int8 -o churn.wasm --json", "the networks alone, small"],
    ["wasmlp export net.model --to safetensors --quiet --no-color > net.safetensors", "weights for PyTorch"],
  );
}

function addConvert(program: Command): void {
  const convert = subcommand(
    program,
    "convert <files...>",
    "Make a model of another library's: ONNX, Keras, TensorFlow.js, ml5.js, brain.js, PyTorch, scikit-learn.",
  )
    .option("-o, --output <file>", 'where it goes; "-" or a pipe: standard output')
    .option("-f, --force", "replace a file that is there")
    .option("--key <name>", "of several state dicts or networks in a file, the one")
    .option("--activation <name>", "PyTorch: of the hidden layers; default: relu")
    .option("--ends-in <name>", "PyTorch: softmax, sigmoid or linear; default: softmax")
    .action(async (paths, flags) => (await import("./commands/convert.js")).convert(paths, flags));
  examples(
    convert,
    ["wasmlp convert net.onnx -o net.model", "of PyTorch, Keras (tf2onnx), scikit-learn (skl2onnx)"],
    ["wasmlp convert model.json -o net.model --force", "TensorFlow.js or ml5.js, with their files beside it; brain.js"],
    ["wasmlp convert model.keras -o net.model", "Keras, .h5 too"],
    ["wasmlp convert net.pt --key model --activation tanh --ends-in linear -o net.model", "a PyTorch state dict"],
    ["wasmlp convert net.onnx --json --quiet --no-color -o net.model", "what it is, as JSON"],
  );
}

function addServe(program: Command): void {
  const serve = subcommand(
    program,
    "serve <models>",
    "Answer over HTTP: a model, or a folder of them (needs wasmlp-server).",
  )
    .option("--host <address>", "where to listen; default: 127.0.0.1")
    .option("--port <number>", "0 for any that is free; default: 3000", whole(0))
    .action(async (models, flags) => (await import("./commands/serve.js")).serve(models, flags));
  examples(
    serve,
    ["wasmlp serve models/", "all models of a folder, on http://127.0.0.1:3000"],
    ["wasmlp serve churn.model --host 0.0.0.0 --port 9000", "for others too"],
    ["wasmlp serve models/ --port 0 --json --quiet --no-color", "prints the address as JSON"],
  );
}

function addWorker(program: Command): void {
  const working = subcommand(
    program,
    "worker",
    "Do the jobs of tune --redis and predict --redis, on this machine (needs wasmlp-bullmq).",
  );
  queueFlags(working, true)
    .option("--workers <count>", "jobs at once, a thread each; default: as many as there are cores", whole(1))
    .option("--folder <path>", "what paths of jobs start from, if they are not absolute; default: here")
    .option("--lock <seconds>", "after so long in silence its jobs are given to others; default: 30", whole(1))
    .action(async (flags) => (await import("./commands/worker.js")).worker(flags));
  examples(
    working,
    ["wasmlp worker --redis redis://:password@host:6379", "any number of them, anywhere; Ctrl-C ends one"],
    ["wasmlp worker --redis redis://host --queue night --workers 4 --folder /data", "four jobs at once, of one queue"],
    ["wasmlp worker --redis redis://host --lock 120 --json --quiet --no-color", "a line a job, as JSON"],
  );
}
