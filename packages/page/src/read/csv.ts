/** CSV (RFC 4180) and its like, with any of four delimiters, column by column. */
import { CellColumn } from "./cells.js";
import { distinctNames, Refusal, type Table } from "./table.js";

const [QUOTE, LF, CR] = [34, 10, 13];
const DELIMITERS = [",", "\t", ";", "|"];

/** What Excel is told the delimiter by, in a line above the names. */
const SAID_DELIMITER = /^sep=(.)\r?\n/i;

/** Cells of a record of which a text is given. */
type Sink = (column: number, text: string, start: number, end: number) => void;

/** What stands between cells: what the first records have most of, all alike. */
export function findDelimiter(text: string): string {
  const head = text.slice(0, 65536);
  const score = (delimiter: string) => {
    const counts = countPerRecord(head, delimiter).slice(0, 20);
    if (counts.length === 0 || counts[0] === 0) return 0;
    const alike = counts.filter((count) => count === counts[0]).length / counts.length;
    return alike * 1000 + Math.min(counts[0], 900);
  };
  const scores = DELIMITERS.map(score);
  const best = Math.max(...scores);
  return best > 0 ? DELIMITERS[scores.indexOf(best)] : ",";
}

function countPerRecord(head: string, delimiter: string): number[] {
  const counts: number[] = [];
  let [count, isQuoted, from] = [0, false, 0];
  for (let at = 0; at < head.length; at++) {
    const char = head[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (char === delimiter) count++;
    else if (char === "\n") {
      if (at > from + 1) counts.push(count);
      [count, from] = [0, at + 1];
    }
  }
  // The last line may be cut off; a head without a line break is one record.
  return counts.length > 0 ? counts : [count];
}

/** Walks through records; lines are counted for messages. */
class Reader {
  line: number;
  private readonly delimiter: number;

  constructor(
    private readonly text: string,
    delimiter: string,
    private readonly name: string,
    /** Where the line of names begins. */
    public at: number,
  ) {
    this.line = at === 0 ? 1 : 2;
    this.delimiter = delimiter.charCodeAt(0);
  }

  /** @returns how many cells the next record has; 0 for an empty line, -1 at the end */
  record(sink: Sink): number {
    const { text, delimiter } = this;
    if (this.at >= text.length) return -1;
    const first = text.charCodeAt(this.at);
    if (first === LF || first === CR) return this.endLine(0);
    let cells = 0;
    for (;;) {
      if (text.charCodeAt(this.at) === QUOTE) this.quoted(cells, sink);
      else this.bare(cells, sink);
      cells++;
      if (text.charCodeAt(this.at) !== delimiter || this.at >= text.length) break;
      this.at++;
    }
    return this.endLine(cells);
  }

  private endLine(cells: number): number {
    if (this.text.charCodeAt(this.at) === CR) this.at++;
    if (this.text.charCodeAt(this.at) === LF) this.at++;
    this.line++;
    return cells;
  }

  private bare(cell: number, sink: Sink): void {
    const { text, delimiter } = this;
    const start = this.at;
    let at = start;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === delimiter || code === LF || code === CR) break;
    }
    this.at = at;
    sink(cell, text, start, at);
  }

  private quoted(cell: number, sink: Sink): void {
    const { text, line } = this;
    const start = this.at + 1;
    let end = text.indexOf('"', start);
    let isDoubled = false;
    while (end >= 0 && text.charCodeAt(end + 1) === QUOTE) {
      isDoubled = true;
      end = text.indexOf('"', end + 2);
    }
    if (end < 0) {
      throw new Refusal(
        `${this.name}, line ${line}: a cell begins with a quote that is never closed. Add the closing quote.`,
      );
    }
    for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) this.line++;
    this.at = end + 1;
    const next = text.charCodeAt(this.at);
    if (this.at < text.length && next !== this.delimiter && next !== LF && next !== CR) {
      throw new Refusal(
        `${this.name}, line ${line}: “${text[this.at]}” stands behind a closing quote. Write each quote within a cell twice.`,
      );
    }
    if (isDoubled) {
      const plain = text.slice(start, end).replaceAll('""', '"');
      sink(cell, plain, 0, plain.length);
    } else sink(cell, text, start, end);
  }
}

/** Reads a table whose first record names its columns. */
export function readCsv(name: string, text: string, notes: readonly string[] = []): Table {
  const [line, delimiter] = SAID_DELIMITER.exec(text) ?? ["", findDelimiter(text)];
  const reader = new Reader(text, delimiter, name, line.length);
  const header: string[] = [];
  let width = 0;
  while (width === 0) width = reader.record((_, from, start, end) => header.push(from.slice(start, end)));
  if (width < 0) throw new Refusal(`${name} is empty: there is no line in it.`);
  const { names, notes: renamed } = distinctNames(header);
  const cells = names.map(() => new CellColumn());
  const size = readRecords(reader, cells, name);
  if (size === 0) throw new Refusal(`${name} has a line of names and no rows below it.`);
  const columns = cells.map((column) => column.end());
  const asWritten = (column: number) => cells[column].endTexts();
  const cellAt = (column: number, row: number) => cells[column].textAt(row);
  return { name, size, names, columns, asWritten, cellAt, notes: [...notes, ...renamed, ...doubts(names)] };
}

function readRecords(reader: Reader, cells: readonly CellColumn[], name: string): number {
  const width = cells.length;
  const sink: Sink = (column, text, start, end) => {
    if (column < width) cells[column].addSlice(text, start, end);
  };
  for (let size = 0; ; size++) {
    let { line } = reader;
    let count = reader.record(sink);
    while (count === 0) {
      line = reader.line;
      count = reader.record(sink);
    }
    if (count < 0) return size;
    if (count !== width) {
      const has = `has ${count} ${count === 1 ? "cell" : "cells"}`;
      const names = `the first line names ${width} ${width === 1 ? "column" : "columns"}`;
      throw new Refusal(`${name}, line ${line}: the line ${has}, and ${names}. Each line needs as many as the first.`);
    }
  }
}

/** Names that look like values: perhaps the file has no line of names. */
function doubts(names: readonly string[]): string[] {
  const isNumber = (name: string) => name.trim() !== "" && Number.isFinite(Number(name));
  if (!names.every(isNumber)) return [];
  return [
    "The first line holds numbers only, and is taken as the names of the columns: add a line of names if it is a row.",
  ];
}
