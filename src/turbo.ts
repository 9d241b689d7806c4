/** The entry `wasmlp/turbo`: pairs of 128-bit operations as one of 256, where the engine can. */
export { turbo } from "./core/turbo-build.js";
