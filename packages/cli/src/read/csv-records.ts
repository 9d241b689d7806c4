/** Where the cells of CSV records lie in a text (RFC 4180). No text is made here: most cells are numbers. */
import { badData } from "../refusal.js";
import { BATCH } from "./batch.js";

const [QUOTE, LF, CR] = [34, 10, 13];

/** How a cell is written. */
export const CELL = { bare: 0, quoted: 1, doubled: 2 } as const;

/** The cells of up to {@link BATCH} records. */
export class CsvRecords {
  /** Records found. */
  size = 0;
  text = "";
  /** By record, from the first to the one behind the last. */
  readonly begins = new Int32Array(BATCH + 1);
  readonly ends = new Int32Array(BATCH + 1);
  readonly lines = new Int32Array(BATCH + 1);
  /** By cell, record after record, `width` each. */
  starts = new Int32Array(BATCH);
  stops = new Int32Array(BATCH);
  forms = new Uint8Array(BATCH);
  /** The line that is looked at next, counted from 1. */
  line = 1;
  private cells = 0;
  /** No character beyond ends a cell, nor is wrong in one. */
  private readonly lastMark: number;

  /**
   * @param width cells of each record; 0 to take as many as the first one has
   * @param name what errors call the file
   */
  constructor(
    private readonly delimiter: number,
    public width: number,
    private readonly name: string,
  ) {
    this.lastMark = Math.max(delimiter, QUOTE);
  }

  /**
   * Finds records from `at` on, up to `most`. Empty lines are none.
   * @param isEnd whether nothing follows the text: its last record need not end in a line break
   * @returns where the first record begins that is not among them: it is not whole, or there was no room
   */
  scan(text: string, at: number, isEnd: boolean, most = BATCH): number {
    this.text = text;
    this.size = 0;
    this.cells = 0;
    let from = at;
    while (this.size < most && from < text.length) {
      const { line } = this;
      const next = this.record(text, from, isEnd);
      if (next < 0) {
        this.line = line;
        break;
      }
      from = next;
    }
    return from;
  }

  /** The cell as text. */
  cell(record: number, column: number): string {
    const c = record * this.width + column;
    const text = this.text.slice(this.starts[c], this.stops[c]);
    return this.forms[c] === CELL.doubled ? text.replaceAll('""', '"') : text;
  }

  raw(record: number): string {
    return this.text.slice(this.begins[record], this.ends[record]);
  }

  /** @returns where the next record begins, -1 if this one is not whole */
  private record(text: string, from: number, isEnd: boolean): number {
    const { line, delimiter, size } = this;
    const { length } = text;
    const first = this.cells;
    let at = from;
    let c = first;
    for (;;) {
      if (c === this.starts.length) this.grow();
      at = text.charCodeAt(at) === QUOTE ? this.quotedCell(text, at, c, isEnd) : this.bareCell(text, at, c);
      if (at < 0) return -1;
      c++;
      if (at < length && text.charCodeAt(at) === delimiter) at++;
      else break;
    }
    if (at === length && !isEnd) return -1;
    const end = at;
    if (text.charCodeAt(at) === CR) at++;
    at++;
    this.line++;
    if (end === from) return at;
    if (this.width === 0) this.width = c - first;
    if (c - first !== this.width)
      throw this.broken(line, `must have ${this.width} cells, as the header has, got ${c - first}`);
    this.begins[size] = from;
    this.ends[size] = end;
    this.lines[size] = line;
    this.cells = c;
    this.size++;
    return at;
  }

  private bareCell(text: string, start: number, c: number): number {
    const { delimiter, lastMark } = this;
    const { length } = text;
    let at = start;
    for (; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code > lastMark) continue;
      if (code === delimiter || code === LF) break;
      if (code === CR && (at + 1 === length || text.charCodeAt(at + 1) === LF)) break;
      if (code === QUOTE)
        throw this.broken(
          this.line,
          "must have a quote at the beginning of a cell or not at all, got one within. Write the cell in quotes, and each quote in it twice",
        );
    }
    this.starts[c] = start;
    this.stops[c] = at;
    this.forms[c] = CELL.bare;
    return at;
  }

  private quotedCell(text: string, start: number, c: number, isEnd: boolean): number {
    const { line } = this;
    let form: number = CELL.quoted;
    let end = text.indexOf('"', start + 1);
    while (end >= 0 && text.charCodeAt(end + 1) === QUOTE) {
      form = CELL.doubled;
      end = text.indexOf('"', end + 2);
    }
    if (end < 0 || (end + 1 === text.length && !isEnd)) {
      if (!isEnd) return -1;
      throw this.broken(
        line,
        "must end the cell that begins with a quote, got the end of the file. Add the closing quote",
      );
    }
    for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) this.line++;
    const next = end + 1 === text.length ? LF : text.charCodeAt(end + 1);
    if (next !== this.delimiter && next !== LF && next !== CR) {
      throw this.broken(
        line,
        `must go on behind a closing quote with ${JSON.stringify(String.fromCharCode(this.delimiter))} or end, got ${JSON.stringify(text[end + 1])}. Write each quote within a cell twice`,
      );
    }
    this.starts[c] = start + 1;
    this.stops[c] = end;
    this.forms[c] = form;
    return end + 1;
  }

  private grow(): void {
    const wider = <A extends Int32Array | Uint8Array>(old: A, made: A): A => {
      made.set(old);
      return made;
    };
    const length = 2 * this.starts.length;
    this.starts = wider(this.starts, new Int32Array(length));
    this.stops = wider(this.stops, new Int32Array(length));
    this.forms = wider(this.forms, new Uint8Array(length));
  }

  /** What to say of a record that goes on and on. */
  endless(): Error {
    return this.broken(this.line, "must end, got 64 million characters. Look for a quote there that is never closed");
  }

  private broken(line: number, what: string): Error {
    return badData(`${this.name}, line ${line}: the record ${what}.`);
  }
}
