/** A network whose inputs are columns, as the file of the library's own model of a table: it is read as any other, with all its checks. */
import { DecodedFile } from "../file/saved-model.js";
import type { SavedNetwork } from "../file/write-model.js";
import type { MLP } from "../model/mlp.js";
import type { Output } from "../net/activations.js";
import type { Label } from "../table/label.js";
import type { Unit } from "./exported-model.js";

/** What a table predicts, and by which columns. */
export interface Table {
  /** As `EncoderData` of src/table/encoder.ts. */
  readonly encoder: { readonly columns: readonly { readonly name: string }[] };
  /** What the target is called; it gets another name if a column has this one. */
  readonly target: string;
  /** Of a classifier. */
  readonly labels?: readonly Label[] | undefined;
  /** Of a regressor: its value is `output * deviation + mean`. Default: what the network answers. */
  readonly value?: Unit | undefined;
  /** Of a classifier whose rows may have several labels. */
  readonly isSet?: boolean;
}

/**
 * @param networks those whose answers are averaged
 * @returns the file of a Classifier if there are labels, else of a Regressor, decoded: `load` takes it in the place of bytes
 */
export function tableFile(
  networks: readonly SavedNetwork[],
  { encoder, target, labels, value, isSet }: Table,
): DecodedFile {
  const names = new Set(encoder.columns.map(({ name }) => name));
  let free = target;
  while (names.has(free)) free = `output_${free}`;
  const code = labels ?? value ?? { mean: 0, deviation: 1 };
  const kind = labels ? (isSet ? "multi-label classifier" : "classifier") : "regressor";
  const history = { epochs: [], steps: 0, stopped: "done" as const };
  const [first, ...further] = networks.map((network) => ({ ...network, history }));
  return new DecodedFile({ ...first, further, table: { kind, target: free, encoder, code } });
}

/** What a file keeps of a network. */
export const savedOf = (net: MLP<Output>): SavedNetwork => net.savedWith({ resume: false, weights: undefined });
