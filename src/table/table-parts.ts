/** What a fitted table consists of, from a fit or from a file. */
import type { SaveOptions } from "../file/write-model.js";
import type { Encoder } from "./encoder.js";
import type { HeldFacts } from "./held-facts.js";
import type { trainingOf } from "./online-training.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";

/** Networks N, the columns they read, and the target they predict. */
export interface TableParts<E extends TargetEncoder, N> {
  /** One at least; a fit adds to them. */
  readonly members: readonly N[];
  readonly encoder: Encoder;
  /** Writes the model as a file; comes with what makes the parts: an app that has no model yet need not carry it. */
  readonly save: (model: never, options: SaveOptions) => Uint8Array<ArrayBuffer>;
  /** What goes on with the training of the networks, which comes likewise. */
  readonly trainingOf: typeof trainingOf;
  readonly targetEncoder: E;
  /** What rows say that were held out; nothing of models of 0.1, and of those that held none out. */
  readonly held?: HeldFacts;
  /** What the fit had to tell. */
  readonly warnings: readonly TableWarning[];
  /** Is told of what predictions have to tell. */
  readonly onWarning?: (warning: TableWarning) => void;
}
