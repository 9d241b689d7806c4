/** What optimizers of all rows at once are given, and what they answer. */

/** A loss to be made small, of all rows at once. */
export interface Objective {
  /** Where the parameters are, and where their gradient is found once they were evaluated. */
  readonly parameters: Float32Array;
  readonly gradient: Float32Array;
  /** Makes these the parameters. */
  move(to: Float64Array): Generator<number, void>;
  /** The loss, penalties included, and without them; undefined if the signal ended the fit meanwhile. */
  evaluate(): Generator<number, { readonly loss: number; readonly dataLoss: number } | undefined>;
}

/** What an iteration has to tell: the loss before it, how far it went along its line, and whether there is no further to go. */
export interface Iteration {
  readonly loss: number;
  readonly dataLoss: number;
  readonly step: number;
  readonly isDone: boolean;
}

/** One iteration; undefined if the signal ended it: the parameters are then as they were before it. */
export type Iterate = () => Generator<number, Iteration | undefined>;
