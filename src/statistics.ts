/** What a list of numbers is like. */

/**
 * The mean and the standard deviation (over n, not n - 1), in float64 and in the order given: two passes.
 * @param numbers at least one, finite
 */
export function meanAndDeviation(numbers: readonly number[]): { mean: number; deviation: number } {
  let sum = 0;
  for (const number of numbers) sum += number;
  const mean = sum / numbers.length;
  let square = 0;
  for (const number of numbers) square += (number - mean) * (number - mean);
  return { mean, deviation: Math.sqrt(square / numbers.length) };
}

/**
 * What numbers are standardised by: their mean and deviation, 1 where they do not vary beyond rounding. Without a number
 * they are 0 and 1, which leaves values alone.
 */
export function standardisation(numbers: readonly number[]): { mean: number; deviation: number } {
  const [first = 0] = numbers;
  // + 0 here and below: JSON has no -0.
  if (numbers.every((number) => number === first)) return { mean: first + 0, deviation: 1 };
  const { mean, deviation } = meanAndDeviation(numbers);
  // What float64 sums of millions of rows may err by: less than that is no variation.
  return { mean: mean + 0, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 1 };
}
