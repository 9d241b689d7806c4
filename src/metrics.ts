/** How good predictions are: functions of truth and prediction alone. */

/**
 * Counts predictions by true class: row t, column p holds how many rows of class t were predicted as p.
 * @param truth, predicted class ids from 0 to classes - 1, equally many
 * @throws RangeError if they differ in length or an id is out of range
 * @example
 * confusionMatrix(test.y, net.predict(test), 10)
 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  if (truth.length !== predicted.length) {
    throw new RangeError(
      `confusionMatrix: truth and predicted must be equally long, got ${truth.length} and ${predicted.length}.`,
    );
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    if (matrix[truth[i]]?.[predicted[i]] === undefined) {
      throw new RangeError(
        `confusionMatrix: ids must be whole numbers from 0 to ${classes - 1}, got ${truth[i]} and ${predicted[i]} at ${i}.`,
      );
    }
    matrix[truth[i]][predicted[i]]++;
  }
  return matrix;
}

/** The index of the largest of `count` numbers from `from` on; the first of equals. */
export function argmax(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) if (values[from + j] > values[from + best]) best = j;
  return best;
}
