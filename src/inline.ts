/** The core that comes with the package, for every entry that makes models and is given none. */
import { inlineCore } from "./core.js";
import { coreDeflated } from "./core-deflated.js";

inlineCore(coreDeflated);
