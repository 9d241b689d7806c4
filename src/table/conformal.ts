/** Sets and intervals that hold the right answer so often (split conformal prediction). */
import { checkNumber, checkOptions } from "../ground/check.js";
import type { Conformity, HeldFacts } from "./held-facts.js";

/** How often sets and intervals are to hold what is right. */
export interface CoverageOptions {
  /** The share of rows whose set or interval holds what is right, 0.5 <= coverage < 1. Default: 0.9. */
  coverage?: number;
}

/**
 * The score of a rank among all rows, counted from 1; where it was not kept the next one that is not below (`"up"`) or not above it.
 * @returns an infinity for ranks that there are not
 */
export function scoreAt({ rows, scores }: Conformity, rank: number, way: "up" | "down"): number {
  if (rank > rows) return Number.POSITIVE_INFINITY;
  if (rank < 1) return Number.NEGATIVE_INFINITY;
  const last = scores.length - 1;
  if (last === 0) return scores[0];
  // Kept are the scores at places i (rows - 1) / last, rounded.
  const place = ((rank - 1) * last) / (rows - 1);
  const at = (i: number) => Math.round((i * (rows - 1)) / last);
  if (way === "up") {
    let i = Math.max(0, Math.floor(place) - 1);
    while (at(i) < rank - 1) i++;
    return scores[i];
  }
  let i = Math.min(last, Math.ceil(place) + 1);
  while (at(i) > rank - 1) i--;
  return scores[i];
}

/** So much less than a whole rank is none: products of shares are rounded. */
const ROUNDING = 1e-9;

/**
 * The scores beyond which `(1 - coverage) / sides` of the rows lie, at most, on each side that is asked for.
 * @param sides 1: above alone; 2: below and above
 * @throws TypeError, RangeError on other options; Error if no rows were held out, RangeError if too few were
 */
export function coveredScores(
  call: string,
  held: HeldFacts | undefined,
  options: CoverageOptions,
  sides: 1 | 2,
): { low: number; high: number } {
  const { coverage, conformity } = readCoverage(call, held, options);
  const beyond = (1 - coverage) / sides;
  const high = scoreAt(conformity, Math.ceil((conformity.rows + 1) * (1 - beyond) - ROUNDING), "up");
  const low = sides === 1 ? 0 : scoreAt(conformity, Math.floor((conformity.rows + 1) * beyond + ROUNDING), "down");
  if (Number.isFinite(high) && Number.isFinite(low)) return { low, high };
  throw refuseCoverage(call, coverage, conformity, sides);
}

/** The coverage that is asked for, and what held-out rows said. */
export function readCoverage(call: string, held: HeldFacts | undefined, options: CoverageOptions) {
  checkOptions(call, options, ["coverage"]);
  const { coverage = 0.9 } = options;
  checkNumber(call, "coverage", coverage, 0.5, 1 - Number.EPSILON);
  const { conformity } = held ?? {};
  if (conformity) return { ...held, conformity, coverage };
  throw new Error(
    `${call}: the model must be as a fit left it that held rows out, got another. Fit it anew, without validation: 0.`,
  );
}

function refuseCoverage(call: string, coverage: number, { rows }: Conformity, sides: 1 | 2): RangeError {
  const needed = Math.ceil(sides / (1 - coverage) - ROUNDING) - 1;
  return new RangeError(
    `${call}: coverage ${coverage} must have ${needed} rows held out at least, got ${rows}. Fit to more rows, or hold out a larger share.`,
  );
}
