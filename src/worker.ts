/** The entry `wasmlp/worker`: the same fit on another thread, so that this one has nothing to do but answer. */
export { fitInWorker } from "./worker/fit-in-worker.js";
