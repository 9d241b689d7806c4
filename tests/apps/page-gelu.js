/** A page, or a script for Node, that needs the second module. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

xor({ Dataset, MLP, activation: "gelu" }).then(console.log);
