/** Tables as JSON: an object a line, or one array of objects. */
import { badData } from "../refusal.js";
import { BATCH, type Batch, type TableFile } from "./batch.js";
import { ObjectBatch } from "./object-batch.js";

/** A text between two marks, and the line that it begins on. */
interface Piece {
  readonly raw: string;
  readonly place: string;
}

/** Reads an object a line; empty lines are none. */
export function openJsonLines(name: string, texts: AsyncIterator<string>): TableFile {
  return { name, format: "jsonl", batches: inBatches(name, lines(texts)) };
}

/** Reads an array of objects, one after the other: all of it is never in memory. */
export function openJsonArray(name: string, texts: AsyncIterator<string>): TableFile {
  return { name, format: "json", batches: inBatches(name, elements(name, texts)) };
}

async function* inBatches(name: string, pieces: AsyncIterable<Piece[]>): AsyncGenerator<Batch> {
  for await (const some of pieces) {
    for (let from = 0; from < some.length; from += BATCH) {
      yield new ObjectBatch(some.slice(from, from + BATCH).map((piece) => parse(name, piece)));
    }
  }
}

function parse(name: string, { raw, place }: Piece) {
  let row: unknown;
  try {
    row = JSON.parse(raw);
  } catch (cause) {
    throw badData(
      `${name}, ${place}: must be JSON, got ${JSON.stringify(shorten(raw))}. Mend it, or leave it out.`,
      cause,
    );
  }
  if (typeof row === "object" && row !== null && !Array.isArray(row)) return { row, raw, place };
  throw badData(`${name}, ${place}: must be an object, {"column": value, ...}, got ${JSON.stringify(shorten(raw))}.`);
}

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 60)}...` : text);

async function* lines(texts: AsyncIterator<string>): AsyncGenerator<Piece[]> {
  let [rest, line] = ["", 0];
  for (;;) {
    const { done, value = "" } = await texts.next();
    const split = (rest + value).split("\n");
    rest = done ? "" : (split.pop() as string);
    const found = split.map((text): Piece => ({ raw: text.trim(), place: `line ${++line}` }));
    yield found.filter(({ raw }) => raw !== "");
    if (done) return;
  }
}

/** What matters between the elements of an array. */
const MARKS = /["[\]{},]/g;
const STRING_END = /["\\]/g;

/** Cuts an array into its elements, as far as they are whole. */
class ArrayCutter {
  private text = "";
  /** Where the element begins, and where to look next. */
  private begin = -1;
  private at = 0;
  private depth = 0;
  private inString = false;
  private count = 0;
  isOver = false;

  constructor(private readonly name: string) {}

  add(text: string): Piece[] {
    const from = this.begin < 0 ? this.at : this.begin;
    this.text = this.text.slice(from) + text;
    this.at -= from;
    if (this.begin >= 0) this.begin = 0;
    const found: Piece[] = [];
    while (!this.isOver && this.next(found));
    return found;
  }

  /** Goes on to the next mark; false if there is none as yet. */
  private next(found: Piece[]): boolean {
    const pattern = this.inString ? STRING_END : MARKS;
    pattern.lastIndex = this.at;
    const [mark] = pattern.exec(this.text) ?? [];
    const place = pattern.lastIndex - 1;
    if (mark === undefined || (mark === "\\" && place + 1 === this.text.length)) {
      this.at = mark === undefined ? this.text.length : place;
      return false;
    }
    this.at = place + (mark === "\\" ? 2 : 1);
    if (mark === '"') this.inString = !this.inString;
    else if (mark === "[" || mark === "{") this.open();
    else if (mark === "]" || mark === "}") this.close(found, place);
    else if (mark === "," && this.depth === 1) this.finish(found, place);
    return true;
  }

  private open(): void {
    if (this.depth++ === 0) this.begin = this.at;
  }

  private close(found: Piece[], place: number): void {
    if (--this.depth > 0) return;
    this.finish(found, place);
    this.isOver = true;
    const behind = this.text.slice(this.at).trim();
    if (behind !== "")
      throw badData(
        `${this.name}: an array must be all there is, got ${JSON.stringify(shorten(behind))} behind it. Write an object a line instead.`,
      );
  }

  private finish(found: Piece[], place: number): void {
    const raw = this.text.slice(this.begin, place).trim();
    this.begin = this.at;
    if (raw !== "" || this.depth > 0) found.push({ raw, place: `row ${++this.count}` });
  }
}

async function* elements(name: string, texts: AsyncIterator<string>): AsyncGenerator<Piece[]> {
  const cutter = new ArrayCutter(name);
  for (;;) {
    const { done, value = "" } = await texts.next();
    if (done) break;
    yield cutter.add(value);
  }
  if (!cutter.isOver)
    throw badData(
      `${name} must end with the ] of its array, got the end of the file. Look whether what wrote it has ended.`,
    );
}
