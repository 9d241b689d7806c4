/** Tables of delimited text: CSV, TSV, and their like. */
import { badData } from "../refusal.js";
import { BATCH, type Batch, type CellSink, type TableFile, type Use } from "./batch.js";
import { CELL, CsvRecords } from "./csv-records.js";
import { KnownTexts } from "./known-texts.js";
import { NumeralReader } from "./numerals.js";

/** What may stand between cells. */
const DELIMITERS = [",", "\t", ";", "|"];

/** The one that the first line has most of outside of quotes; a comma where it has none. */
export function findDelimiter(head: string): string {
  const [line] = head.replace(/"(?:[^"]|"")*"/g, "").split(/\r?\n/, 1);
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length - 1);
  const most = Math.max(...counts);
  return DELIMITERS[counts.indexOf(most)];
}

/**
 * Reads a header and records.
 * @param texts pieces of the file, each ending in a line break but the last
 */
export async function openCsv(name: string, texts: AsyncIterator<string>, asked?: string): Promise<TableFile> {
  let head = "";
  let isEnd = false;
  const more = async () => {
    const { done, value = "" } = await texts.next();
    isEnd = done === true;
    head += value;
  };
  await more();
  const delimiter = asked ?? findDelimiter(head);
  const records = new CsvRecords(delimiter.charCodeAt(0), 0, name);
  let at = records.scan(head, 0, isEnd, 1);
  while (records.size === 0 && !isEnd) {
    await more();
    records.line = 1;
    at = records.scan(head, 0, isEnd, 1);
  }
  if (records.size === 0)
    throw badData(`${name} is empty: a table has a header and rows. Look whether what wrote it has ended.`);
  // Blanks after commas are the habit of who wrote them by hand: no name begins or ends with one.
  const names = Array.from({ length: records.width }, (_, c) => records.cell(0, c).trim());
  const twice = names.find((column, c) => names.indexOf(column) < c);
  if (twice !== undefined) {
    throw badData(
      `${name}, line 1: the header must name each column once, got ${JSON.stringify(twice)} twice. Rename one of them.`,
    );
  }
  const batches = readBatches(names, records, { texts, rest: head.slice(at), isEnd });
  return { name, format: "csv", names, delimiter, header: records.raw(0), batches };
}

/** Characters of a record at most: a quote that is never closed would fill the memory. */
const LONGEST = 2 ** 26;

interface Reading {
  readonly texts: AsyncIterator<string>;
  rest: string;
  isEnd: boolean;
}

async function* readBatches(names: readonly string[], records: CsvRecords, reading: Reading): AsyncGenerator<Batch> {
  const batch = new CsvBatch(names, records);
  let { rest: text, isEnd } = reading;
  for (;;) {
    let at = 0;
    for (;;) {
      const next = records.scan(text, at, isEnd);
      if (records.size > 0) yield batch;
      const isStuck = next === at;
      at = next;
      if (isStuck || at >= text.length) break;
    }
    if (isEnd) return;
    const { done, value = "" } = await reading.texts.next();
    isEnd = done === true;
    text = text.slice(at) + value;
    if (text.length > LONGEST) throw records.endless();
  }
}

class CsvBatch implements Batch {
  private readonly numerals = new NumeralReader();
  private readonly rows: Record<string, unknown>[] = [];
  /** By column. */
  private readonly known: readonly KnownTexts[];
  /** By column: what its cells in rows are read as; of the function that said so. */
  private uses: readonly Use[] = [];
  private useOf: ((name: string) => Use) | undefined;

  constructor(
    private readonly names: readonly string[],
    private readonly records: CsvRecords,
  ) {
    this.known = names.map(() => new KnownTexts());
  }

  get size(): number {
    return this.records.size;
  }

  place(row: number): string {
    return `line ${this.records.lines[row]}`;
  }

  raw(row: number): string {
    return this.records.raw(row);
  }

  objects(useOf: (name: string) => Use): object[] {
    const { names, size, rows } = this;
    if (this.useOf !== useOf) {
      this.useOf = useOf;
      this.uses = names.map(useOf);
      // By a prototype of none, "__proto__" is a name like any other.
      for (let r = 0; r < BATCH; r++) rows[r] = this.emptyRow();
    }
    for (let c = 0; c < names.length; c++) if (this.uses[c] !== undefined) this.fill(c, names[c], this.uses[c] as Use);
    return size === BATCH ? rows : rows.slice(0, size);
  }

  private emptyRow(): Record<string, unknown> {
    const entries = this.names.flatMap((name, c) => (this.uses[c] === undefined ? [] : [[name, ""] as const]));
    return Object.fromEntries(entries);
  }

  /** Writes a column of all rows. */
  private fill(c: number, name: string, use: Use): void {
    const { records, rows, size, numerals } = this;
    const known = this.known[c];
    const { text, width, starts, stops, forms } = records;
    if (name === "__proto__") {
      for (let r = 0; r < size; r++)
        Object.defineProperty(rows[r], name, { value: records.cell(r, c), enumerable: true, configurable: true });
      return;
    }
    for (let r = 0, cell = c; r < size; r++, cell += width) {
      const number = use === "number" ? numerals.read(text, starts[cell], stops[cell]) : Number.NaN;
      if (!Number.isNaN(number)) rows[r][name] = number;
      else
        rows[r][name] =
          forms[cell] === CELL.doubled ? records.cell(r, c) : known.slice(text, starts[cell], stops[cell]);
    }
  }

  store(sink: CellSink): void {
    const { names, size, records } = this;
    const { text, width, starts, stops, forms } = records;
    const places = names.map((name) => sink.place(name));
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < width; c++) {
        const cell = r * width + c;
        if (forms[cell] === CELL.doubled) sink.put(places[c], records.cell(r, c));
        else sink.putSlice(places[c], text, starts[cell], stops[cell]);
      }
      sink.endRow();
    }
  }
}
