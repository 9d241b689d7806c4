/** The entry `wasmlp` under the condition "node", where a start without zlib counts more than 56 KB on the disk. */

import { coreBase64 } from "./built/core-base64.js";
import { decodeBase64, inlineCore } from "./core/core.js";

export * from "./library.js";

inlineCore(() => decodeBase64(coreBase64));
