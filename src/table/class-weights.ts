/** What rows count by their labels. */
import { checkNumber, own, show } from "../ground/check.js";
import type { Label } from "./label.js";
import { isRow } from "./table-rows.js";

/** A weight > 0 for each label, 1 for those not named; or `"balanced"`, which gives all labels the same say. */
export type LabelWeights = "balanced" | Readonly<Record<string, number>>;

/**
 * Weights in the order of class ids; of several labels a row pairs: what a row counts that has not the label, and one that has it.
 * @throws TypeError, RangeError on what are none
 */
export function weightsOf(
  call: string,
  weights: LabelWeights | undefined,
  { labels, guide }: { readonly labels: readonly Label[]; readonly guide?: { readonly sets?: unknown } },
): { classWeights: readonly number[] | "balanced" | undefined } {
  const byId = weightsById(call, weights, labels);
  if (!guide?.sets || typeof byId !== "object") return { classWeights: byId };
  return { classWeights: byId.map((weight) => [1, weight]) as readonly unknown[] as readonly number[] };
}

function weightsById(
  call: string,
  weights: LabelWeights | undefined,
  labels: readonly Label[],
): readonly number[] | "balanced" | undefined {
  if (weights === undefined || weights === "balanced") return weights;
  // A Map has no keys, and would be left out without a word.
  if (!Array.isArray(weights) && !isRow(weights)) {
    throw new TypeError(`${call}: classWeights must be "balanced" or a weight a label, got ${show(weights)}.`);
  }
  for (const [label, weight] of Object.entries(weights)) {
    checkNumber(call, `classWeights[${show(label)}]`, weight, 2 ** -100, 2 ** 100);
    if (!labels.some((known) => String(known) === label)) {
      throw new RangeError(`${call}: classWeights must name labels among ${show([...labels])}, got ${show(label)}.`);
    }
  }
  return labels.map((label) => (own(weights, String(label)) as number | undefined) ?? 1);
}
