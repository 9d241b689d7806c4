/** Questions about a model's answers, in turns. What answers them is loaded when they are first asked. */
import { turn } from "../ground/turn.js";
import type { Training } from "../train/training.js";
import type { AskedModel } from "./asked-model.js";
import type { Explanation, LabelExplainOptions, LabelExplanation } from "./explain.js";
import type { LabelPartialDependence, PartialDependence, PartialDependenceOptions } from "./partial-dependence.js";
import { isRow, listNow } from "./table-rows.js";

/** Explains the answer to a row. From now on until it is explained nothing else may change the model; other questions wait. */
export async function explain(
  model: AskedModel,
  training: Training,
  row: object,
  options: LabelExplainOptions,
): Promise<Explanation | LabelExplanation> {
  // What is no object is refused by its name.
  const given = isRow(options) ? { ...options, background: listNow(options.background) } : options;
  return training.inOrder("explain", "explain", async () => {
    const { explainSlices } = await import("./explain.js");
    return turn.run(explainSlices(model, row, given));
  });
}

/** Computes how the answers depend on a column. As above. */
export async function partialDependence(
  model: AskedModel,
  training: Training,
  rows: readonly object[],
  column: string,
  options: PartialDependenceOptions,
): Promise<PartialDependence | LabelPartialDependence> {
  const list = listNow(rows);
  return training.inOrder("partialDependence", "partialDependence", async () => {
    const { dependenceSlices } = await import("./partial-dependence.js");
    return turn.run(dependenceSlices(model, list, column, options));
  });
}
