/** Rows in any of the forms that a fit takes, read in turns: arrays stay as they are, all else becomes columns. */
import { describe, isWalkable, ownRealm, show } from "../ground/check.js";
import { turn, WORTH_A_LOOK } from "../ground/turn.js";
import { checkRowSlices } from "./check-row-slices.js";
import { type ArrowVector, areColumns, isArrow } from "./given-rows.js";
import { readStream, type Stopping, stopped } from "./read-stream.js";
import { type Reading, StoredRows } from "./stored-rows.js";
import { describeNoRow, isRow } from "./table-rows.js";
import { RowList } from "./table-source.js";

/** Rows between two looks at the clock: one may be made with much work. */
const ROWS = 16;

/**
 * Reads rows, each value once.
 * @param signal ends the reading of an iterable or a stream, of which there is no whole then
 * @throws TypeError, RangeError on what is none of the forms, or rows that are none; what an iterable or a stream throws
 */
export async function readRows(
  call: string,
  given: unknown,
  reading: Reading,
  signal: Stopping | undefined,
): Promise<RowList | StoredRows> {
  if (Array.isArray(given)) {
    await turn.run(checkRowSlices(call, given));
    return new RowList(given);
  }
  if (given instanceof StoredRows) return given;
  const rows = new StoredRows(reading);
  if (typeof given !== "object" || given === null || ArrayBuffer.isView(given)) throw noRows(call, given);
  const add = (row: unknown) => {
    if (isRow(row)) return rows.add(row);
    throw new TypeError(`${call}: rows[${rows.length}] must be an object, got ${describeNoRow(row)}`);
  };
  if (isArrow(given)) {
    const names = given.schema.fields.map(({ name }) => name);
    const columns = names.map((name): [string, unknown] => [name, given.getChild(name)]);
    await turn.run(addColumns(call, columns, rows));
  } else if (areColumns(given)) await turn.run(addColumns(call, Object.entries(given), rows));
  else if (Symbol.asyncIterator in given) await readStream(call, given as AsyncIterable<unknown>, add, signal);
  else if (Symbol.iterator in given) await turn.run(addRows(call, given as Iterable<unknown>, add, signal));
  else throw noRows(call, given);
  if (rows.length > 0) return rows;
  throw new RangeError(`${call}: rows must hold at least one row, got none.`);
}

function noRows(call: string, given: unknown): TypeError {
  const forms = "an array, an iterable or a stream of objects, or columns";
  return new TypeError(`${call}: rows must be ${forms}, got ${describe(given)}.`);
}

/** Whatever ends it early, what is walked through is closed by the loop. */
function* addRows(
  call: string,
  given: Iterable<unknown>,
  add: (row: unknown) => void,
  signal: Stopping | undefined,
): Generator<number, void> {
  let count = 0;
  for (const row of given) {
    if (signal?.aborted) throw stopped(call, count);
    add(row);
    if (++count % ROWS === 0) yield WORTH_A_LOOK;
  }
}

/** The values of a column. */
interface Values {
  readonly length: number;
  at(r: number): unknown;
}

function* addColumns(
  call: string,
  columns: readonly (readonly [name: string, values: unknown])[],
  rows: StoredRows,
): Generator<number, void> {
  if (columns.length === 0) throw new TypeError(`${call}: rows must have a column at least, got none.`);
  const known = new Map<string, Values>();
  const [[firstName]] = columns;
  for (const [name, given] of columns) {
    if (known.has(name))
      throw new RangeError(`${call}: columns must have names of their own, got ${show(name)} twice.`);
    const values = valuesOf(given);
    if (!values) {
      const remedy = areColumns(given) || typeof given !== "object" ? " Of a single row pass [row]." : "";
      throw new TypeError(
        `${call}: column ${show(name)} must be a list of its values, got ${describe(given)}.${remedy}`,
      );
    }
    known.set(name, values);
    checkLength(call, name, values, known.get(firstName)?.length as number, firstName);
  }
  rows.first = Object.fromEntries(columns);
  for (const [name, values] of known) {
    const { length } = values;
    yield* rows.addColumn(name, length, values.at);
    // A typed array may be given to another thread meanwhile.
    checkLength(call, name, valuesOf(values) ?? values, length, firstName);
  }
}

function checkLength(call: string, name: string, { length }: Values, wanted: number, beside: string): void {
  if (length === wanted) return;
  throw new RangeError(
    `${call}: columns must be of one length, got ${length} values of ${show(name)} beside ${wanted} of ${show(beside)}.`,
  );
}

/** Typed arrays, arrays, and vectors of Apache Arrow; undefined for anything else. */
function valuesOf(given: unknown): Values | undefined {
  const list = ownRealm(given);
  if (isWalkable(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView))) {
    const values = list as ArrayLike<unknown>;
    return {
      get length() {
        return values.length;
      },
      at: (r) => values[r],
    };
  }
  if (typeof given !== "object" || given === null) return undefined;
  const vector = given as ArrowVector;
  const isVector = typeof vector.get === "function" && Number.isSafeInteger(vector.length) && vector.length >= 0;
  return isVector ? { length: vector.length, at: (r) => vector.get(r) } : undefined;
}
