/** The same after `wasmlp/turbo` was asked for: whether it runs or gives up, the bytes are the same. */
import { turbo } from "wasmlp/turbo";
import { answer, conformPublished } from "./published.js";

void answer(turbo().then(async (on) => ({ ...(await conformPublished()), turbo: on })));
