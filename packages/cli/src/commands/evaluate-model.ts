/** `wasmlp evaluate`: how right a model is on rows whose target is known. */
import { stdout } from "node:process";
import { Classifier, inTurns, MLP, type Regressor } from "wasmlp";
import { loadModel, modelsOf } from "../model-file.js";
import type { TableOptions } from "../read/open-table.js";
import { badData, badUsage } from "../refusal.js";
import { describeScores, short } from "../say/tables.js";
import { styledOut } from "../say/terminal.js";
import type { StoredTable } from "../table/stored-table.js";
import { allRows, baselinesOf, byTarget, telling } from "./learning.js";
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
  const models = modelsOf(model);
  const targets = models.map(({ target }) => target);
  const table = await readTables(tables, flags);
  checkThere(tables, table, models);
  const rows = allRows(table.size);
  const objects = table.objectsOf(rows);
  const scores: object[] = [];
  for (const own of models) {
    const asked = inTurns(own as Classifier) as { evaluate(rows: object[]): Promise<object> };
    scores.push(await telling(table, rows, () => asked.evaluate(objects)));
  }
  const kind = models[0] instanceof Classifier ? "classifier" : "regressor";
  const baselines = baselinesOf(table, { kind, targets }, rows, rows);
  if (flags.json) {
    const facts = { scores: byTarget(targets, scores), baseline: byTarget(targets, baselines) };
    return void stdout.write(`${JSON.stringify({ model: path, digest, rows: rows.length, ...facts })}\n`);
  }
  for (const [t, target] of targets.entries()) {
    const heads = [styledOut("bold", "model"), `always ${short(baselines[t]?.always)}`];
    const name = targets.length > 1 ? `${t > 0 ? "\n" : ""}${target}:\n` : "";
    stdout.write(`${name}${describeScores(scores[t], heads, baselines[t]).join("\n")}\n`);
  }
}

function checkThere(tables: readonly string[], table: StoredTable, models: readonly (Classifier | Regressor)[]): void {
  const needed = models.flatMap(({ target, columns }) => [
    target,
    ...columns.flatMap(({ name, kind }) => (kind === "ignore" ? [] : [name])),
  ]);
  const lacking = [...new Set(needed)].filter((name) => !table.names.includes(name));
  if (lacking.length === 0) return;
  const listed = lacking
    .slice(0, 5)
    .map((name) => JSON.stringify(name))
    .join(", ");
  throw badData(
    `${tables.join(", ")}: the table must have the columns of the model and its target, and lacks ${listed}. Add them.`,
  );
}
