/** The entry `wasmlp`: the public names and the core. */
import "./inline.js";

export * from "./library.js";
