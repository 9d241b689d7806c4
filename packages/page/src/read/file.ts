/** A file or a text as a table, by what is in it rather than by its name. */
import { readCsv } from "./csv.js";
import { looksLikeJson, readJson } from "./json.js";
import { isParquet, readParquet } from "./parquet.js";
import { Refusal, type Table } from "./table.js";
import { decode } from "./text.js";

/** What other files begin with that people drop here. */
const OTHERS: readonly (readonly [head: readonly number[], what: string])[] = [
  [
    [0x50, 0x4b, 3, 4],
    "a ZIP file or a workbook of Excel. Save the sheet as CSV, or copy its cells and paste them here",
  ],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old workbook of Excel. Save the sheet as CSV, or copy its cells and paste them here"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF, no table"],
  [[0x89, 0x50, 0x4e, 0x47], "a picture, no table"],
  [[0xff, 0xd8, 0xff], "a picture, no table"],
];

/** Unpacks, decodes, reads. */
export async function readTable(given: string, given8: Uint8Array): Promise<Table> {
  const [name, bytes] = await unpacked(given, given8);
  if (isParquet(bytes)) return readParquet(name, bytes);
  for (const [head, what] of OTHERS) {
    if (head.every((byte, i) => bytes[i] === byte)) throw new Refusal(`${name} is ${what}.`);
  }
  if (/\.(onnx|h5|keras|pth?|pkl|joblib)$/i.test(name)) {
    throw new Refusal(`${name} is a model of another program, no table. Of models this page opens its own (.wasmlp).`);
  }
  const { text, notes } = decode(name, bytes);
  return readText(name, text, notes);
}

export function readText(name: string, text: string, notes: readonly string[] = []): Table {
  if (text.trim() === "") throw new Refusal(`${name} is empty: there is nothing but blanks in it.`);
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) throw new Refusal(`${name} is a page or XML, no table.`);
  return looksLikeJson(text) ? readJson(name, text, notes) : readCsv(name, text, notes);
}

async function unpacked(name: string, bytes: Uint8Array): Promise<[string, Uint8Array]> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return [name, bytes];
  try {
    const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
    return [name.replace(/\.gz$/, ""), new Uint8Array(await new Response(stream).arrayBuffer())];
  } catch {
    throw new Refusal(`${name} is a gzip file that is damaged or cut off.`);
  }
}
