/** The entry `wasmlp/slim`: everything, without the core, which the caller brings: from a CDN, a cache, a module import. */
import { type CoreSource, useCore } from "./core/given-core.js";

export type { CoreSource } from "./core/given-core.js";
export * from "./library.js";

/**
 * Brings the core (`wasmlp/core.wasm`); models can be made from then on.
 * @param source its bytes, a Response (or a promise of one) that brings them, or the compiled WebAssembly.Module
 * @throws TypeError if it is none of these, Error if it was not found or is another module
 * @example
 * import { init, MLP } from "wasmlp/slim";
 * await init(fetch("/assets/core.wasm"));
 */
export async function init(source: CoreSource): Promise<void> {
  await useCore("init", source);
}
