/** A worker that is a module. */
import { Dataset, MLP } from "../node_modules/wasmlp/dist/index.js";
import { xor } from "../xor.js";

postMessage(await xor({ Dataset, MLP }));
