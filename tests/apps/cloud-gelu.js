/** A module worker of workerd that needs the second module. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

export default { fetch: async () => new Response(await xor({ Dataset, MLP, activation: "gelu" })) };
