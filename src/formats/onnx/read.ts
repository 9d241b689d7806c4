/** From the bytes of an ONNX file to what a network is made of. */
import type { Label } from "../../labels.js";
import { readGraph } from "./graph.js";
import { type Layers, planLayers } from "./layers.js";
import { parseModel } from "./wire.js";

/** What parameters in float32 may take beside twice the file, of which numbers of 16 bits become as much. */
const ALLOWANCE = 2 ** 20;

/** @throws Error saying what is wrong with the file */
export function readNetwork(bytes: Uint8Array): Layers & { readonly labels: readonly Label[] | undefined } {
  const { scores, labels } = readGraph(parseModel(bytes));
  return { ...planLayers(scores, 2 * bytes.length + ALLOWANCE), labels };
}
