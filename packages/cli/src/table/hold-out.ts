/** Rows that no network sees, to score the model by; and what it must be better than. */
import { accuracy, logLoss, meanAbsoluteError, meanSquaredError, r2 } from "wasmlp";

/** Rows held out at most: scores of so many are sure to some tenths of a percent. */
export const MOST_HELD = 100_000;

/** Of fewer rows than this none are held out unless asked for. */
export const FEW = 50;

/** Numbers from 0 to 1 (mulberry32, Tommy Ettinger 2017): which rows are held out depends on them alone. */
function chance(seed: number): () => number {
  let state = (seed ^ (seed / 2 ** 32)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Draws the rows to be held out (selection sampling, Knuth, algorithm 3.4.2S).
 * @param labelOf the label of a row, if rows have labels: one row of each at least is kept to train on
 */
export function holdOut(
  rows: number,
  share: number,
  seed: number,
  labelOf?: (row: number) => unknown,
): { train: Int32Array; test: Int32Array } {
  const left = new Map<unknown, number>();
  if (labelOf) for (let row = 0; row < rows; row++) left.set(labelOf(row), (left.get(labelOf(row)) ?? 0) + 1);
  const random = chance(seed);
  const wanted = Math.min(MOST_HELD, Math.round(share * rows));
  const [train, test] = [new Int32Array(rows), new Int32Array(wanted)];
  let held = 0;
  for (let row = 0; row < rows; row++) {
    const isDrawn = random() * (rows - row) < wanted - held;
    const label = isDrawn ? labelOf?.(row) : undefined;
    const isSpared = isDrawn && labelOf !== undefined && left.get(label) === 1;
    if (isDrawn && !isSpared) {
      left.set(label, (left.get(label) as number) - 1);
      test[held++] = row;
    } else train[row - held] = row;
  }
  return { train: train.subarray(0, rows - held), test: test.subarray(0, held) };
}

/** The scores of always saying the most frequent label, with the shares of labels as probabilities. */
export function labelBaseline(train: Iterable<unknown>, test: Iterable<unknown>) {
  const counts = new Map<string, number>();
  let rows = 0;
  for (const label of train) {
    counts.set(String(label), (counts.get(String(label)) ?? 0) + 1);
    rows++;
  }
  const labels = [...counts.keys()].sort();
  const shares = labels.map((label) => (counts.get(label) as number) / rows);
  const most = shares.indexOf(Math.max(...shares));
  const truth = Int32Array.from([...test].map((label) => labels.indexOf(String(label))));
  const probabilities = Float32Array.from(
    { length: truth.length * labels.length },
    (_, i) => shares[i % labels.length],
  );
  return {
    always: labels[most],
    accuracy: accuracy(truth, new Int32Array(truth.length).fill(most)),
    logLoss: logLoss(truth, probabilities),
  };
}

/** The scores of always saying the mean; undefined where targets are written in a form that only the model reads. */
export function valueBaseline(train: Iterable<unknown>, test: Iterable<unknown>) {
  let [sum, rows] = [0, 0];
  for (const value of train) {
    sum += Number(value);
    rows++;
  }
  const always = sum / rows;
  const truth = Float64Array.from([...test].map(Number));
  if (!Number.isFinite(always) || !truth.every(Number.isFinite)) return undefined;
  const guesses = new Float64Array(truth.length).fill(always);
  return {
    always,
    r2: r2(truth, guesses),
    meanSquaredError: meanSquaredError(truth, guesses),
    meanAbsoluteError: meanAbsoluteError(truth, guesses),
  };
}
