/** How the library reads the columns of a table, before anything is to be predicted. */
import { Classifier, type Column } from "wasmlp";
import type { Values } from "../read/cells.js";
import { isGap, type Table } from "../read/table.js";
import type { ColumnView, Readings, TableView } from "../talk.js";
import { numbersOf } from "./numbers.js";
import { thinned, viewColumn } from "./profile.js";
import { sentence } from "./sentence.js";

/** Of larger tables kinds are inferred from rows at equal distances. */
const MOST_CELLS = 600_000;
const FEWEST_ROWS = 200;

/** Names that no table has: of a target that means nothing, and of a column that can be read if no other can. */
const [TARGET, READABLE] = ["\u0001 target", "\u0001 readable"];

export interface Survey {
  readonly learned: ReadonlyMap<string, Column>;
  readonly view: TableView;
  /** Cells of a column that is read as numbers; NaN where one is missing, or is no such text. */
  numbersOf(name: string, cells: ArrayLike<unknown>): Float64Array;
}

export async function survey(table: Table, readings: Readings): Promise<Survey> {
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / table.names.length));
  const stride = Math.max(1, Math.ceil(table.size / most));
  const remarks = new Map<string, string[]>(table.names.map((name) => [name, []]));
  const some = table.names.map((name, c) => [
    name,
    stride === 1 ? table.columns[c] : thinned(table.columns[c], stride),
  ]);
  const model = await learn(Object.fromEntries(some), readings, (name, message) =>
    remarks.get(name)?.push(sentence(message, (r) => r * stride)),
  );
  const learned = new Map(model?.columns.map((column) => [column.name, column]));
  const read = (name: string, cells: ArrayLike<unknown>) => {
    if (learned.get(name)?.kind !== "ignore") return numbersOf(model!, name, cells);
    return Float64Array.from(cells, (cell) => (isGap(cell) ? Number.NaN : Number(cell)));
  };
  const columns = table.names.map((name, c) =>
    viewColumn(table, c, {
      learned: learned.get(name),
      remarks: remarks.get(name)!,
      overruled: readings.get(name),
      numbersOf: (cells) => read(name, cells),
    }),
  );
  const likely = likelyTarget(columns, table.size);
  const sampled = Math.ceil(table.size / stride);
  const view = { name: table.name, rows: table.size, columns, notes: table.notes, sampled };
  return { learned, view: { ...view, ...(likely && { likelyTarget: likely }) }, numbersOf: read };
}

/**
 * A fit that learns columns and nothing else: of a target that means nothing, in one epoch of one unit. A column that is refused is
 * told of and left out.
 */
async function learn(
  columns: Record<string, Values>,
  readings: Readings,
  tell: (column: string, message: string) => void,
): Promise<Classifier | undefined> {
  const size = Object.values(columns)[0].length;
  if (size < 2) return undefined;
  const given = {
    ...columns,
    [TARGET]: Array.from({ length: size }, (_, i) => i % 2),
    [READABLE]: Float64Array.from({ length: size }, (_, i) => i % 3),
  };
  const kinds = new Map(readings);
  const plain = { epochs: 1, ensemble: 1, hidden: [1], validation: 0, maxCategories: 8, batchSize: 4096 } as const;
  for (;;) {
    try {
      const options = { ...plain, target: TARGET, columns: Object.fromEntries(kinds) };
      const model = await Classifier.fit(given, options);
      for (const { code, column, message } of model.warnings) {
        // How many texts have features of their own is another number in the fit that follows.
        if (column !== undefined && code !== "rare-categories") tell(column, message);
      }
      return model;
    } catch (error) {
      const { column, message } = error as { column?: string; message: string };
      if (column === undefined || kinds.get(column) === "ignore") throw error;
      tell(column, message);
      kinds.set(column, "ignore");
    }
  }
}

const NAMES =
  /^(target|label|class|species|outcome|y|survived|churn|status|price|sale_?price|income|quality|result|diagnosis|mpg|score)$/i;

/** By its name, else the last column that few values or numbers make. */
function likelyTarget(columns: readonly ColumnView[], rows: number): string | undefined {
  const can = columns.filter(
    ({ kind, distinct }) =>
      distinct >= 2 && kind !== "date" && kind !== "ignore" && (kind !== "text" || distinct <= Math.max(2, rows / 2)),
  );
  return (can.find(({ name }) => NAMES.test(name)) ?? can.at(-1))?.name;
}
