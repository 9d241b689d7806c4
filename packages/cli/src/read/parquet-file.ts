/** Tables as Parquet. */
import type { AsyncBuffer } from "hyparquet";
import { badData, Refusal } from "../refusal.js";
import { BATCH, type Batch, type TableFile } from "./batch.js";
import { ObjectBatch } from "./object-batch.js";

/** Rows that are decoded at a time. */
const PIECE = 16 * BATCH;

/**
 * Reads rows piece by piece.
 * @param file a path, which is read where it is needed, or bytes
 */
export async function openParquet(name: string, file: string | Uint8Array): Promise<TableFile> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  const buffer: AsyncBuffer =
    typeof file === "string"
      ? await asyncBufferFromFile(file)
      : { byteLength: file.length, slice: (from, to) => new Uint8Array(file.subarray(from, to)).buffer };
  const metadata = await parquetMetadataAsync(buffer).catch((error) => refuse(name, error));
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  return { name, format: "parquet", names, batches: readBatches(name, buffer, Number(metadata.num_rows)) };
}

function refuse(name: string, cause: unknown): never {
  if (cause instanceof Refusal) throw cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  throw badData(
    `${name} is no whole Parquet file: ${why.replace(/\.?$/, ".")} Look whether what wrote it has ended.`,
    cause,
  );
}

async function* readBatches(name: string, file: AsyncBuffer, rows: number): AsyncGenerator<Batch> {
  const { parquetReadObjects } = await import("hyparquet");
  const { compressors } = await import("hyparquet-compressors");
  for (let rowStart = 0; rowStart < rows; rowStart += PIECE) {
    const rowEnd = Math.min(rows, rowStart + PIECE);
    const found = await parquetReadObjects({ file, rowStart, rowEnd, compressors }).catch((error) =>
      refuse(name, error),
    );
    for (let from = 0; from < found.length; from += BATCH) {
      const some = found.slice(from, from + BATCH);
      yield new ObjectBatch(some.map((row, r) => ({ row, place: `row ${rowStart + from + r + 1}` })));
    }
  }
}
