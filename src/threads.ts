/** The entry `wasmlp/threads`: the work of large networks on several threads. */
export { type ThreadsOptions, threads } from "./core/share-work.js";
