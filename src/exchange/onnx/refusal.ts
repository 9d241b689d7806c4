/** How files are refused: every sentence of `fromOnnx` about a file has this form. */
import { type Refuse, refuser } from "../refuser.js";

export const refuse: Refuse = refuser("fromOnnx", "file");
