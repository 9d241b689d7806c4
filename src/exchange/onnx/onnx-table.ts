/** A graph of columns as the library's own model of a table: as its file says it, which is read with all its checks. */

import type { SavedTable } from "../../file/write-model.js";
import { encodeTable } from "../../file/write-tables.js";
import type { MLP } from "../../model/mlp.js";
import type { Output } from "../../net/activations.js";
import { Classifier } from "../../table/classifier.js";
import type { EncoderData } from "../../table/encoder.js";
import type { Label } from "../../table/label.js";
import { Regressor } from "../../table/regressor.js";

/** What a table predicts, and by which columns. */
interface Table {
  readonly encoder: EncoderData;
  /** Of a classifier. */
  readonly labels: readonly Label[] | undefined;
  /** The name of the graph's output. */
  readonly output: string;
}

/** @returns a Classifier if there are labels, else a Regressor, whose values are what the network answers */
export async function makeTable(net: MLP<Output>, { encoder, labels, output }: Table): Promise<Classifier | Regressor> {
  const names = new Set(encoder.columns.map(({ name }) => name));
  let target = output;
  while (names.has(target)) target = `output_${target}`;
  const code = labels ?? { mean: 0, deviation: 1 };
  const table: SavedTable = { kind: labels ? "classifier" : "regressor", target, encoder, code };
  const history = { epochs: [], steps: 0, stopped: "done" as const };
  const saved = net.savedWith({ resume: false, weights: undefined });
  const bytes = encodeTable({ ...saved, history, table });
  return labels ? Classifier.load(bytes) : Regressor.load(bytes);
}
