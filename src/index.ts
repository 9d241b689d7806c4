/** The entry `wasmlp`: the public names and the core. */
import "./core/inline.js";

export * from "./library.js";
