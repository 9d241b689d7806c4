/** IDX files: every type comes back, MNIST among them; a file that is wrong is refused, gzipped or not. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type IdxArray, readIdx } from "../../src/exchange/idx-file.js";
import { Random } from "../../src/ground/random.js";
import { Dataset } from "../../src/index.js";
import { CODES, header, outcome, SMALL, TYPES, undamaged, write } from "./idx-files.js";

describe("what comes back", () => {
  // Written out by hand, so that reader and writer cannot be wrong together.
  const literals: [IdxArray["data"], number[]][] = [
    [new Uint8Array([0, 127, 255]), [0, 0, 8, 1, 0, 0, 0, 3, 0, 127, 255]],
    [new Int8Array([0, -1, -128]), [0, 0, 9, 1, 0, 0, 0, 3, 0, 255, 128]],
    [new Int16Array([258, -2]), [0, 0, 11, 1, 0, 0, 0, 2, 1, 2, 255, 254]],
    [new Int32Array([16909060, -2]), [0, 0, 12, 1, 0, 0, 0, 2, 1, 2, 3, 4, 255, 255, 255, 254]],
    [new Float32Array([1, -2.5]), [0, 0, 13, 1, 0, 0, 0, 2, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0]],
    [new Float64Array([-2.5]), [0, 0, 14, 1, 0, 0, 0, 1, 0xc0, 0x04, 0, 0, 0, 0, 0, 0]],
  ];
  for (const [data, bytes] of literals) {
    it(`is a ${data.constructor.name}, plain and gzipped`, async () => {
      const file = Uint8Array.from(bytes);
      expect(await readIdx(file)).toEqual({ shape: [data.length], data });
      expect(await readIdx(gzipSync(file))).toEqual({ shape: [data.length], data });
    });
  }

  it("is what was written: any type, any shape of 1 to 4 dimensions, anywhere in a buffer", async () => {
    const shapes = fc.array(fc.nat(5), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, fc.constantFrom(...CODES), fc.nat(), fc.nat(9), async (shape, code, seed, offset) => {
        const [array] = TYPES[code];
        const data = new array(shape.reduce((product, size) => product * size, 1));
        const raw = new Uint8Array(data.buffer);
        for (let i = 0; i < raw.length; i++) raw[i] = Math.imul(seed + i, 0x9e3779b1) >>> 24;
        const file = write({ shape, data });
        for (const bytes of [file, gzipSync(file)]) {
          const larger = Buffer.alloc(bytes.length + 20, 7);
          larger.set(bytes, offset);
          expect(await readIdx(larger.subarray(offset, offset + bytes.length))).toEqual({ shape, data });
        }
      }),
    );
  });

  it("is a copy, and the file stays as it was", async () => {
    const file = write(SMALL);
    const bytes = { shape: [3], data: new Uint8Array([1, 2, 3]) };
    for (const [whole, array] of [
      [Buffer.from(file), SMALL],
      [Buffer.from(gzipSync(file)), SMALL],
      [Buffer.from(write(bytes)), bytes],
    ] as const) {
      const before = Uint8Array.from(whole);
      const read = await readIdx(whole);
      expect(Uint8Array.from(whole)).toEqual(before);
      whole.fill(0);
      expect(read).toEqual(array);
      expect(read.data.byteLength).toBe(read.data.buffer.byteLength);
    }
  });

  it("is empty when a size is 0, whatever the others are", async () => {
    const largest = new Array<number>(255).fill(2 ** 32 - 1);
    for (const shape of [[0], [3, 0, 2], [0, ...largest.slice(1)], [...largest.slice(1), 0]]) {
      const file = header(14, ...shape);
      const empty = { shape, data: new Float64Array(0) };
      expect(await readIdx(file)).toEqual(empty);
      expect(await readIdx(gzipSync(file))).toEqual(empty);
    }
  });

  it("makes a dataset", async () => {
    const images = await readIdx(write({ shape: [2, 2, 1], data: new Uint8Array([0, 255, 51, 102]) }));
    const labels = await readIdx(write({ shape: [2], data: new Uint8Array([1, 0]) }));
    const data = Dataset.from({ x: images.data, y: labels.data, rows: images.shape[0], scale: 1 / 255 });
    expect([data.rows, data.inputs, data.targets]).toEqual([2, 2, 1]);
    expect(data.x).toBe(images.data);
  });

  it("control: numbers in the other order of bytes are other numbers", async () => {
    for (const code of [11, 12, 13, 14] as const) {
      const array = { shape: [2], data: TYPES[code][0].from([1, 2]) };
      expect(await readIdx(write(array))).toEqual(array);
      expect(await readIdx(write(array, true))).not.toEqual(array);
    }
  });
});

const mnist = fileURLToPath(new URL("../../../shared/data/mnist/", import.meta.url));
const there = existsSync(mnist);

describe(`MNIST${there ? "" : ` (its own files are skipped: there is no ${mnist})`}`, () => {
  const load = async (name: string) => readIdx(await readFile(`${mnist}${name}.gz`));
  const counts = ({ data }: IdxArray) => {
    const each = new Array<number>(10).fill(0);
    for (const label of data) each[label]++;
    return each;
  };

  it("pictures and digits made here, in files as its own are: shapes and every byte", async () => {
    const random = new Random(1);
    const bytes = (count: number, below: number) => Uint8Array.from({ length: count }, () => random.below(below));
    const [pictures, digits] = [bytes(5 * 28 * 28, 256), bytes(5, 10)];
    const images = Buffer.concat([Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 28, 0, 0, 0, 28), pictures]);
    const labels = Buffer.concat([Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 5), digits]);
    for (const pack of [(file: Buffer) => file, (file: Buffer) => gzipSync(file)]) {
      expect(await readIdx(pack(images))).toEqual({ shape: [5, 28, 28], data: pictures });
      expect(await readIdx(pack(labels))).toEqual({ shape: [5], data: digits });
    }
  });

  it.skipIf(!there)("images have their shapes and, written again, the published MD5", async () => {
    const train = await load("train-images-idx3-ubyte");
    expect(train.shape).toEqual([60000, 28, 28]);
    const md5 = createHash("md5")
      .update(header(8, ...train.shape))
      .update(train.data);
    expect(md5.digest("hex")).toBe("6bbc9ace898e44ae57da46a324031adb");
    const test = await load("t10k-images-idx3-ubyte");
    expect([test.shape, test.data.length]).toEqual([[10000, 28, 28], 7840000]);
  });

  it.skipIf(!there)("labels have their shapes and the known counts of each digit", async () => {
    const [train, test] = [await load("train-labels-idx1-ubyte"), await load("t10k-labels-idx1-ubyte")];
    expect([train.shape, test.shape]).toEqual([[60000], [10000]]);
    expect(counts(train)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect(counts(test)).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  });
});

describe("refusals", () => {
  const file = write(SMALL); // 12 bytes of header, 12 of numbers
  const top = 2 ** 32 - 1;
  const types = "have a type among 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e";
  const numbers = "hold 12 bytes of numbers for its shape [2, 3], got";

  const contents: [string, Uint8Array, string][] = [
    ["nothing", new Uint8Array(0), "begin with 4 bytes of magic number, got 0"],
    ["half a magic number", file.slice(0, 3), "begin with 4 bytes of magic number, got 3"],
    ["a picture", Uint8Array.of(137, 80, 78, 71), "begin with two zero bytes, or be gzipped, got 137 and 80"],
    ["a second byte that is not 0", Uint8Array.of(0, 1, 8, 1), "begin with two zero bytes, or be gzipped, got 0 and 1"],
    ["a type between the types", header(0x0a, 1), `${types}, got 0x0a`],
    ["the type 0", header(0, 1), `${types}, got 0x00`],
    ["no dimensions", header(8), "have at least one dimension, got 0"],
    ["half its sizes", file.slice(0, 9), "hold 8 bytes of sizes, got 5"],
    ["sizes beyond 2^53", header(8, top, top), `announce fewer than 2^53 bytes, got shape [${top}, ${top}]`],
    [
      "255 sizes whose product is infinite",
      header(8, ...new Array<number>(255).fill(top)),
      `announce fewer than 2^53 bytes, got shape [${new Array(6).fill(top).join(", ")}, ...]`,
    ],
    ["a number missing", file.slice(0, -1), `${numbers} 11`],
    ["no numbers", file.slice(0, 12), `${numbers} 0`],
  ];
  for (const [title, bytes, wrong] of contents) {
    it(title, async () => {
      const sentence = `readIdx: the file must ${wrong}.`;
      expect(await outcome(bytes)).toHaveProperty("message", sentence);
      const zipped = gzipSync(bytes);
      const error = await outcome(zipped);
      expect(error).toHaveProperty("message", undamaged(zipped));
      expect(error).toHaveProperty("cause.message", sentence);
    });
  }

  it("a number more", async () => {
    const longer = Buffer.concat([file, Uint8Array.of(0)]);
    expect(await outcome(longer)).toHaveProperty("message", `readIdx: the file must ${numbers} 13.`);
    expect(await outcome(gzipSync(longer))).toHaveProperty("cause.message", `readIdx: the file must ${numbers} more.`);
  });

  it("more than it could hold", async () => {
    const giant = header(8, top, 2 ** 20);
    const zipped = gzipSync(giant);
    const size = top * 2 ** 20;
    for (const [property, bytes, wrong] of [
      ["message", giant, `hold ${size} bytes of numbers for its shape [${top}, ${2 ** 20}], got 0`],
      ["cause.message", zipped, `announce at most 1032 times its ${zipped.length} gzipped bytes, got ${size + 12}`],
    ] as const) {
      expect(await outcome(bytes)).toHaveProperty(property, `readIdx: the file must ${wrong}.`);
    }
  });

  it("what is no Uint8Array", async () => {
    for (const [value, shown] of [
      ["train.gz", '"train.gz"'],
      [undefined, "undefined"],
      [file.buffer, "an ArrayBuffer"],
      [new Int8Array(9), "an Int8Array of 9 bytes"],
    ]) {
      const error = await outcome(value);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toHaveProperty("message", `readIdx: the file must be a Uint8Array, got ${shown}.`);
    }
  });
});
