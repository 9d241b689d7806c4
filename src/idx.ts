/** The entry `wasmlp/idx`: files of the format of MNIST. */
export type { IdxArray } from "./exchange/idx-file.js";
export { readIdx } from "./exchange/idx-file.js";
