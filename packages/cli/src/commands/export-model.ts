/** `wasmlp export`: a model for another runtime. */
import { type Classifier, MLP, type Regressor } from "wasmlp";
import { loadModel } from "../model-file.js";
import { badUsage } from "../refusal.js";
import { warn } from "../say/terminal.js";
import { deliver, outputOf } from "./delivery.js";
import { checkTables } from "./tables.js";

export interface ExportFlags {
  readonly to: "onnx" | "js" | "wasm" | "safetensors";
  readonly output?: string;
  readonly force?: boolean;
  readonly int8?: boolean;
  readonly json?: boolean;
}

/** What other runtimes take: of one target. */
type Exported = Classifier | Regressor | MLP;

export async function exportModel(path: string, flags: ExportFlags): Promise<void> {
  checkTables([path]);
  const output = outputOf(flags);
  const { model } = await loadModel(path);
  if ("targets" in model) {
    throw badUsage(
      `${path} has the targets ${model.targets.join(", ")}, and other runtimes take one. Train a model of each, and export those.`,
    );
  }
  const written = await formOf(model, flags);
  await deliver(output, Buffer.from(written as Uint8Array), flags, { to: flags.to });
}

async function formOf(model: Exported, { to, int8 }: ExportFlags): Promise<Uint8Array | string> {
  const options = int8 ? { weights: "int8" as const } : {};
  if (int8 && (to === "onnx" || to === "safetensors"))
    throw badUsage(`--int8 is for js and wasm: ${to} is written in float32. Leave it out.`);
  switch (to) {
    case "onnx":
      return (await import("wasmlp/onnx")).toOnnx(model);
    case "js":
      return (await import("wasmlp/standalone")).toModule(model, options);
    case "wasm":
      if (!(model instanceof MLP))
        warn("a .wasm file is the networks alone, which read features; --to js writes the columns too.");
      return (await import("wasmlp/standalone")).toWasm(model, options);
    case "safetensors":
      return stateDict(model);
  }
}

/** Weights under PyTorch's names: of one network. */
function stateDict(model: Exported): Uint8Array {
  if (model instanceof MLP) return model.toSafetensors();
  const { members } = model;
  if (members.length > 1)
    throw badUsage(
      `safetensors has weights of one network, and the model has ${members.length}. Train with --ensemble 1, or export --to onnx.`,
    );
  warn("a safetensors file has weights alone: how columns become features is in the model's own file.");
  return members[0].toSafetensors();
}
