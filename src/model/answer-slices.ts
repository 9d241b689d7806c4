/** Predictions of many rows, slice by slice: the answers and the errors of `predict` and `predictProba`, bit for bit. */
import { Dataset } from "../data/dataset.js";
import { isMaker, type RowMaker } from "../data/row-maker.js";
import { type Rows, rowsIn } from "../data/rows.js";
import { WORTH_A_LOOK } from "../ground/turn.js";

type Answers = Float32Array | Int32Array | Uint8Array;

/** What is asked of a network. Every {@link MLP} fits. */
export interface Predictor {
  readonly layers: readonly number[];
  readonly parameterCount: number;
  predict(x: Rows | Dataset): Answers;
  predictProba(x: Rows | Dataset, out?: Float32Array): Answers;
}

/** Multiply-adds of a slice, less than a millisecond; but rows enough that weights are not read for each of them. */
const MULTIPLY_ADDS = 1e7;
const LEAST_ROWS = 4;
const MOST_ROWS = 1024;

/** What `predict` answers to rows. */
export function predictSlices(net: Predictor, x: Rows | Dataset): Generator<number, Answers> {
  const whole = () => net.predict(x);
  return answerSlices(net, x, whole, (part) => net.predict(part));
}

/** What `predictProba` answers to rows that are made a slice at a time. */
function* answerMade(net: Predictor, x: RowMaker): Generator<number, Float32Array> {
  const { rows, inputs } = x;
  const size = sizeOf(net);
  const part = new Float32Array(Math.min(size, rows) * inputs);
  let answers: Float32Array | undefined;
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    x.make(part, from, count);
    const own = net.predictProba(part.subarray(0, count * inputs)) as Float32Array;
    const outputs = own.length / count;
    answers ??= new Float32Array(outputs * rows);
    answers.set(own, outputs * from);
    yield WORTH_A_LOOK;
  }
  return answers as Float32Array;
}

/** Rows of a slice. */
function sizeOf({ parameterCount }: Predictor): number {
  return Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.floor(MULTIPLY_ADDS / parameterCount)));
}

/** What `predictProba` answers to rows, into `out` if that is given. */
export function* probabilitySlices(
  net: Predictor,
  x: Rows | Dataset | RowMaker,
  out?: Float32Array,
): Generator<number, Float32Array> {
  if (typeof x === "object" && x !== null && isMaker(x)) return yield* answerMade(net, x);
  const whole = () => net.predictProba(x, out);
  const answers = yield* answerSlices(net, x, whole, (part) => net.predictProba(part));
  // Its size and kind are what the call without slices takes, or refuses.
  if (!ArrayBuffer.isView(out) || answers.length !== out.length) {
    return (out === undefined ? answers : whole()) as Float32Array;
  }
  out.set(answers);
  return out;
}

function* answerSlices(
  net: Predictor,
  x: Rows | Dataset,
  whole: () => Answers,
  answer: (part: Rows | Dataset) => Answers,
): Generator<number, Answers> {
  const width = net.layers[0];
  const rows = x instanceof Dataset ? x.rows : (rowsIn(x) ?? (x as ArrayLike<number>)?.length / width);
  const size = sizeOf(net);
  let answers: Answers | undefined;
  // What is no list of whole rows is refused by the call without slices.
  if (!Number.isInteger(rows) || rows === 0 || (x instanceof Dataset && x.inputs !== width)) return whole();
  for (let from = 0; from < rows; from += size) {
    const to = Math.min(from + size, rows);
    const own = answerPart(partOf(x, width, from, to), whole, answer);
    answers ??= new (own.constructor as new (length: number) => Answers)((own.length / (to - from)) * rows);
    answers.set(own, (own.length / (to - from)) * from);
    yield WORTH_A_LOOK;
  }
  return answers as Answers;
}

/** An error names a row, counted from the first of all: the call without slices does. */
function answerPart(
  part: Rows | Dataset | undefined,
  whole: () => Answers,
  answer: (part: Rows | Dataset) => Answers,
): Answers {
  try {
    if (part) return answer(part);
  } catch (error) {
    whole();
    throw error;
  }
  whole();
  throw new Error("predict: rows must not change while they are read, got others.");
}

/** Rows `from` up to, not including, `to`; undefined where no row begins. */
function partOf(x: Rows | Dataset, width: number, from: number, to: number): Rows | Dataset | undefined {
  if (x instanceof Dataset) {
    const part = x.x.subarray(from * width, to * width);
    return part instanceof Uint8Array ? Dataset.from({ x: part, rows: to - from, scale: x.scale }) : part;
  }
  if (rowsIn(x) !== undefined) {
    const part = (x as readonly ArrayLike<number>[]).slice(from, to);
    return rowsIn(part) === undefined ? undefined : part;
  }
  if (Array.isArray(x)) return x.slice(from * width, to * width);
  return (x as Float32Array).subarray?.(from * width, to * width);
}
