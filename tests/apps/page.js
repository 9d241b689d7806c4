/** A page, or a script for Node. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

xor({ Dataset, MLP }).then(console.log);
