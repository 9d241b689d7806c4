/** Rows answered each by itself: one that is refused leaves the others their answers. */
import type { Answering } from "../answers/answering.js";
import type { Tensor, TensorType } from "../answers/tensor.js";
import { Refusal } from "../ground/refusal.js";

/** What stands in the place of an answer that there is none of. */
const NOTHING = (type: TensorType): unknown => (type.datatype === "BYTES" ? "" : type.datatype === "BOOL" ? false : 0);

/**
 * Answers row by row.
 * @returns tensors of all rows, empty texts and zeros where a row was refused; and for each row why, empty if it was not
 */
export function answerEach(answering: Answering, rows: readonly unknown[]): { tensors: Tensor[]; errors: string[] } {
  const errors = rows.map(() => "");
  const columns = answering.outputs.map(() => [] as unknown[]);
  const widths = answering.outputs.map(({ shape }) => shape.slice(1).reduce((product, size) => product * size, 1));
  for (let r = 0; r < rows.length; r++) {
    let own: Tensor[] | undefined;
    try {
      own = answering.answer([rows[r]]);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      // It was asked alone; it stands beside its row here.
      errors[r] = error.message.replace(/ at row 0(?=[.,])/, ` at row ${r}`).replace("rows[0]", `rows[${r}]`);
    }
    columns.forEach((column, i) => {
      for (let k = 0; k < widths[i]; k++) column.push(own ? own[i].data[k] : NOTHING(answering.outputs[i]));
    });
  }
  const tensors = answering.outputs.map((type, i) => ({
    ...type,
    shape: [rows.length, ...type.shape.slice(1)],
    data: columns[i],
  }));
  return { tensors, errors };
}
