/**
 * Models as `toOnnx`, `toWasm` and `toModule` take them, described by what is read of them: an import of their classes would
 * bring all that trains, and models of `wasmlp/slim` are of classes of their own.
 */
import { isWalkable, show } from "../ground/check.js";
import type { Activations, Output } from "../net/activations.js";
import type { Design } from "../net/design.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { Column } from "../table/columns.js";
import type { EncoderData } from "../table/encoder.js";
import type { Label } from "../table/label-encoder.js";

/** What is written of a network. Every `MLP` fits. */
export interface ExportableNetwork {
  /** Inputs, hidden layers, outputs. */
  readonly layers: readonly number[];
  /** Of the hidden layers. */
  readonly activation: Activations;
  /** What the last layer ends in. */
  readonly output: Output;
  /** Of the hidden layers' sums. */
  readonly normalization?: Design["normalization"];
  /** Weights and biases of each layer, and what normalises it. */
  parameters(): readonly LayerParameters[];
}

/** What is written of a model whose rows are objects. Every `Classifier` and every `Regressor` fits. */
export interface ExportableTable {
  /** The network that reads the features. */
  readonly net: ExportableNetwork;
  /** What was learned of each column. */
  readonly columns: readonly Column[];
  /** @internal */
  saved(): { readonly [part in "kind" | "target" | "encoder" | "code"]: unknown };
}

/** A model that can be written: an `MLP`, a `Classifier` or a `Regressor`. */
export type Exportable = ExportableNetwork | ExportableTable;

/** What a table knows beside its network. Its code is the labels, or the unit of the values. */
export type TableContent = {
  readonly target: string;
  readonly columns: readonly Column[];
  readonly encoder: EncoderData;
} & (
  | { readonly kind: "classifier"; readonly code: readonly Label[] }
  | { readonly kind: "regressor"; readonly code: { readonly mean: number; readonly deviation: number } }
);

/**
 * A model's network.
 * @throws TypeError if `model` is none
 */
export function networkOf(call: string, model: Exportable): ExportableNetwork {
  const net = isTable(model) ? model.net : (model as Partial<ExportableNetwork> | null | undefined);
  const isNetwork = isWalkable(net?.layers) && net.layers.length > 1 && net.layers.every(Number.isSafeInteger);
  if (isNetwork && typeof net.parameters === "function") return net as ExportableNetwork;
  throw new TypeError(`${call}: model must be an MLP, a Classifier or a Regressor, got ${show(model)}.`);
}

/** What `model` knows beside its network; undefined if it is a network alone. */
export function contentOf(model: Exportable): TableContent | undefined {
  return isTable(model) ? ({ ...model.saved(), columns: model.columns } as TableContent) : undefined;
}

function isTable(model: Exportable): model is ExportableTable {
  return typeof (model as Partial<ExportableTable> | null | undefined)?.saved === "function";
}
