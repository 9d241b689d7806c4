/** `wasmlp inspect`: what a model is. */
import { stdout } from "node:process";
import { Classifier, MLP, type Regressor } from "wasmlp";
import { type LoadedModel, loadModel, modelsOf } from "../model-file.js";
import type { TableOptions } from "../read/open-table.js";
import { badUsage } from "../refusal.js";
import { aligned, short } from "../say/tables.js";
import { allRows, byTarget, telling } from "./learning.js";
import { checkTables, readTables } from "./tables.js";

export interface InspectFlags extends TableOptions {
  readonly json?: boolean;
  readonly importance?: boolean;
}

type Importance = Awaited<ReturnType<Classifier["importance"]>>;

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
    return void stdout.write(
      `${JSON.stringify({ ...facts(loaded), ...(importance && { importance: byTarget(Object.keys(importance), Object.values(importance)) }) })}\n`,
    );
  const { model, digest, bytes } = loaded;
  const page = [model.summary(), `${bytes} bytes, SHA-256 ${digest}`];
  for (const [target, columns] of Object.entries(importance ?? {})) {
    const rows = columns.map(({ name, mean, deviation }) => [name, short(mean), short(deviation)]);
    const of = "targets" in model ? ` of ${target}` : "";
    page.push(
      `importance: how much the score${of} falls where a column is shuffled\n${aligned([["column", "mean", "deviation"], ...rows]).join("\n")}`,
    );
  }
  stdout.write(`${page.join("\n\n")}\n`);
}

async function importanceOf({ model, name }: LoadedModel, tables: readonly string[], flags: InspectFlags) {
  if (model instanceof MLP)
    throw badUsage(`${name} is a network without columns: nothing can be said of theirs. Leave out --importance.`);
  const table = await readTables(tables, flags);
  const rows = allRows(Math.min(MOST_JUDGED, table.size));
  const objects = table.objectsOf(rows);
  const found: Record<string, Importance> = Object.create(null);
  for (const own of modelsOf(model)) found[own.target] = await telling(table, rows, () => own.importance(objects));
  return found;
}

/** What a program may want to know. */
function facts({ model, digest, bytes }: LoadedModel): object {
  if (model instanceof MLP) {
    const { layers, output, history } = model;
    return { kind: "network", digest, bytes, layers, output, history };
  }
  const models = modelsOf(model);
  const kind = models[0] instanceof Classifier ? "classifier" : "regressor";
  if (!("targets" in model)) return { kind, digest, bytes, ...tableFacts(models[0]) };
  const { targets } = model;
  return { kind, digest, bytes, targets, models: byTarget(targets, models.map(tableFacts)) };
}

function tableFacts(model: Classifier | Regressor): object {
  const { target, columns, warnings, members, history } = model;
  const labels = model instanceof Classifier ? { labels: model.labels, calibration: model.calibration } : {};
  return { target, ...labels, networks: members.map(({ layers }) => layers), columns, warnings, history };
}
