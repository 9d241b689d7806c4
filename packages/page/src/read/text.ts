/** Bytes of a file as text, whatever encoding they are in. */
import { Refusal } from "./table.js";

/** Longer texts than this no engine has. */
const MOST_CHARACTERS = 500_000_000;

/** Looks at a mark at the beginning, at zeros between letters, and at whether the bytes are UTF-8 at all. */
export function decode(name: string, bytes: Uint8Array): { text: string; notes: string[] } {
  if (bytes.length === 0) throw new Refusal(`${name} is empty: it has no bytes.`);
  if (bytes.length > MOST_CHARACTERS) {
    throw new Refusal(
      `${name} has ${Math.round(bytes.length / 1e6)} MB of text, and a page holds 500 MB at most. Take a part of its rows.`,
    );
  }
  const encoding = markedEncoding(bytes) ?? unmarkedUtf16(bytes);
  if (encoding) {
    const notes = encoding === "utf-8" ? [] : [`${name} is read as ${encoding.toUpperCase()}.`];
    return { text: new TextDecoder(encoding).decode(bytes), notes };
  }
  try {
    return { text: refuseBinary(name, new TextDecoder("utf-8", { fatal: true }).decode(bytes)), notes: [] };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const text = refuseBinary(name, new TextDecoder("windows-1252").decode(bytes));
    return {
      text,
      notes: [`${name} is no UTF-8, and is read as Windows-1252 (Latin-1): look whether its letters are right.`],
    };
  }
}

function markedEncoding([first, second, third]: Uint8Array): string | undefined {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  return undefined;
}

/** Every other byte of plain letters in UTF-16 is zero. */
function unmarkedUtf16(bytes: Uint8Array): string | undefined {
  const head = bytes.subarray(0, 1024);
  const zeros = [0, 0];
  for (let i = 0; i < head.length; i++) if (head[i] === 0) zeros[i & 1]++;
  const most = 0.3 * (head.length / 2);
  if (zeros[1] > most && zeros[0] < most / 4) return "utf-16le";
  if (zeros[0] > most && zeros[1] < most / 4) return "utf-16be";
  return undefined;
}

function refuseBinary(name: string, text: string): string {
  if (text.slice(0, 4096).includes("\u0000")) {
    throw new Refusal(
      `${name} is no table of text: it holds zero bytes. CSV, TSV, JSON, JSON lines and Parquet can be read.`,
    );
  }
  return text;
}
