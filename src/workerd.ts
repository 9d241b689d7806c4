/**
 * The entry `wasmlp` under the condition "workerd" (Cloudflare Workers and their like), where bytes may not be compiled: the core
 * and the second module come as modules that the platform has compiled. scripts/build.ts leaves the imports to it.
 */

import { useExtra, useModule } from "./core/core.js";
import module from "./core.wasm";
import extra from "./extra.wasm";

export * from "./library.js";

useModule(module);
useExtra(extra);
