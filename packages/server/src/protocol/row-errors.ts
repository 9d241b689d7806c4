/** Rows of which each is answered or refused by itself: one that is refused leaves the others their answers. */
import { eachSlice, Joined } from "../answers/answer-rows.js";
import type { Answering } from "../answers/answering.js";
import type { Tensor, TensorType } from "../answers/tensor.js";
import { Refusal } from "../ground/refusal.js";
import { andThen } from "../ground/turns.js";

/** What stands in the place of an answer that there is none of. */
const NOTHING = (type: TensorType): unknown => (type.datatype === "BYTES" ? "" : type.datatype === "BOOL" ? false : 0);

/** Answers to all rows, empty texts and zeros where a row was refused; and for each row why, empty if it was not. */
export interface EachAnswer {
  readonly tensors: Tensor[];
  readonly errors: string[];
}

/** Answers rows: those of a slice together if none is refused, else one by one. */
export function answerEach(answering: Answering, rows: readonly unknown[]): EachAnswer | Promise<EachAnswer> {
  const errors = rows.map(() => "");
  const whole = answering.outputs.map((type) => new Joined(type, rows.length));
  const nothing = answering.outputs.map((type) => nothingOf(type));
  const put = (tensors: readonly Tensor[], from: number) =>
    tensors.forEach((tensor, i) => void whole[i].put(tensor, from));
  const done = eachSlice(rows, (slice, first) => {
    const own = attempt(() => answering.answer(slice));
    if (!(own instanceof Refusal)) return put(own, first);
    for (let r = first; r < first + slice.length; r++) {
      const one = attempt(() => answering.answer([rows[r]]));
      // It was asked alone; it stands beside its row here.
      if (one instanceof Refusal) errors[r] = one.behind(r).message;
      put(one instanceof Refusal ? nothing : one, r);
    }
  });
  return andThen(done as Promise<void>, () => ({ tensors: whole.map(({ tensor }) => tensor), errors }));
}

function attempt(answer: () => Tensor[]): Tensor[] | Refusal {
  try {
    return answer();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function nothingOf(type: TensorType): Tensor {
  const width = type.shape.slice(1).reduce((product, size) => product * size, 1);
  return { ...type, shape: [1, ...type.shape.slice(1)], data: Array(width).fill(NOTHING(type)) };
}
