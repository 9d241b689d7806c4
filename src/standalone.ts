/** The entry `wasmlp/standalone`: a model without the library. */
export type { Exportable, ExportableNetwork, ExportableTable } from "./exchange/exported-model.js";
export { toModule } from "./exchange/standalone/module.js";
export type { StandaloneOptions } from "./exchange/standalone/standalone-options.js";
export { toWasm } from "./exchange/standalone/wasm.js";
export type { StoredWeights } from "./file/small-weights.js";
