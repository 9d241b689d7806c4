/** `wasmlp evaluate`: how right a model is on rows whose target is known. */
import { stdout } from "node:process";
import { Classifier, inTurns, MLP } from "wasmlp";
import { loadModel } from "../model-file.js";
import type { TableOptions } from "../read/open-table.js";
import { badData, badUsage } from "../refusal.js";
import { describeScores, short } from "../say/tables.js";
import { styledOut } from "../say/terminal.js";
import { labelBaseline, valueBaseline } from "../table/hold-out.js";
import { allRows, telling, valuesOf } from "./learning.js";
import { checkTables, readTables } from "./tables.js";

export async function evaluateModel(
  path: string,
  tables: readonly string[],
  flags: TableOptions & { readonly json?: boolean },
): Promise<void> {
  checkTables([path, ...tables]);
  const { model, digest } = await loadModel(path);
  if (model instanceof MLP)
    throw badUsage(
      `${path} is a network without columns, which has no target. Evaluate models that wasmlp train wrote.`,
    );
  const { target } = model;
  const table = await readTables(tables, flags);
  const lacking = [target, ...model.columns.flatMap(({ name, kind }) => (kind === "ignore" ? [] : [name]))].filter(
    (name) => !table.names.includes(name),
  );
  if (lacking.length > 0)
    throw badData(
      `${tables.join(", ")}: the table must have the columns of the model and its target, and lacks ${lacking
        .slice(0, 5)
        .map((name) => JSON.stringify(name))
        .join(", ")}. Add them.`,
    );
  const rows = allRows(table.size);
  const scores = await telling(table, rows, () =>
    (inTurns(model as Classifier) as { evaluate(rows: object[]): Promise<object> }).evaluate(table.objectsOf(rows)),
  );
  const truth = () => valuesOf(table, target, rows);
  const baseline = model instanceof Classifier ? labelBaseline(truth(), truth()) : valueBaseline(truth(), truth());
  if (flags.json)
    return void stdout.write(`${JSON.stringify({ model: path, digest, rows: rows.length, scores, baseline })}\n`);
  const heads = [styledOut("bold", "model"), `always ${short(baseline?.always)}`];
  stdout.write(`${describeScores(scores, heads, baseline).join("\n")}\n`);
}
