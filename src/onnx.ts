/** The entry `wasmlp/onnx`: models to ONNX files and back. */
import "./core/inline.js";
import "./exchange/onnx/text-encoding.js";

export type { Exportable, ExportableNetwork, ExportableTable } from "./exchange/exported-model.js";
export type { FromOnnxOptions, OnnxModel } from "./exchange/onnx/from-onnx.js";
export { fromOnnx } from "./exchange/onnx/from-onnx.js";
export type { ToOnnxOptions } from "./exchange/onnx/to-onnx.js";
export { toOnnx } from "./exchange/onnx/to-onnx.js";
