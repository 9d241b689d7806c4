/** WASMLP_TURBO=1 runs every suite on the turbo build, with the engine's flag on. */
import "../src/inline.js";
import { turbo } from "../src/turbo.js";

if (process.env.WASMLP_TURBO === "1" && !(await turbo())) throw new Error("The engine could not run turbo.");
