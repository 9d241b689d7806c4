/** Parquet, uncompressed or by Snappy: what most writers write unless told otherwise. */
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { fromColumns, Refusal, type Table } from "./table.js";

export const isParquet = (bytes: Uint8Array): boolean => String.fromCharCode(...bytes.subarray(0, 4)) === "PAR1";

export async function readParquet(name: string, bytes: Uint8Array): Promise<Table> {
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  try {
    const metadata = parquetMetadata(file);
    const rows = await parquetReadObjects({ file, metadata });
    const names = topNames(metadata.schema);
    if (rows.length === 0) throw new Refusal(`${name} holds no rows.`);
    return fromColumns(
      name,
      names,
      names.map((column) => rows.map((row) => plain(row[column]))),
    );
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const said = (error as Error).message;
    const isCodec = /compression|codec/i.test(said);
    const remedy = isCodec ? " Write it with Snappy or without compression." : "";
    throw new Refusal(`${name} cannot be read as Parquet: ${said}.${remedy}`);
  }
}

/** The columns of rows: elements of a schema stand before all that is in them. */
function topNames(schema: readonly { name: string; num_children?: number }[]): string[] {
  const names: string[] = [];
  const within = (at: number): number => {
    let next = at + 1;
    for (let child = 0; child < (schema[at].num_children ?? 0); child++) next = within(next);
    return next;
  };
  for (let at = 1; at < schema.length; at = within(at)) names.push(schema[at].name);
  return names;
}

function plain(value: unknown): unknown {
  if (typeof value === "bigint") return wholeOf(value);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? wholeOf(part) : part));
}

/** A text where a number would lose digits: what is as long is a name rather than an amount. */
function wholeOf(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
