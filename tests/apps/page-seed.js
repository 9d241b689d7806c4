/** The page with another seed. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

xor({ Dataset, MLP, seed: 2 }).then(console.log);
