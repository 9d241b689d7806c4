import { Dataset } from "../src/index.js";

/** The four points that no line parts. */
export const XOR = Dataset.from({
  x: [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ],
  y: [0, 1, 1, 0],
});
