/** What a fit of several targets takes. */
import type { Output } from "../net/activations.js";
import type { MemberEpoch, TableOptions } from "./options.js";

/** What `onEpoch` of such a fit is told. */
export interface TargetEpoch<O extends Output = Output> extends MemberEpoch<O> {
  /** Of which target's model it is. Models are fitted one after the other. */
  target: string;
}

/** Options T of a fit whose networks have outputs O, but for the targets N. */
export type MultiTargetOptions<O extends Output, T extends TableOptions<O>, N extends string> = Omit<
  T,
  "target" | "onEpoch"
> & {
  /** The columns to be predicted, each once, 256 at most: each by a model of its own, and none of these reads the others. */
  target: readonly N[];
  /**
   * Called after each epoch of each network of each target; awaited when it returns a promise. What it throws ends the fit. `save()`
   * gives the bytes of a checkpoint: of the models as if the fit ended here, without those of targets to come, and of all that
   * `resume` needs to go on from here, bit for bit.
   */
  onEpoch?: (epoch: TargetEpoch<O>, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
};
