/** Labels chosen by what mistakes cost. */
import { checkNumber, checkOptions, own, show } from "../ground/check.js";
import type { Label } from "./label.js";

/** What {@link Classifier.predict} takes. */
export interface DecisionOptions {
  /**
   * What it costs to predict a label where another is right, `{ right: { predicted: cost } }`, each >= 0; what is not named costs 1,
   * and 0 where the label is right. The label of the least expected cost is predicted (Elkan 2001): of two labels that is a threshold,
   * `{ sick: { well: 9 } }` predicts "sick" from a probability of 0.1 on. Default: the most probable label.
   */
  costs?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/**
 * Costs as [right, predicted], row-major; none if none are given.
 * @throws TypeError, RangeError on costs that are none, or of labels that there are not
 */
export function readCosts(call: string, options: DecisionOptions, labels: readonly Label[]): Float64Array | undefined {
  checkOptions(call, options, ["costs"]);
  const { costs } = options;
  if (costs === undefined) return undefined;
  const names = labels.map(String);
  checkOptions(call, costs, names, "costs");
  const table = new Float64Array(labels.length * labels.length);
  for (const [r, right] of names.entries()) {
    const row = own(costs, right);
    if (row !== undefined) checkOptions(call, row, names, `costs[${show(right)}]`);
    for (const [p, predicted] of names.entries()) {
      const given = row === undefined ? undefined : own(row as object, predicted);
      if (given !== undefined) checkNumber(call, `costs[${show(right)}][${show(predicted)}]`, given, 0, 2 ** 100);
      table[r * labels.length + p] = (given as number | undefined) ?? (r === p ? 0 : 1);
    }
  }
  return table;
}

/** The label of the least expected cost, the first of equals. */
export function cheapest(costs: Float64Array, probabilities: Float32Array, from: number, labels: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let p = 0; p < labels; p++) {
    let cost = 0;
    for (let r = 0; r < labels; r++) cost += probabilities[from + r] * costs[r * labels + p];
    if (cost < least) [best, least] = [p, cost];
  }
  return best;
}
