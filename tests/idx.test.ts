/** IDX files: every type comes back, MNIST among them; damage and lies are refused before they cost anything. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type IdxArray, readIdx } from "../src/formats/idx.js";
import { Dataset } from "../src/index.js";

const TYPES = {
  8: [Uint8Array, "setUint8"],
  9: [Int8Array, "setInt8"],
  11: [Int16Array, "setInt16"],
  12: [Int32Array, "setInt32"],
  13: [Float32Array, "setFloat32"],
  14: [Float64Array, "setFloat64"],
} as const;
const CODES = [8, 9, 11, 12, 13, 14] as const;

const header = (code: number, ...sizes: number[]) => {
  const view = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  view.setUint8(2, code);
  view.setUint8(3, sizes.length);
  sizes.forEach((size, d) => {
    view.setUint32(4 + 4 * d, size);
  });
  return new Uint8Array(view.buffer);
};

/** An IDX file. */
function write({ shape, data }: IdxArray, littleEndian = false): Uint8Array {
  const code = CODES.find((each) => data instanceof TYPES[each][0])!;
  const body = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value: number, i: number) => {
    body[TYPES[code][1]](i * data.BYTES_PER_ELEMENT, value, littleEndian);
  });
  return Buffer.concat([header(code, ...shape), new Uint8Array(body.buffer)]);
}

/** What readIdx makes of a file: the array, or the error it is refused with. */
const outcome = (bytes: unknown) => readIdx(bytes as Uint8Array).catch((error: Error) => error);

const SMALL = { shape: [2, 3], data: new Int16Array([1, -2, 300, -32768, 32767, 0]) };

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

const mnist = fileURLToPath(new URL("../../shared/data/mnist/", import.meta.url));
const there = existsSync(mnist);

describe(`MNIST${there ? "" : ` (skipped: there is no ${mnist})`}`, () => {
  const load = async (name: string) => readIdx(await readFile(`${mnist}${name}.gz`));
  const counts = ({ data }: IdxArray) => {
    const each = new Array<number>(10).fill(0);
    for (const label of data) each[label]++;
    return each;
  };

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
  const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  const file = write(SMALL); // 12 bytes of header, 12 of numbers
  const zipped = gzipSync(file);
  const top = 2 ** 32 - 1;
  const types = "have a type among 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e";
  const numbers = "hold 12 bytes of numbers for its shape [2, 3], got";
  const sentence = (error: unknown) => (error instanceof Error ? error.message : error);

  // What a file is wrong in whether it is gzipped or not.
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
      for (const each of [bytes, gzipSync(bytes)]) {
        expect(sentence(await outcome(each))).toBe(`readIdx: the file must ${wrong}.`);
      }
    });
  }

  const longer = join(file, Uint8Array.of(0));
  const giant = header(8, top, 2 ** 20);
  const giantZipped = gzipSync(giant);
  it("more than it announces, or less than it could hold", async () => {
    for (const [bytes, wrong] of [
      [longer, `${numbers} 13`],
      [gzipSync(longer), `${numbers} more`],
      [giant, `hold ${top * 2 ** 20} bytes of numbers for its shape [${top}, ${2 ** 20}], got 0`],
      [
        giantZipped,
        `announce at most 1032 times its ${giantZipped.length} gzipped bytes, got ${top * 2 ** 20 + giant.length}`,
      ],
    ] as const) {
      expect(sentence(await outcome(bytes))).toBe(`readIdx: the file must ${wrong}.`);
    }
  });

  const flipped = Uint8Array.from(zipped);
  flipped[flipped.length - 6] ^= 1;
  const damages: [string, Uint8Array][] = [
    ["the first two bytes of gzip", zipped.subarray(0, 2)],
    ["truncated gzip", zipped.subarray(0, -1)],
    ["gzip with a wrong checksum", flipped],
    ["gzip with text after it", join(zipped, Buffer.from("text"))],
    // Node 20 overlooks zeros after the end and joins members; later Nodes and browsers refuse them.
    ["gzip with a zero after it", join(zipped, new Uint8Array(1))],
    ["gzip with zeros after it", join(zipped, new Uint8Array(9999))],
    ["gzip in two members", join(gzipSync(file.slice(0, 14)), gzipSync(file.slice(14)))],
  ];
  for (const [title, bytes] of damages) {
    it(title, async () => {
      expect(sentence(await outcome(bytes))).toBe(
        `readIdx: the file must be whole, undamaged gzip and nothing else, got ${bytes.length} bytes that are not.`,
      );
    });
  }

  it("what is no Uint8Array", async () => {
    for (const [value, shown] of [
      ["train.gz", '"train.gz"'],
      [undefined, "undefined"],
      [file.buffer, "a ArrayBuffer"],
      [new Int8Array(9), "a Int8Array of 9 bytes"],
    ]) {
      const error = await outcome(value);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toHaveProperty("message", `readIdx: the file must be a Uint8Array, got ${shown}.`);
    }
  });

  it("names the cause of damage", async () => {
    expect(((await outcome(flipped)) as Error).cause).toBeInstanceOf(Error);
  });
});

describe("damage to a gzipped file", () => {
  const zipped = Uint8Array.from(gzipSync(write(SMALL)));
  /** Refused in a sentence of its own, or read as what it is. */
  const sound = (result: IdxArray | Error, array: IdxArray) =>
    result instanceof Error
      ? /^readIdx: the file must .+, got .+\.$/.test(result.message)
      : result.data.join() === array.data.join() && result.shape.join() === array.shape.join();

  it("every truncation is refused", async () => {
    for (let length = 0; length < zipped.length; length++) {
      const result = await outcome(zipped.subarray(0, length));
      if (!(result instanceof Error && sound(result, SMALL))) expect.fail(`a cut to ${length} bytes`);
    }
  });

  it("every change of a byte is refused or changes nothing", async () => {
    let harmless = 0;
    for (let at = 0; at < zipped.length; at++) {
      const changed = Array.from({ length: 255 }, (_, i) => {
        const bytes = zipped.slice();
        bytes[at] ^= i + 1;
        return outcome(bytes);
      });
      for (const result of await Promise.all(changed)) {
        if (!sound(result, SMALL)) expect.fail(`byte ${at}: ${result}`);
        if (!(result instanceof Error)) harmless++;
      }
    }
    // Time (4 bytes), extra flags and system: gzip's checksum covers the numbers alone.
    expect(harmless).toBeGreaterThanOrEqual(6 * 255);
    expect(harmless).toBeLessThan(7 * 255);
  });

  it("control: the whole file is read, and what no checksum covers is read wrong", async () => {
    expect(sound(await outcome(zipped), SMALL)).toBe(true);
    const plain = write(SMALL);
    plain[plain.length - 1] ^= 1;
    expect(sound(await outcome(plain), SMALL)).toBe(false);
  });
});

describe("unpacking", () => {
  const MIB = 2 ** 20;
  const zeros = (announced: number, held: number) =>
    gzipSync(Buffer.concat([header(8, announced), Buffer.alloc(held)]));

  afterEach(() => vi.unstubAllGlobals());

  /** Counts what the platform is given and what it unpacks, and hands that on in other pieces. */
  async function watch(cut = (chunk: Uint8Array): Uint8Array[] => [chunk]) {
    const seen = { piece: 0, shared: false, bytes: 0, cancelled: false, memory: 0 };
    // What made the file is garbage; its memory is given back some turns after it is collected.
    for (let turn = 0; turn < 3; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      (globalThis as { gc?: () => void }).gc?.();
    }
    const before = process.memoryUsage().arrayBuffers;
    const Platform = DecompressionStream;
    // Called with new; what it returns is what new gives.
    vi.stubGlobal("DecompressionStream", function watched(format: CompressionFormat) {
      const { writable, readable } = new Platform(format);
      const [writer, reader] = [writable.getWriter(), readable.getReader()];
      const write = (piece: Uint8Array<ArrayBuffer>) => {
        seen.piece = Math.max(seen.piece, piece.length);
        seen.shared ||= !(piece.buffer instanceof ArrayBuffer);
        return writer.write(piece);
      };
      const given = new WritableStream({ write, close: () => writer.close(), abort: (reason) => writer.abort(reason) });
      const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
        const { value } = await reader.read();
        seen.memory = Math.max(seen.memory, process.memoryUsage().arrayBuffers - before);
        if (!value) return controller.close();
        seen.bytes += value.length;
        for (const part of cut(value)) controller.enqueue(part);
      };
      const cancel = (reason: unknown) => {
        seen.cancelled = true;
        return reader.cancel(reason);
      };
      return { writable: given, readable: new ReadableStream({ pull, cancel }, { highWaterMark: 0 }) };
    });
    return seen;
  }

  it("stops at the first byte too many", async () => {
    for (const announced of [10, MIB]) {
      const bomb = zeros(announced, 64 * MIB);
      const seen = await watch();
      const error = await outcome(bomb);
      expect(error).toHaveProperty(
        "message",
        `readIdx: the file must hold ${announced} bytes of numbers for its shape [${announced}], got more.`,
      );
      expect(seen.cancelled).toBe(true);
      expect(seen.bytes).toBeLessThan(announced + MIB);
      expect(seen.memory).toBeLessThan(16 * MIB);
      vi.unstubAllGlobals();
    }
  });

  it("does not begin when deflate could not hold what is announced", async () => {
    const bomb = zeros(2 ** 32 - 1, 64 * MIB);
    const seen = await watch();
    expect(await outcome(bomb)).toHaveProperty(
      "message",
      `readIdx: the file must announce at most 1032 times its ${bomb.length} gzipped bytes, got ${2 ** 32 + 7}.`,
    );
    expect(seen.cancelled).toBe(true);
    expect(seen.bytes).toBeLessThan(MIB);
    expect(seen.memory).toBeLessThan(16 * MIB);
  });

  it("control: as much that is announced is unpacked, at deflate's best ratio", async () => {
    const honest = zeros(64 * MIB, 64 * MIB);
    const seen = await watch();
    const { shape, data } = await readIdx(honest);
    expect([shape, data.length, data.some((value) => value !== 0)]).toEqual([[64 * MIB], 64 * MIB, false]);
    expect(seen.bytes).toBe(64 * MIB + 8);
    // Engines that unpack a whole piece before they hand on any of it make 1032 times this of it.
    expect(seen.piece).toBe(4096);
    expect(seen.memory).toBeGreaterThan(64 * MIB);
  });

  it("reads the same from a byte at a time as from everything at once", async () => {
    const array = { shape: [2, 700], data: Int16Array.from({ length: 1400 }, (_, i) => 40 * i - 30000) };
    const bytes = gzipSync(write(array));
    await watch((chunk) => Array.from(chunk, (byte) => Uint8Array.of(byte)));
    expect(await readIdx(bytes)).toEqual(array);
    expect(await readIdx(gzipSync(write(SMALL)))).toEqual(SMALL);
    expect(await outcome(gzipSync(Uint8Array.of(0, 0)))).toBeInstanceOf(Error);
  });

  it("gives the platform no shared memory, which it may refuse", async () => {
    const bytes = gzipSync(write(SMALL));
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const seen = await watch();
    expect(await readIdx(shared)).toEqual(SMALL);
    expect(seen.shared).toBe(false);
  });

  it("says so when memory does not hold what is announced", async () => {
    const bytes = zeros(8 * MIB, 8 * MIB);
    const construct = (array: Uint8ArrayConstructor, [first]: [number]) => {
      if (first === 8 * MIB) throw new RangeError("Array buffer allocation failed");
      return new array(first);
    };
    vi.stubGlobal("Uint8Array", new Proxy(Uint8Array, { construct }));
    const error = await outcome(bytes);
    expect(error).toHaveProperty(
      "message",
      `readIdx: the file must announce no more bytes than memory holds, got ${8 * MIB}.`,
    );
    expect(error).toHaveProperty("cause.message", "Array buffer allocation failed");
  });
});
