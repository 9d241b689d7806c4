/** The entry `wasmlp/migrate`: models of other libraries. ONNX is read by `wasmlp/onnx`, state dicts in safetensors by `MLP.fromSafetensors`. */
import "./core/inline.js";

export type { BrainNetwork, BrainOptions } from "./exchange/brain.js";
export { fromBrain } from "./exchange/brain.js";
export type { KerasModel } from "./exchange/keras.js";
export { fromKeras } from "./exchange/keras.js";
export type { Ml5Model, Ml5Range } from "./exchange/ml5.js";
export { fromMl5 } from "./exchange/ml5.js";
export type { SklearnModel } from "./exchange/sklearn.js";
export { fromSklearn } from "./exchange/sklearn.js";
export type { TfjsModel } from "./exchange/tfjs.js";
export { fromTfjs } from "./exchange/tfjs.js";
export type { TfjsBytes } from "./exchange/tfjs-weights.js";
export type { TorchModel, TorchOptions } from "./exchange/torch.js";
export { fromTorch } from "./exchange/torch.js";
