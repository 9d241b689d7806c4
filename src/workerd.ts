/**
 * The entry `wasmlp` under the condition "workerd" (Cloudflare Workers and their like), where bytes may not be compiled: the core
 * comes as a module that the platform has compiled. scripts/build.ts leaves the import to it.
 */

import { useModule } from "./core/core.js";
import module from "./core.wasm";

export * from "./library.js";

useModule(module);
