/** L-BFGS as an optimizer. Its iterations are loaded when a fit asks for them. */
import { checkNumber, checkOptions, checkWhole, show } from "../ground/check.js";
import { once } from "../ground/once.js";
import { addKind, keep, type Lbfgs } from "./optimizer-kinds.js";

const iterations = once(async () => (await import("./lbfgs-iterations.js")).iterations);

/** What {@link lbfgs} takes. */
export interface LbfgsOptions {
  /** Earlier steps that the curvature is learned from, 1 to 100: two float64 a parameter each. Default: 10. */
  memory?: number;
  /** Passes over the rows that the search along one line may take, 2 to 1000. Default: 25. */
  evaluations?: number;
  /** The fit ends when no component of the gradient is larger, >= 0. Default: 1e-7. */
  tolerance?: number;
}

/**
 * Makes L-BFGS, for `fit` with few rows: each epoch is one iteration over all of them, whatever `batchSize` and `shuffle` say, with a
 * search along its line for a step that meets the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 7.4, 3.5, 3.6); it
 * takes one pass over the rows as a rule, and `evaluations` at most. The fit ends before its epochs (`stopped` is `"done"`) when
 * the gradient is within `tolerance` or steps make the loss no smaller; `learningRate` of a report is how far the step went.
 *
 * The loss must be one function of the parameters: dropout, clipping, `maxNorm`, `average`, `reduceOnPlateau` and factors of
 * `layerRates` other than 0 and 1 are refused, and so is `resume`, since a file has no room for the memory.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * await net.fit(data, { optimizer: lbfgs(), epochs: 100, l2: 1e-3 });
 */
export function lbfgs(options: LbfgsOptions = {}): Lbfgs {
  const call = "lbfgs";
  addKind(call, { make: lbfgs, iterations, check: checkTogether });
  checkOptions(call, options, ["learningRate", "memory", "evaluations", "tolerance"]);
  const { memory = 10, evaluations = 25, tolerance = 1e-7, learningRate = 1 } = options as Partial<Lbfgs>;
  // Copies of what this function made have it.
  checkNumber(call, "learningRate", learningRate, 1, 1);
  checkWhole(call, "memory", memory, 1, 100);
  checkWhole(call, "evaluations", evaluations, 2, 1000);
  checkNumber(call, "tolerance", tolerance, 0);
  return keep({ name: call, learningRate: 1, memory, evaluations, tolerance });
}

/** Refuses what would make the loss another function at each step. */
function checkTogether(call: string, options: Readonly<Record<string, unknown>>): void {
  for (const name of ["dropout", "clipNorm", "clipValue", "maxNorm", "average", "reduceOnPlateau", "resume"]) {
    const given = options[name];
    if (!given) continue;
    throw new TypeError(`${call}: ${name} must be left out with lbfgs, got ${show(given)}.`);
  }
  const rates = (options.layerRates ?? []) as readonly number[];
  if (rates.every((rate) => rate === 0 || rate === 1)) return;
  throw new RangeError(`${call}: layerRates must be 0 or 1 with lbfgs, got ${show(rates)}.`);
}
