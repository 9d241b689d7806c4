/** How the library reads the columns of a table, before anything is to be predicted. */
import { Classifier, type Column } from "wasmlp";
import type { Values } from "../read/cells.js";
import type { Table } from "../read/table.js";
import type { ColumnView, Reading, TableView } from "../talk.js";
import { viewColumn } from "./profile.js";

/** Of larger tables kinds are inferred from rows at equal distances. */
const MOST_CELLS = 600_000;
const FEWEST_ROWS = 200;

/** A name that no table has. */
const UNUSED = "\u0001 wasmlp page";

const MOST_REFUSED = 100;

export interface Survey {
  readonly learned: ReadonlyMap<string, Column>;
  readonly view: TableView;
}

export async function survey(table: Table, readings: Readonly<Record<string, Reading>>): Promise<Survey> {
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / table.names.length));
  const stride = Math.max(1, Math.ceil(table.size / most));
  const remarks = new Map<string, string[]>(table.names.map((name) => [name, []]));
  const learned = await learn(thinned(table, stride), readings, remarks);
  const columns = table.names.map((name, c) =>
    viewColumn(table, c, learned.get(name), remarks.get(name)!, readings[name]),
  );
  const likely = likelyTarget(columns, table.size);
  const sampled = Math.ceil(table.size / stride);
  const view = { name: table.name, rows: table.size, columns, notes: table.notes, sampled };
  return { learned, view: { ...view, ...(likely && { likelyTarget: likely }) } };
}

function thinned(table: Table, stride: number): Record<string, Values> {
  const pick = (values: Values): Values => {
    if (stride === 1) return values;
    const size = Math.ceil(table.size / stride);
    if (values instanceof Float64Array) return Float64Array.from({ length: size }, (_, i) => values[i * stride]);
    return Array.from({ length: size }, (_, i) => values[i * stride]);
  };
  return Object.fromEntries(table.names.map((name, c) => [name, pick(table.columns[c])]));
}

/**
 * The columns of a fit that learns nothing else: of a target that means nothing, in one epoch of one unit. A column that is refused is
 * told of and left out.
 */
async function learn(
  columns: Record<string, Values>,
  readings: Readonly<Record<string, Reading>>,
  remarks: ReadonlyMap<string, string[]>,
): Promise<Map<string, Column>> {
  const size = Object.values(columns)[0].length;
  if (size < 2) return new Map();
  const target = Array.from({ length: size }, (_, i) => i % 2);
  const kinds: Record<string, Reading> = { ...readings };
  const plain = { epochs: 1, ensemble: 1, hidden: [1], validation: 0, maxCategories: 8, batchSize: 4096 } as const;
  for (let tries = 0; tries < MOST_REFUSED; tries++) {
    try {
      const model = await Classifier.fit(
        { ...columns, [UNUSED]: target },
        { ...plain, target: UNUSED, columns: kinds },
      );
      for (const { column, message } of model.warnings) {
        if (column !== undefined) remarks.get(column)?.push(sentence(message));
      }
      return new Map(model.columns.map((column) => [column.name, column]));
    } catch (error) {
      const { column, message } = error as { column?: string; message: string };
      if (Object.keys(columns).every((name) => kinds[name] === "ignore")) return new Map();
      if (column === undefined || kinds[column] === "ignore") throw error;
      remarks.get(column)?.push(sentence(message));
      kinds[column] = "ignore";
    }
  }
  return new Map();
}

/** Without the name of the call, and of the column, beside which it stands; options that a program would pass are choices here. */
export function sentence(message: string): string {
  const rest = message
    .replace(/^[\w.]+: /, "")
    .replace(/^column "(?:[^"\\]|\\.)*"(?: of "(?:[^"\\]|\\.)*")?:? ?/, "")
    .replace(/([Pp])ass columns: \{[^}]*\}/g, (_, first) => `${first === "P" ? "C" : "c"}hoose how it is read`);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

const NAMES =
  /^(target|label|class|species|outcome|y|survived|churn|status|price|sale_?price|income|quality|result|diagnosis|mpg|score)$/i;

/** By its name, else the last column that few values or numbers make. */
function likelyTarget(columns: readonly ColumnView[], rows: number): string | undefined {
  const can = columns.filter(
    ({ kind, distinct }) => distinct >= 2 && (kind !== "text" || distinct <= Math.max(2, rows / 2)),
  );
  return (can.find(({ name }) => NAMES.test(name)) ?? can.at(-1))?.name;
}
