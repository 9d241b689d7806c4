/** What toModule and toWasm take beside a model. */
import { checkWeights, type Rounding, type StoredWeights } from "../../file/small-weights.js";
import { checkOptions } from "../../ground/check.js";

/** What {@link toModule} and {@link toWasm} take beside a model. */
export interface StandaloneOptions {
  /**
   * How the file has weights: `"float32"` as they are, `"f16"` in half the size, `"int8"` in a quarter; see the option of
   * `save`. They are made into float32 when the network starts. Default: `"float32"`.
   */
  readonly weights?: StoredWeights;
}

/** How weights are rounded, if they are. */
export function checkStandalone(call: string, options: StandaloneOptions): Rounding | undefined {
  checkOptions(call, options, ["weights"]);
  return checkWeights(call, options.weights);
}
