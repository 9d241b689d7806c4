/** A module worker of workerd that brings the core and the second module itself. */
import core from "wasmlp/core.wasm";
import extra from "wasmlp/extra.wasm";
import { Dataset, init, MLP } from "wasmlp/slim";
import { xor } from "./xor.js";

export default {
  async fetch() {
    await init(core, extra);
    return new Response(await xor({ Dataset, MLP, activation: "gelu" }));
  },
};
