/** A page that has the library start a worker. */
import { Dataset, MLP } from "wasmlp";
import { fitInWorker } from "wasmlp/worker";
import { xor } from "./xor.js";

xor({ Dataset, MLP, train: fitInWorker }).then(console.log);
