/** Means and deviations of columns, as datasets are standardised by them. */
import { checkNumber, show } from "../ground/check.js";

/** The means and standard deviations of columns, which {@link Dataset.standardise} subtracts and divides by. */
export interface Scaling {
  readonly mean: readonly number[];
  /** 1 for columns that do not vary. */
  readonly deviation: readonly number[];
}

/**
 * @throws TypeError, RangeError if it is not one for so many columns
 */
export function checkScaling(call: string, scaling: unknown, columns: number): Scaling {
  const { mean, deviation } = (scaling ?? {}) as Scaling;
  if (!Array.isArray(mean) || !Array.isArray(deviation)) {
    throw new TypeError(`${call}: scaling must be { mean, deviation }, two lists of numbers, got ${show(scaling)}.`);
  }
  if (mean.length !== columns || deviation.length !== columns) {
    throw new RangeError(`${call}: scaling must be for ${columns} columns, got ${mean.length}.`);
  }
  for (let c = 0; c < columns; c++) {
    checkNumber(call, `scaling.mean[${c}]`, mean[c]);
    checkNumber(call, `scaling.deviation[${c}]`, deviation[c], Number.MIN_VALUE);
  }
  return { mean, deviation };
}
