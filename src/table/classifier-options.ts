/** What the fit of a classifier takes. */
import type { LabelWeights } from "./class-weights.js";
import type { TableOptions } from "./options.js";
import type { MultiTargetOptions } from "./target-options.js";

/** What {@link Classifier.fit} takes. */
export interface ClassifierOptions extends TableOptions<"softmax"> {
  /**
   * What a row counts by its label: a weight > 0 for each label, 1 for those not named; or `"balanced"`, which gives all
   * labels the same say. Default: 1 for each.
   */
  classWeights?: LabelWeights;
}

/** What {@link Classifier.fit} takes of several targets N. */
export type MultiTargetClassifierOptions<N extends string> = Omit<
  MultiTargetOptions<"softmax", ClassifierOptions, N>,
  "classWeights"
> & {
  /** What a row counts by its labels: `"balanced"`, or by target what `classWeights` of one target is. Default: 1 for each. */
  classWeights?: "balanced" | { readonly [target in N]?: LabelWeights };
};
