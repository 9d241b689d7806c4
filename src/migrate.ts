/** The entry `wasmlp/migrate`: models of other libraries. PyTorch's state dicts are read by `MLP.fromSafetensors`, ONNX by `wasmlp/onnx`. */
import "./core/inline.js";

export type { BrainNetwork } from "./exchange/brain.js";
export { fromBrain } from "./exchange/brain.js";
export type { TfjsModel } from "./exchange/tfjs.js";
export { fromTfjs } from "./exchange/tfjs.js";
export type { TfjsBytes } from "./exchange/tfjs-weights.js";
