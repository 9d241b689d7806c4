/** A module worker of workerd that brings the core itself. */
import core from "wasmlp/core.wasm";
import { Dataset, init, MLP } from "wasmlp/slim";
import { xor } from "./xor.js";

export default {
  async fetch() {
    await init(core);
    return new Response(await xor({ Dataset, MLP }));
  },
};
