/** A trained model as the source of a JavaScript module that needs nothing else: kernels, weights, columns and answers. */

import { contentOf, type Exportable, type ExportableNetwork, networksOf } from "../exported-model.js";
import { type Answers, answerLabels, answerNumbers, answerValues, comment } from "./module-answers.js";
import { checkStandalone, type StandaloneOptions } from "./standalone-options.js";
import { writeNetworks } from "./wasm.js";

/** Engines hold texts of half a gigabyte, and base64 takes a third more than the bytes. */
const MOST_BYTES = 2 ** 28;
/** Chrome compiles no more than this outside of workers. */
const PAGE_BYTES = 8e6;

/**
 * Writes a model as the source of a JavaScript module that imports nothing: kernels, weights, columns and labels are in it.
 * It runs wherever WebAssembly has SIMD (Node, Deno, Bun, browsers, workers), starts its network at the first call, and
 * answers as the model does, to the bit. It exports, for one row at a time,
 *
 * - of a Classifier `predict(row)`, a label, or a list of several, and `predictProba(row)`, probabilities by label;
 * - of a Regressor `predict(row)`, a number in the target's unit, and, of one of quantiles, `predictQuantiles(row)`, all of them;
 * - of an MLP `predict(row)`, a class id (softmax), a Uint8Array of zeros and ones (sigmoid) or a Float32Array of values
 *   (all other outputs), and `predictProba(row)`, a Float32Array of probabilities or values.
 *
 * Rows are objects, of an MLP arrays of numbers. Columns may be missing and texts may be new; a value that the model refuses
 * is refused in the same words. Names, categories and labels cannot break out of the source, nor out of a script element.
 * @param options `weights`: rounded in the text, as `save` rounds them; it answers as the model does that is loaded from such a file
 * @throws TypeError if `model` is not a model, TypeError, RangeError on options outside their domain, RangeError if its network is too
 * large for a text: more than 256 MiB
 * @example
 * writeFileSync("model.mjs", toModule(model));
 * const { predict } = await import("./model.mjs");
 * predict({ sex: "female", age: 29, pclass: 1 }); // "1"
 */
export function toModule(model: Exportable, options: StandaloneOptions = {}): string {
  const call = "toModule";
  const rounding = checkStandalone(call, options);
  const nets = networksOf(call, model);
  const file = writeNetworks(call, nets, rounding);
  if (file.length > MOST_BYTES) {
    throw new RangeError(
      `${call}: the ${nets.length > 1 ? "networks" : "network"} must fit in 256 MiB, got ${file.length} bytes. Use toWasm.`,
    );
  }
  const { head, code } = answersOf(nets[0], model);
  const [title, ...rest] = head;
  const needs = [
    "Trained and written by wasmlp. Needs nothing but an engine whose WebAssembly has SIMD, as they have since 2023.",
    ...(file.length > PAGE_BYTES ? ["Chrome does not compile as much in pages: import it in a worker there."] : []),
  ];
  const what = nets.length > 1 ? `The ${nets.length} networks, which answer with their mean` : "The network";
  const wasm = `/** ${what}: a WebAssembly module in base64. */\nconst wasm = "${toBase64(file)}";\n`;
  return [comment([title, ...needs, ...rest]), ...code, wasm].join("\n");
}

function answersOf(net: ExportableNetwork, model: Exportable): Answers {
  const content = contentOf(model);
  if (!content) return answerNumbers(net);
  const { target, columns, encoder } = content;
  const { missing, strictTarget } = encoder;
  const names = strictTarget === undefined ? undefined : [...[strictTarget].flat(), ...columns.map(({ name }) => name)];
  const table = { target, columns, missing, names };
  if (content.kind === "regressor") return answerValues(table, content.code);
  return answerLabels(table, content.code, content.kind === "multi-label classifier");
}

/** A multiple of 3, so that only the last piece's text is padded. */
const PIECE = 3 * 2 ** 12;

function toBase64(bytes: Uint8Array): string {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; at += PIECE) {
    texts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE))));
  }
  return texts.join("");
}
