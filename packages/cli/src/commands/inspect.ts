/** `wasmlp inspect`: what a model is. */
import { stdout } from "node:process";
import { Classifier, MLP } from "wasmlp";
import { type LoadedModel, loadModel } from "../model-file.js";
import type { TableOptions } from "../read/open-table.js";
import { badUsage } from "../refusal.js";
import { aligned, short } from "../say/tables.js";
import { allRows, telling } from "./learning.js";
import { checkTables, readTables } from "./tables.js";

export interface InspectFlags extends TableOptions {
  readonly json?: boolean;
  readonly importance?: boolean;
}

/** Rows that the importance of columns is judged by, at most. */
const MOST_JUDGED = 20_000;

export async function inspect(path: string, tables: readonly string[], flags: InspectFlags): Promise<void> {
  checkTables([path, ...tables]);
  if (tables.length > 0 !== (flags.importance === true)) {
    throw badUsage("--importance and a table go together: wasmlp inspect churn.model known.csv --importance.");
  }
  const loaded = await loadModel(path);
  const importance = tables.length > 0 ? await importanceOf(loaded, tables, flags) : undefined;
  if (flags.json)
    return void stdout.write(`${JSON.stringify({ ...facts(loaded), ...(importance && { importance }) })}\n`);
  const { model, digest, bytes } = loaded;
  const page = [model.summary(), `${bytes} bytes, SHA-256 ${digest}`];
  if (importance) {
    const rows = importance.map(({ name, mean, deviation }) => [name, short(mean), short(deviation)]);
    page.push(
      `importance: how much the score falls where a column is shuffled\n${aligned([["column", "mean", "deviation"], ...rows]).join("\n")}`,
    );
  }
  stdout.write(`${page.join("\n\n")}\n`);
}

async function importanceOf({ model, name }: LoadedModel, tables: readonly string[], flags: InspectFlags) {
  if (model instanceof MLP)
    throw badUsage(`${name} is a network without columns: nothing can be said of theirs. Leave out --importance.`);
  const table = await readTables(tables, flags);
  const rows = allRows(Math.min(MOST_JUDGED, table.size));
  return telling(table, rows, () => (model as Classifier).importance(table.objectsOf(rows)));
}

/** What a program may want to know. */
function facts({ model, digest, bytes }: LoadedModel): object {
  if (model instanceof MLP) {
    const { layers, output, history } = model;
    return { kind: "network", digest, bytes, layers, output, history };
  }
  const { target, columns, warnings, members, history } = model;
  const labels = model instanceof Classifier ? { labels: model.labels, calibration: model.calibration } : {};
  const networks = members.map(({ layers }) => layers);
  return {
    kind: model instanceof Classifier ? "classifier" : "regressor",
    digest,
    bytes,
    target,
    ...labels,
    networks,
    columns,
    warnings,
    history,
  };
}
