/** Sets and intervals that hold the right answer so often (split conformal prediction). */
import { checkNumber, checkOptions } from "../ground/check.js";
import { type Conformity, type HeldFacts, scoreAt } from "./held-facts.js";

/** How often sets and intervals are to hold what is right. */
export interface CoverageOptions {
  /** The share of rows whose set or interval holds what is right, 0.5 <= coverage < 1. Default: 0.9. */
  coverage?: number;
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
  checkOptions(call, options, ["coverage"]);
  const { coverage = 0.9 } = options;
  checkNumber(call, "coverage", coverage, 0.5, 1 - Number.EPSILON);
  if (!held) {
    throw new Error(
      `${call}: the model must be as a fit left it that held rows out, got another. Fit it anew, without validation: 0.`,
    );
  }
  const { conformity } = held;
  const beyond = (1 - coverage) / sides;
  const high = scoreAt(conformity, Math.ceil((conformity.rows + 1) * (1 - beyond) - ROUNDING), "up");
  const low = sides === 1 ? 0 : scoreAt(conformity, Math.floor((conformity.rows + 1) * beyond + ROUNDING), "down");
  if (Number.isFinite(high) && Number.isFinite(low)) return { low, high };
  throw refuseCoverage(call, coverage, conformity, sides);
}

function refuseCoverage(call: string, coverage: number, { rows }: Conformity, sides: 1 | 2): RangeError {
  const needed = Math.ceil(sides / (1 - coverage) - ROUNDING) - 1;
  return new RangeError(
    `${call}: coverage ${coverage} must have ${needed} rows held out at least, got ${rows}. Fit to more rows, or hold out a larger share.`,
  );
}
