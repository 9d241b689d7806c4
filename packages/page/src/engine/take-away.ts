/** The model as files. */
import { toOnnx } from "wasmlp/onnx";
import { toModule, toWasm } from "wasmlp/standalone";
import type { FileKind, MadeFile } from "../talk.js";
import type { Model } from "./train.js";

export function fileOf(model: Model, kind: FileKind): MadeFile {
  const base = model.target.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "") || "model";
  switch (kind) {
    case "model":
      return { name: `${base}.wasmlp`, type: "application/octet-stream", content: model.save() };
    case "onnx":
      return { name: `${base}.onnx`, type: "application/octet-stream", content: toOnnx(model) };
    case "module":
      return { name: `${base}.mjs`, type: "text/javascript", content: toModule(model) };
    case "wasm":
      return { name: `${base}.wasm`, type: "application/wasm", content: toWasm(model) };
  }
}
