/** Tables are read as csv-parse and JSON.parse read them, however their bytes come. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, describe, expect, it } from "vitest";
import { BATCH, type TableFile } from "../src/read/batch.js";
import { findDelimiter, openCsv } from "../src/read/csv-file.js";
import { openJsonArray, openJsonLines } from "../src/read/json-file.js";
import { KnownTexts } from "../src/read/known-texts.js";
import { NumeralReader, numeralText } from "../src/read/numerals.js";
import { openTable } from "../src/read/open-table.js";
import { textsOf } from "../src/read/sources.js";
import { StoredTable } from "../src/table/stored-table.js";
import { csv, customers } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-read-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bytes in pieces of so many. */
async function* inPieces(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const texts = (text: string, size = 1000) => textsOf("file", inPieces(text, size));

async function rowsOf({ batches }: Pick<TableFile, "batches">): Promise<object[]> {
  const rows: object[] = [];
  for await (const batch of batches) for (const row of batch.objects(() => "value")) rows.push({ ...row });
  return rows;
}

/** The same by way of columns. */
async function storedRows({ batches }: Pick<TableFile, "batches">): Promise<object[]> {
  const table = new StoredTable();
  table.begin("file", true);
  for await (const batch of batches) table.add(batch);
  return table.objectsOf(Int32Array.from({ length: table.size }, (_, r) => r));
}

/** Cells of all sorts: with delimiters, quotes, lines, numbers, accents, nothing. */
const cell = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "0",
    "-0",
    "007",
    "1.50",
    "-3",
    "1e5",
    "12345678901234567890",
    "a,b",
    'say "hi"',
    "two\nlines",
    "é",
    "x\r\ny",
    "\t",
  ),
  fc.string({ maxLength: 6 }).filter((text) => !text.includes("\r")),
  fc.double().map(String),
);

describe("CSV", () => {
  it("has names without the blanks around them, each once", async () => {
    const table = await openCsv("file", texts('age, sex ," kind "\n1, m,2\n'));
    expect(table.names).toEqual(["age", "sex", "kind"]);
    expect(await rowsOf(table)).toEqual([{ age: "1", sex: " m", kind: "2" }]);
    await expect(openCsv("file", texts("a, a\n1,2\n"))).rejects.toThrow('each column once, got "a" twice');
  });

  it("is read as csv-parse reads it, in rows and in columns, cut anywhere", async () => {
    const tables = fc.tuple(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(",", ";", "\t"),
      fc.constantFrom("\n", "\r\n"),
    );
    await fc.assert(
      fc.asyncProperty(tables, async ([rows, size, delimiter, end]) => {
        const written = rows.map((cells) =>
          cells.map((text) => (/[\n"\r,;\t]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join(delimiter),
        );
        const text = ["a", "b", "c"].join(delimiter) + end + written.join(end);
        const wanted = parse(text, { columns: true, delimiter, record_delimiter: end, skip_empty_lines: true });
        expect(await rowsOf(await openCsv("file", texts(text, size), delimiter))).toEqual(wanted);
        expect(await storedRows(await openCsv("file", texts(text, size), delimiter))).toEqual(wanted);
      }),
      { numRuns: 300 },
    );
  });

  it("finds out what stands between cells", () => {
    expect(["a,b;c,d", "a\tb", "a;b", '"a,b,c"|d', "a"].map(findDelimiter)).toEqual([",", "\t", ";", "|", ","]);
  });

  it("has its rows in order over many batches, and says the line of each", async () => {
    const rows = customers(3 * BATCH + 5);
    const { batches } = await openCsv("file", texts(csv(rows), 70_000));
    const places: string[] = [];
    for await (const batch of batches) for (let r = 0; r < batch.size; r++) places.push(batch.place(r));
    expect(places).toEqual(rows.map((_, r) => `line ${r + 2}`));
    expect(await rowsOf(await openCsv("file", texts(csv(rows), 70_000)))).toEqual(rows);
  });

  it("control: a broken record is refused with its line", async () => {
    const refusal = async (text: string) =>
      rowsOf(await openCsv("file", texts(text))).then(String, ({ message }) => message);
    expect(await refusal('a,b\n1,2\n"3\n",4\n5\n')).toContain("file, line 5: the record must have 2 cells");
    expect(await refusal('a,b\n1,2"\n')).toContain("line 2: the record must have a quote at the beginning");
    expect(await refusal('a,b\n"1"2,3\n')).toContain("line 2: the record must go on behind a closing quote");
    expect(await refusal('a,b\n1,"2\n')).toContain("line 2: the record must end the cell");
  });
});

describe("numerals", () => {
  const reader = new NumeralReader();
  const read = (text: string) => reader.read(`<${text}>`, 1, 1 + text.length);

  it("are what Number says, and give their text again; all else is left to others", () => {
    const numeral = fc
      .tuple(fc.boolean(), fc.nat({ max: 999_999_999 }), fc.nat({ max: 5 }))
      .map(([isNegative, digits, decimals]) => {
        const text = (digits / 10 ** decimals).toFixed(decimals);
        return isNegative ? `-${text}` : text;
      });
    fc.assert(
      fc.property(fc.oneof(numeral, cell), (text) => {
        const number = read(text);
        if (Number.isNaN(number)) return;
        expect(Object.is(number, Number(text))).toBe(true);
        expect(numeralText(number, reader.decimals)).toBe(text);
      }),
      { numRuns: 2000 },
    );
    for (const text of ["0", "-1", "3.50", "123456789012345", "0.00000000000001"])
      expect(read(text), text).toBe(Number(text));
  });

  it("control: texts that a number does not give again are none", () => {
    for (const text of ["", "-", ".5", "5.", "007", "-0", "-0.00", "+1", "1e3", " 1", "1234567890123456"]) {
      expect(read(text), text).toBeNaN();
    }
  });
});

describe("JSON", () => {
  const rows = fc.array(fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })), {
    minLength: 1,
    maxLength: 6,
  });

  it("lines and arrays are what JSON.parse says, cut anywhere", async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(undefined, 2),
        async (given, size, indent) => {
          const wanted = JSON.parse(JSON.stringify(given));
          const lines = wanted.map((row: object) => `${JSON.stringify(row)}\n\n`).join("");
          expect(await rowsOf(openJsonLines("file", texts(lines, size)))).toEqual(wanted);
          expect(
            await rowsOf(openJsonArray("file", texts(` ${JSON.stringify(wanted, null, indent)}\n`, size))),
          ).toEqual(wanted);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("control: what is no JSON, no object or no whole array is refused with its place", async () => {
    const lines = (text: string) => rowsOf(openJsonLines("file", texts(text))).then(String, ({ message }) => message);
    const array = (text: string) => rowsOf(openJsonArray("file", texts(text))).then(String, ({ message }) => message);
    expect(await lines('{"a":1}\n{"a":\n')).toContain("file, line 2: must be JSON");
    expect(await lines("{}\n[1]\n")).toContain("file, line 2: must be an object");
    expect(await array('[{"a":1},')).toContain("must end with the ]");
    expect(await array("[{},3]")).toContain("file, row 2: must be an object");
    expect(await array("[{}] []")).toContain("an array must be all there is");
  });
});

describe("texts that come again", () => {
  it("are the texts that they are, whichever came before in their place", () => {
    const known = new KnownTexts();
    const texts = Array.from({ length: 3000 }, (_, i) => `${(i * 7919) % 1500}`.padStart(i % 30, "aé\ud83d\ude00"));
    const whole = texts.join("|");
    let at = 0;
    for (const text of texts) {
      expect(known.slice(whole, at, at + text.length)).toBe(text);
      at += text.length + 1;
    }
  });
});

describe("a file", () => {
  const rows = customers(1500);
  const numbers = rows.map(({ age, plan }) => ({ age: Number(age), plan }));
  const columns = [
    { name: "age", data: numbers.map(({ age }) => age), type: "DOUBLE" as const },
    { name: "plan", data: numbers.map(({ plan }) => plan), type: "STRING" as const },
  ];
  const FILES: Record<string, [data: string | Uint8Array, rows: object[]]> = {
    "a.csv": [csv(rows), rows],
    "a.tsv": [csv(rows, "\t"), rows],
    "semicolons.txt": [`\ufeff${csv(rows, ";")}`, rows],
    "no-ending": [csv(rows), rows],
    "a.csv.gz": [gzipSync(csv(rows)), rows],
    "two-members.csv.gz": [Buffer.concat([gzipSync(csv(rows).slice(0, 999)), gzipSync(csv(rows).slice(999))]), rows],
    "a.jsonl": [numbers.map((row) => JSON.stringify(row)).join("\n"), numbers],
    "a.json": [JSON.stringify(numbers, null, 2), numbers],
    "a.json.gz": [gzipSync(JSON.stringify(numbers)), numbers],
    "a.parquet": [new Uint8Array(parquetWriteBuffer({ columnData: columns, rowGroupSize: 400 })), numbers],
    "a.parquet.gz": [gzipSync(new Uint8Array(parquetWriteBuffer({ columnData: columns }))), numbers],
  };

  it.each(Object.keys(FILES))("%s has the rows that were written", async (name) => {
    const [data, wanted] = FILES[name];
    writeFileSync(join(folder, name), data);
    expect(await rowsOf(await openTable(join(folder, name)))).toEqual(wanted);
    expect(await storedRows(await openTable(join(folder, name)))).toEqual(wanted);
  });
});
