/** The entry `wasmlp/standalone`: a model without the library. */
export { toModule } from "./formats/module.js";
export type { Model } from "./formats/wasm.js";
export { toWasm } from "./formats/wasm.js";
