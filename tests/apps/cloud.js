/** A module worker of workerd. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

export default { fetch: async () => new Response(await xor({ Dataset, MLP })) };
