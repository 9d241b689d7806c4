/** JSON from strangers: read as JSON.parse reads it or refused, in memory that the text's own size bounds. */
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/file/json.js";

describe("JSON", () => {
  it("is read as JSON.parse reads it, numbers of any size too", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4, stringUnit: "binary" }), fc.double(), fc.nat(3), (text, number, indent) => {
        const spaced = JSON.stringify([JSON.parse(text), number, 2 ** 53, -(2 ** 60), 1e21, 1.7e18], null, indent);
        expect(parseJson(spaced)).toEqual(JSON.parse(spaced));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("makes objects that inherit nothing, whatever their keys", () => {
    const read = parseJson('{"__proto__":{"a":1},"x":{}}') as Record<string, object>;
    expect(Object.keys(read)).toEqual(["__proto__", "x"]);
    for (const name of ["constructor", "toString", "hasOwnProperty", "a"]) {
      expect(name in read).toBe(false);
      expect(name in read.x).toBe(false);
    }
  });

  it("is refused where it is none", () => {
    for (const text of [
      "",
      "-",
      '"',
      '"\\',
      '"\\"',
      '"a\nb"',
      "[1,]",
      '{"a":1,}',
      "{a:1}",
      "01",
      "1.",
      "[",
      "tru",
      "1 2",
      "\u00a01",
    ]) {
      expect(() => JSON.parse(text)).toThrow(SyntaxError);
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
    expect(() => parseJson('{"a":1,"a":1}')).toThrow('the key "a" twice');
    expect(() => parseJson("1e999")).toThrow("which this language cannot hold");
  });

  it("may hold strings, numbers, spaces and keys of 8 MB", () => {
    const long = "x".repeat(8 << 20);
    expect(parseJson(`"${long}"`)).toBe(long);
    expect(parseJson(`"${"\\\\".repeat(4 << 20)}"`)).toHaveLength(4 << 20);
    expect(Object.keys(parseJson(`{"${long}":1}`) as object)).toEqual([long]);
    expect(parseJson(`0.${"1".repeat(8 << 20)}`)).toBeCloseTo(1 / 9);
    expect(parseJson(`${" ".repeat(8 << 20)}1`)).toBe(1);
    expect(() => parseJson(`"${long}`)).toThrow(SyntaxError);
  });
});

/** Texts of 5 MB that ask for far more, as programs that write them. */
const DENSE: Record<string, string> = {
  objects: '"{},".repeat(N / 3)',
  arrays: '"[],".repeat(N / 3)',
  nested: '"[[[[[[[[[[]]]]]]]]]],".repeat(N / 21)',
  "lists of one": '"[0],".repeat(N / 4)',
  "objects of one shape": `'{"a":1},'.repeat(N / 8)`,
  "objects of a shape each": `Array.from({ length: N / 12 }, (_, i) => '{"' + (i + 1e5) + '":1},').join("")`,
  "empty texts": `'"",'.repeat(N / 3)`,
  zeros: '"0,".repeat(N / 2)',
};

const MEGABYTES = 5;

/** The least of three: what else the engine does at the moment only adds. */
function growth(kind: string, read: string): { grew: number; said: string } {
  return [1, 2, 3].map(() => growthOnce(kind, read)).reduce((a, b) => (b.grew < a.grew ? b : a));
}

/** By how many megabytes a process grows that reads the text with `read`, and what is said. */
function growthOnce(kind: string, read: string): { grew: number; said: string } {
  const program = `
    import { MLP } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
    const N = ${MEGABYTES}e6;
    const head = new TextEncoder().encode('{"a":[' + (${DENSE[kind]}) + "0]}");
    const bytes = new Uint8Array(8 + head.length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
    bytes.set(head, 8);
    // What reads files is loaded at the first.
    await MLP.load(new Uint8Array()).catch(() => {});
    gc();
    const before = process.memoryUsage().rss;
    let said = "read";
    try { globalThis.kept = await (${read})(bytes); } catch (error) { said = error.message; }
    console.log(JSON.stringify({ grew: (process.memoryUsage().rss - before) / 1e6, said }));`;
  const { stdout } = spawnSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  return JSON.parse(stdout);
}

/** The bound of F1: twice the file and 16 MiB. */
const BOUND = 2 * MEGABYTES + 16.8;

describe("a file of 5 MB", () => {
  it.each(Object.keys(DENSE))("of %s is refused before it takes more than twice its size and 16 MiB", (kind) => {
    const { grew, said } = growth(kind, "(bytes) => MLP.fromSafetensors(bytes)");
    expect(said).toMatch(
      /^MLP.fromSafetensors: the file must have a header of JSON, got more values in the first \d+ characters than such a file needs\.$/,
    );
    expect(grew).toBeLessThan(BOUND);
  });

  it("control: JSON.parse takes more", () => {
    const { grew } = growth("objects", "(bytes) => JSON.parse(new TextDecoder().decode(bytes.subarray(8)))");
    expect(grew).toBeGreaterThan(BOUND);
  });
});
