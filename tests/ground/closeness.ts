/** What the suites of metrics share: how far off a score is, and an area under the curve by its definition. */
import { expect } from "vitest";

/** Relative, of float64. */
export const TOLERANCE = 1e-12;

/** |got - wanted| / |wanted|, or |got| where 0 is wanted. */
export const error = (got: number, wanted: number) => Math.abs(got - wanted) / (Math.abs(wanted) || 1);

export function expectClose(got: number, wanted: number, tolerance = TOLERANCE): void {
  expect(error(got, wanted), `${got} for ${wanted}`).toBeLessThanOrEqual(tolerance);
}

/** The area by its definition: the share of pairs in which class 1 has the higher score, a tie counting `tie`. */
export function pairsWon(truth: readonly number[], scores: readonly number[], tie: number): number {
  let won = 0;
  let pairs = 0;
  for (const [i, own] of scores.entries()) {
    for (const [j, other] of scores.entries()) {
      if (truth[i] !== 1 || truth[j] === 1) continue;
      pairs++;
      won += own > other ? 1 : own === other ? tie : 0;
    }
  }
  return won / pairs;
}
