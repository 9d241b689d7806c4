/** What only models from files need: loaded when the first of them is. */
export { decodeNetwork } from "./saved-model.js";
export { decodeStateDict } from "./state-dict.js";
