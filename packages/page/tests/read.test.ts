/** Files as tables: whatever is in them, a table or a sentence. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, it } from "vitest";
import { findDelimiter, readCsv } from "../src/read/csv.js";
import { readTable, readText } from "../src/read/file.js";
import { rowAt, type Table } from "../src/read/table.js";

const bytes = (text: string) => new TextEncoder().encode(text);
const rows = (table: Table) => Array.from({ length: table.size }, (_, r) => rowAt(table, r));

/** Texts in a column as the file has them. */
const written = (table: Table) => table.names.map((_, c) => table.asWritten(c));

describe("CSV", () => {
  it("is read by the delimiter that a first line says", () => {
    for (const end of ["\n", "\r\n"]) {
      const table = readCsv("t.csv", `sep=;${end}a;b${end}1,5;2${end}`);
      expect(table.names).toEqual(["a", "b"]);
      expect(written(table)).toEqual([["1,5"], ["2"]]);
    }
    expect(() => readCsv("t.csv", "sep=;\na;b\n1\n")).toThrow("line 3");
    expect(readCsv("t.csv", "sep=,x\n1,2\n").names).toEqual(["sep=", "x"]);
  });

  it("is read as csv-parse reads it", () => {
    const iris = readFileSync(new URL("../../../examples/data/iris.csv", import.meta.url), "utf8");
    const quoted = 'a,b,c\n1,"x, ""y""",\n-0,"two\nlines",007\n0.50,,1e3\n2,"",+1\n';
    for (const text of [iris, quoted, quoted.replaceAll("\n", "\r\n"), quoted.slice(0, -1)]) {
      const [names, ...expected] = parse(text) as string[][];
      const table = readCsv("t.csv", text);
      expect(table.names).toEqual(names);
      expect(written(table)).toEqual(names.map((_, c) => expected.map((row) => row[c])));
    }
  });

  it("keeps plain numbers as numbers, and gaps as gaps", () => {
    const table = readCsv("t.csv", "a,b\n1,x\n,y\n-2.5,\n");
    expect(table.columns[0]).toEqual(Float64Array.of(1, Number.NaN, -2.5));
    expect(rows(table)).toEqual([
      { a: 1, b: "x" },
      { a: null, b: "y" },
      { a: -2.5, b: null },
    ]);
    expect(readCsv("t.csv", "a\n12345678901234567\n").columns[0]).toEqual(["12345678901234567"]);
  });

  it("looks at each cell alone: whole numbers, a million of them, in a file without a point", () => {
    const text = `a,b\n${"17,4\n".repeat(500_000)}`;
    expect(readCsv("t.csv", text).columns[1]).toEqual(new Float64Array(500_000).fill(4));
  });

  it.each([[","], ["\t"], [";"], ["|"]])("finds what stands between cells: %j", (delimiter) => {
    expect(findDelimiter(`a${delimiter}"x,;|"${delimiter}b\n1${delimiter}2${delimiter}3\n`)).toBe(delimiter);
  });

  it("names each column once", () => {
    const table = readCsv("t.csv", "x,x,\n1,2,3\n");
    expect(table.names).toEqual(["x", "x (2)", "column 3"]);
    expect(table.notes.join()).toContain("x (2)");
  });
});

describe("other files", () => {
  const expected = [
    { a: 1, b: "ä" },
    { a: 2, b: "ö" },
  ];
  const csv = "a,b\n1,ä\n2,ö\n";
  const utf16 = Buffer.from(csv, "utf16le");

  it.each<[string, Uint8Array]>([
    ["UTF-8 with a mark", bytes(`\ufeff${csv}`)],
    ["UTF-16 with a mark", Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])],
    ["UTF-16 without a mark", Buffer.from("a,b\n1,ab\n2,cd\n".repeat(20), "utf16le").subarray(0, 28)],
    ["UTF-16, big end first", Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(utf16).swap16()])],
    ["Latin-1", Buffer.from(csv, "latin1")],
    ["gzip", gzipSync(csv)],
    ["JSON", bytes(JSON.stringify(expected))],
    ["JSON of columns", bytes(JSON.stringify({ a: [1, 2], b: ["ä", "ö"] }))],
    ["JSON with rows inside", bytes(JSON.stringify({ count: 2, data: expected }))],
    ["JSON with rows alone inside", bytes(JSON.stringify({ data: expected }))],
    ["JSON with rows and lists beside", bytes(JSON.stringify({ meta: {}, rows: expected, columns: ["a", "b"] }))],
    ["JSON of pandas, by columns", bytes(JSON.stringify({ a: { 0: 1, 1: 2 }, b: { 0: "ä", 1: "ö" } }))],
    ["JSON of pandas, by columns, a row named otherwise", bytes('{"a":{"x":1,"y":2},"b":{"y":"ö","x":"ä"}}')],
    ["JSON of pandas, by rows", bytes(JSON.stringify({ 0: expected[0], 1: expected[1] }))],
    ["JSON of pandas, split", bytes('{"columns":["a","b"],"index":[0,1],"data":[[1,"ä"],[2,"ö"]]}')],
    ["JSON of pandas, a table", bytes(JSON.stringify({ schema: { fields: [] }, data: expected }))],
    ["JSON lines", bytes(`${JSON.stringify(expected[0])}\n${JSON.stringify(expected[1])}\n`)],
    [
      "Parquet",
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: "a", data: [1, 2], type: "INT32" },
            { name: "b", data: ["ä", "ö"], type: "STRING" },
          ],
        }),
      ),
    ],
  ])("%s", async (name, file) => {
    const table = await readTable("t", file);
    if (name === "UTF-16 without a mark") expect(rows(table)[0]).toEqual({ a: 1, b: "ab" });
    else expect(rows(table)).toEqual(expected);
  });

  it("Parquet with columns of parts and lists, and with longer numbers than a double has", async () => {
    const element = (name: string, more: object) => ({ name, repetition_type: "OPTIONAL" as const, ...more });
    const file = parquetWriteBuffer({
      schema: [
        { name: "root", num_children: 4 },
        element("p", { num_children: 2 }),
        element("x", { type: "INT32" }),
        element("z", { type: "DOUBLE" }),
        element("tags", { num_children: 1, converted_type: "LIST" }),
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        element("element", { type: "INT32" }),
        element("id", { type: "INT64" }),
        element("y", { type: "INT32" }),
      ],
      columnData: [
        { name: "p", data: [{ x: 1, z: 0.5 }, null] },
        { name: "tags", data: [[1, 2], [3]] },
        { name: "id", data: [9007199254740993n, 7n] },
        { name: "y", data: [4, 5] },
      ],
    });
    expect(rows(await readTable("t", new Uint8Array(file)))).toEqual([
      { p: '{"x":1,"z":0.5}', tags: "[1,2]", id: "9007199254740993", y: 4 },
      { p: null, tags: "[3]", id: 7, y: 5 },
    ]);
  });

  it.each<[string, string | Uint8Array, RegExp]>([
    [
      "JSON of pandas, split, a row too short",
      '{"columns":["a","b"],"data":[[1,2],[3]]}',
      /Row 2 of t must be a list of 2/,
    ],
    ["nothing", "", /is empty/],
    ["blanks", "  \n \n", /nothing but blanks/],
    ["a header alone", "a,b\n", /no rows below/],
    ["a short line", "a,b\n1,2\n3\n", /line 3: the line has 1 cell, and the first line names 2 columns/],
    ["a quote that stays open", 'a,b\n1,"2\n3,4\n', /line 2: a cell begins with a quote that is never closed/],
    ["a quote that ends within", 'a,b\n"1"x,2\n', /line 2: “x” stands behind a closing quote/],
    ["a workbook", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0), /workbook of Excel/],
    ["a picture", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13), /a picture/],
    ["zeros", new Uint8Array(100), /zero bytes/],
    ["half a gzip", gzipSync("a,b\n1,2\n".repeat(500)).subarray(0, 30), /damaged or cut off/],
    ["half a Parquet", bytes("PAR1 and no more"), /cannot be read as Parquet/],
    ["half a JSON", '[{"a": 1', /neither JSON nor/],
    ["JSON lines, one broken", '{"a":1}\n{"a":\n', /line 2: the line is no JSON/],
    ["a number", "[1, 2]", /Row 1 of t is a number/],
    ["an empty list", "[]", /empty list/],
    ["a page", "<!doctype html><p>", /a page or XML/],
  ])("refuses %s in a sentence", async (_, content, sentence) => {
    const file = typeof content === "string" ? bytes(content) : content;
    const error = await Promise.resolve(readTable("t", file)).catch((refused) => refused);
    expect(error.name).toBe("Refusal");
    expect(error.message).toMatch(sentence);
    expect(error.message).toMatch(/[.…]$/);
  });

  it("tells of numbers in the place of names", () => {
    expect(readText("t", "1,2\n3,4\n").notes.join()).toContain("first line");
  });
});
