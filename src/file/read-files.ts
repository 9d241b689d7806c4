/** What only models from files need: loaded when the first of them is. */
export { decodeModel } from "./saved-model.js";
export { decodeStateDict } from "./state-dict.js";
