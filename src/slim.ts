/** The entry `wasmlp/slim`: everything, without the core, which the caller brings: from a CDN, a cache, a module import. */
import { type CoreSource, useCore } from "./core/given-core.js";

export type { CoreSource } from "./core/given-core.js";
export * from "./library.js";

/**
 * Brings the core (`wasmlp/core.wasm`); models can be made from then on.
 * @param source its bytes, a Response (or a promise of one) that brings them, or the compiled WebAssembly.Module
 * @param extra the same of `wasmlp/extra.wasm`, the kernels of less common activations, outputs and losses. Without, those come
 * with the library's code, in a script that is loaded when a model first needs it
 * @throws TypeError if it is none of these, Error if it was not found or is another module
 * @example
 * import { init, MLP } from "wasmlp/slim";
 * await init(fetch("/assets/core.wasm"), fetch("/assets/extra.wasm"));
 */
export async function init(source: CoreSource, extra?: CoreSource): Promise<void> {
  await useCore("init", source, extra);
}
