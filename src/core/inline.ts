/** The core that comes with the package, for every entry that makes models and is given none; small, for pages. */

import { coreDeflated } from "../built/core-deflated.js";
import { decodeBase64, inlineCore } from "./core.js";
import { inflate } from "./inflate.js";

inlineCore(() => inflate(decodeBase64(coreDeflated)));
