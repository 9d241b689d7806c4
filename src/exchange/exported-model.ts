/**
 * Models as `toOnnx`, `toWasm` and `toModule` take them, described by what is read of them: an import of their classes would
 * bring all that trains, and models of `wasmlp/slim` are of classes of their own.
 */
import { isWalkable, show } from "../ground/check.js";
import { ofSeveral } from "../ground/shown.js";
import type { Activations, Output } from "../net/activations.js";
import type { Design } from "../net/design.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { Column } from "../table/columns.js";
import type { EncoderData } from "../table/encoder.js";
import type { Label } from "../table/label.js";
import type { KeptLoss } from "../table/target-loss.js";

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
  /** The networks that read the features, whose answers are averaged. */
  readonly members: readonly ExportableNetwork[];
  /** What was learned of each column. */
  readonly columns: readonly Column[];
  /** @internal */
  saved(): { readonly [part in "kind" | "target" | "encoder" | "code"]: unknown };
}

/** A model that can be written: an `MLP`, a `Classifier` or a `Regressor`. */
export type Exportable = ExportableNetwork | ExportableTable;

/**
 * The unit of values: what a network answers is standardised, or a logarithm, or, of counts, divided by their mean
 * (src/table/target-scaler.ts); and what the fit made small.
 */
export interface Unit {
  readonly mean: number;
  readonly deviation: number;
  readonly log?: { readonly offset: number; readonly factor: number };
  readonly loss?: KeptLoss;
}

/** What a table knows beside its networks. Its code is the labels, or the unit of the values. */
export type TableContent = {
  readonly target: string;
  readonly columns: readonly Column[];
  readonly encoder: EncoderData;
} & (
  | { readonly kind: "classifier" | "multi-label classifier"; readonly code: readonly Label[] }
  | { readonly kind: "regressor"; readonly code: Unit }
);

/**
 * A model's networks: of a table's those whose answers are averaged, one at least.
 * @throws TypeError if `model` is none
 */
export function networksOf(call: string, model: Exportable): readonly ExportableNetwork[] {
  const nets: unknown = isTable(model) ? model.members : [model];
  if (isWalkable(nets) && nets.length > 0 && nets.every(isNetwork)) return nets;
  throw new TypeError(
    `${call}: model must be an MLP, a Classifier or a Regressor, got ${show(model)}.${ofSeveral(model)}`,
  );
}

function isNetwork(net: unknown): net is ExportableNetwork {
  const { layers, parameters } = Object(net) as Partial<ExportableNetwork>;
  const hasLayers = isWalkable(layers) && layers.length > 1 && layers.every(Number.isSafeInteger);
  return hasLayers && typeof parameters === "function";
}

/** What `model` knows beside its networks; undefined if it is a network alone. */
export function contentOf(model: Exportable): TableContent | undefined {
  return isTable(model) ? ({ ...model.saved(), columns: model.columns } as TableContent) : undefined;
}

function isTable(model: Exportable): model is ExportableTable {
  return typeof (model as Partial<ExportableTable> | null | undefined)?.saved === "function";
}
