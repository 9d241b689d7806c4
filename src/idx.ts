/** The entry `wasmlp/idx`: files of the format of MNIST. */
export type { IdxArray } from "./formats/idx.js";
export { readIdx } from "./formats/idx.js";
