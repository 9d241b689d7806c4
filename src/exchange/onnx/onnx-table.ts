/** A graph of columns as the file of the library's own model of a table, which is read with all its checks. */
import type { SavedTable } from "../../file/write-model.js";
import { encodeTable } from "../../file/write-tables.js";
import type { MLP } from "../../model/mlp.js";
import type { Output } from "../../net/activations.js";
import type { EncoderData } from "../../table/encoder.js";
import type { Label } from "../../table/label.js";

/** What a table predicts, and by which columns. */
interface Table {
  readonly encoder: EncoderData;
  /** Of a classifier. */
  readonly labels: readonly Label[] | undefined;
  /** The name of the graph's output. */
  readonly output: string;
}

/** @returns the file of a Classifier if there are labels, else of a Regressor, whose values are what the network answers */
export function tableFile(net: MLP<Output>, { encoder, labels, output }: Table): Uint8Array {
  const names = new Set(encoder.columns.map(({ name }) => name));
  let target = output;
  while (names.has(target)) target = `output_${target}`;
  const code = labels ?? { mean: 0, deviation: 1 };
  const table: SavedTable = { kind: labels ? "classifier" : "regressor", target, encoder, code };
  const history = { epochs: [], steps: 0, stopped: "done" as const };
  const saved = net.savedWith({ resume: false, weights: undefined });
  return encodeTable({ ...saved, history, table });
}
