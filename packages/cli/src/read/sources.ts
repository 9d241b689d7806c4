/** Files and standard input, as bytes and as text. */
import { isAscii, isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { stdin } from "node:process";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { aboutFile, badData } from "../refusal.js";

/** Bytes read at a time. */
const CHUNK = 2 ** 18;

/** What messages call a path. */
export const nameOf = (path: string): string => (path === "-" ? "standard input" : path);

/** The bytes of a file, or of standard input for "-", unpacked where they are gzipped. */
export async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const name = nameOf(path);
  const raw = path === "-" ? stdin : createReadStream(path, { highWaterMark: CHUNK });
  try {
    const [first, all] = await peek(raw);
    const isPacked = first?.[0] === 0x1f && first[1] === 0x8b;
    yield* isPacked ? Readable.from(all).pipe(createGunzip({ chunkSize: CHUNK })) : all;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code.startsWith("Z_"))
      throw badData(`${name} is no whole gzip file: its data end early or are damaged. Fetch or pack it anew.`, error);
    throw aboutFile("read", name, error);
  }
}

/** The first piece of what comes by and by, and all of it. */
export async function peek<T>(iterable: AsyncIterable<T>): Promise<[first: T | undefined, all: AsyncGenerator<T>]> {
  const iterator = iterable[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* all(): AsyncGenerator<T> {
    try {
      for (let next = first; !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return [first.done ? undefined : first.value, all()];
}

/** All bytes that come. */
export async function gather(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const list: Buffer[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

const LF = 10;

/**
 * Bytes as text, in pieces that end with a line, but for the last.
 * @throws Refusal on what is no UTF-8
 */
export async function* textsOf(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let waiting: Buffer[] = [];
  let line = 1;
  let isFirst = true;
  const decode = (bytes: Buffer): string => {
    if (isFirst && bytes.includes(0)) throw notText(name, bytes);
    const isPlain = isAscii(bytes);
    if (!isPlain && !isUtf8(bytes)) throw notUtf8(name, bytes, line);
    // The same characters, for less.
    const text = isPlain
      ? bytes.toString("latin1")
      : bytes.toString("utf8", isFirst && bytes.indexOf("\ufeff") === 0 ? 3 : 0);
    isFirst = false;
    for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) line++;
    return text;
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end === 0) waiting.push(chunk);
    else {
      const whole = chunk.subarray(0, end);
      yield decode(waiting.length > 0 ? Buffer.concat([...waiting, whole]) : whole);
      waiting = end < chunk.length ? [chunk.subarray(end)] : [];
    }
  }
  if (waiting.length > 0) yield decode(Buffer.concat(waiting));
}

/** Texts have no zeros; those of UTF-16 are full of them, and are UTF-8 all the same. */
function notText(name: string, bytes: Buffer): Error {
  const isWide = bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0);
  const [got, from] = isWide ? ["UTF-16", bytes[0] === 0 ? "UTF-16BE" : "UTF-16LE"] : ["zeros in it", ""];
  if (isUtf16Marked(bytes)) return notUtf8(name, bytes, 1);
  const remedy = isWide ? `Save it as UTF-8, or convert it: iconv -f ${from} -t UTF-8.` : "Look whether it is a table.";
  return badData(`${name} must be UTF-8, got ${got}. ${remedy}`);
}

const isUtf16Marked = ([first, second]: Buffer) =>
  (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);

function notUtf8(name: string, bytes: Buffer, line: number): Error {
  if (isUtf16Marked(bytes)) {
    return badData(`${name} must be UTF-8, got UTF-16. Save it as UTF-8, or convert it: iconv -f UTF-16 -t UTF-8.`);
  }
  let from = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && isUtf8(bytes.subarray(from, at)); at = bytes.indexOf(LF, from)) {
    from = at + 1;
    line++;
  }
  return badData(
    `${name}, line ${line}: must be UTF-8, got other bytes. Save it as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8.`,
  );
}
