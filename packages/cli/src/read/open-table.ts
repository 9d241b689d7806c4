/** Opens a table, in whatever format its bytes are. */
import { badData, badUsage } from "../refusal.js";
import type { Format, TableFile } from "./batch.js";
import { openCsv } from "./csv-file.js";
import { openJsonArray, openJsonLines } from "./json-file.js";
import { openParquet } from "./parquet-file.js";
import { chunksOf, gather, nameOf, peek, textsOf } from "./sources.js";

/** What people may say of a table where its bytes do not. */
export interface TableOptions {
  readonly format?: string;
  readonly delimiter?: string;
}

export const FORMATS: readonly Format[] = ["csv", "jsonl", "json", "parquet"];

/**
 * Opens a file of rows, or standard input for "-".
 * @throws Refusal on a file that is not there, is empty, or is no table
 */
export async function openTable(path: string, { format, delimiter }: TableOptions = {}): Promise<TableFile> {
  const name = nameOf(path);
  const asked = format === "tsv" ? "csv" : format;
  if (asked !== undefined && !FORMATS.includes(asked as Format)) {
    throw badUsage(`--format must be csv, tsv, jsonl, json or parquet, got ${format}.`);
  }
  const [first, chunks] = await peek(chunksOf(path));
  if (first === undefined || first.length === 0) {
    throw badData(`${name} is empty: a table has a header and rows. Look whether what wrote it has ended.`);
  }
  const found = asked ?? formatOf(path, first);
  if (found === "parquet") {
    const isPlain = path !== "-" && first.subarray(0, 4).toString("latin1") === "PAR1" && !path.endsWith(".gz");
    if (!isPlain) return openParquet(name, await gather(chunks));
    // It is read from where its parts lie.
    for await (const _ of chunks) break;
    return openParquet(name, path);
  }
  const texts = textsOf(name, chunks);
  if (found === "jsonl") return openJsonLines(name, texts);
  if (found === "json") return openJsonArray(name, texts);
  return openCsv(name, texts, readDelimiter(delimiter) ?? (format === "tsv" ? "\t" : undefined));
}

/** The format that the bytes, or of texts that could be either the name, say. */
function formatOf(path: string, bytes: Buffer): Format {
  if (bytes.subarray(0, 4).toString("latin1") === "PAR1") return "parquet";
  const isDelimited = /\.(csv|tsv|tab|txt)(\.gz)?$/i.test(path);
  const [mark] = /[^\s\ufeff]/.exec(bytes.subarray(0, 4096).toString("utf8")) ?? [];
  if (isDelimited || (mark !== "[" && mark !== "{")) return "csv";
  return mark === "[" ? "json" : "jsonl";
}

function readDelimiter(asked: string | undefined): string | undefined {
  const delimiter = asked === "\\t" || asked === "tab" ? "\t" : asked;
  if (delimiter === undefined || (delimiter.length === 1 && !/["\r\n]/.test(delimiter))) return delimiter;
  throw badUsage(`--delimiter must be one character, such as ";" or tab, got ${JSON.stringify(asked)}.`);
}
