/** The web worker. */
import { Dataset, MLP } from "wasmlp";
import { xor } from "./xor.js";

self.onmessage = async ({ data: seed }) => self.postMessage(await xor({ Dataset, MLP, seed }));
