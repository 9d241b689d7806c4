/** Rows of a request, however many: few at once, many slice by slice with turns for others. */
import { Refusal } from "../ground/refusal.js";
import { andThen, inTurns } from "../ground/turns.js";
import type { Answering } from "./answering.js";
import type { Tensor, TensorType } from "./tensor.js";

/** Rows that are answered at once: a millisecond. */
const SLICE = 128;

/** The answers to a slice whose first row is row `from` of the request. */
export function answerSlice(answering: Answering, rows: readonly unknown[], from: number): Tensor[] {
  try {
    return answering.answer(rows);
  } catch (error) {
    throw error instanceof Refusal ? error.behind(from) : error;
  }
}

/**
 * Does work for each slice of rows: at once if that is one.
 * @returns a promise if others had their turn
 */
export function eachSlice(
  rows: readonly unknown[],
  work: (slice: readonly unknown[], from: number) => void,
): void | Promise<void> {
  return rows.length <= SLICE ? work(rows, 0) : inTurns(rows, SLICE, work);
}

/** The answers to rows as JSON, or what is predicted of them, with commas between them. */
export function listOf(
  answering: Answering,
  rows: readonly unknown[],
  what: "text" | "prediction",
): string | Promise<string> {
  let text = "";
  const done = eachSlice(rows, (slice, from) => {
    const answers = answerSlice(answering, slice, from);
    for (let r = 0; r < slice.length; r++) text += (from + r === 0 ? "" : ",") + answering[what](answers, r);
  });
  return andThen(done as Promise<void>, () => text);
}

/**
 * The answers to rows: one tensor of each output, the same as of all of them at once.
 * @throws Refusal naming the row, of all rows
 */
export function answerRows(answering: Answering, rows: readonly unknown[]): Tensor[] | Promise<Tensor[]> {
  if (rows.length <= SLICE) return answering.answer(rows);
  const whole = answering.outputs.map((type) => new Joined(type, rows.length));
  const work = (slice: readonly unknown[], from: number) => {
    const own = answerSlice(answering, slice, from);
    for (let i = 0; i < whole.length; i++) whole[i].put(own[i], from);
  };
  return inTurns(rows, SLICE, work).then(() => whole.map(({ tensor }) => tensor));
}

/** A tensor of all rows, made of those of slices. */
export class Joined {
  private readonly width: number;
  private data: unknown[] | Float32Array | Int32Array | undefined;

  constructor(
    private readonly type: TensorType,
    private readonly rows: number,
  ) {
    this.width = type.shape.slice(1).reduce((product, size) => product * size, 1);
  }

  put({ data }: Tensor, from: number): void {
    const { width } = this;
    if (this.data === undefined) {
      const isTyped = data instanceof Float32Array || data instanceof Int32Array;
      this.data = isTyped ? new (data.constructor as typeof Float32Array)(this.rows * width) : [];
    }
    if (Array.isArray(this.data)) for (let i = 0; i < data.length; i++) this.data[from * width + i] = data[i];
    else this.data.set(data as ArrayLike<number>, from * width);
  }

  get tensor(): Tensor {
    const { type, rows, data = [] } = this;
    return { ...type, shape: [rows, ...type.shape.slice(1)], data };
  }
}
