/** The entry `wasmlp/migrate`: models of other libraries. PyTorch's state dicts are read by `MLP.fromSafetensors`, ONNX by `wasmlp/onnx`. */
import "./inline.js";

export type { BrainNetwork } from "./formats/brain.js";
export { fromBrain } from "./formats/brain.js";
export { fromTfjs } from "./formats/tfjs.js";
export type { TfjsBytes } from "./formats/tfjs-weights.js";
