/** What the fit of a regressor takes. */
import type { TableOptions } from "./options.js";
import type { RegressorLoss } from "./target-loss.js";
import type { MultiTargetOptions } from "./target-options.js";
import type { Transform } from "./target-scaler.js";

/** What {@link Regressor.fit} takes. */
export interface RegressorOptions extends TableOptions<"linear" | "exponential"> {
  /**
   * In which form the target is learned: `"log"`, its logarithm, for amounts >= 0 whose errors are the larger the larger they are;
   * `"none"`, as it is; `"auto"`, of skewed amounts the form in which those of rows that are held out are likelier, as they are if
   * none are. Predictions are means in the target's own unit. Default: `"auto"`.
   */
  transform?: Transform;
  /**
   * What is made small, and so what is predicted: `"squared"` means; `"absolute"` medians; `"huber"` means that outliers beyond a
   * standard deviation of the target lead little; `"poisson"` means of counts >= 0, whose errors are the larger the larger they are;
   * `{ quantiles: [0.05, 0.5, 0.95] }` these quantiles, of which `predict` gives the one next to a half (the lower of two), and
   * {@link Regressor.predictQuantiles} all. Of other losses than `"squared"` `transform: "auto"` is `"none"`, and predictions in
   * logarithms are medians and quantiles as they are; `"poisson"` goes with no `"log"`. Default: `"squared"`.
   */
  loss?: RegressorLoss;
}

/** What {@link Regressor.fit} takes of several targets N; `loss` is that of all. */
export type MultiTargetRegressorOptions<N extends string> = Omit<
  MultiTargetOptions<"linear" | "exponential", RegressorOptions, N>,
  "transform"
> & {
  /** In which form the targets are learned: one for all, or by target what `transform` of one target is. Default: `"auto"`. */
  transform?: Transform | { readonly [target in N]?: Transform };
};
