/** Gzipped IDX files: one sentence for all that is wrong, the same on every engine, before a lie costs anything. */
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type IdxArray, readIdx } from "../../src/exchange/idx-file.js";
import { header, outcome, SMALL, undamaged, write } from "./idx-files.js";

describe("refusals", () => {
  const join = (...parts: Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
  const file = write(SMALL); // 12 bytes of header, 12 of numbers
  const zipped = gzipSync(file);
  const split = (...at: number[]) => [0, ...at].map((from, i) => gzipSync(file.subarray(from, at[i])));
  const named = join(
    zipped.subarray(0, 3),
    Uint8Array.of(8),
    zipped.subarray(4, 10),
    Buffer.from("a\0"),
    zipped.subarray(10),
  );
  const emptyNamed = join(Uint8Array.of(31, 139, 8, 8, 0, 0, 0, 0, 0, 3, 97, 0, 3, 0), new Uint8Array(8));

  const flipped = Uint8Array.from(zipped);
  flipped[flipped.length - 6] ^= 1;
  const damages: [string, Uint8Array][] = [
    ["the first two bytes of gzip", zipped.subarray(0, 2)],
    ["truncated gzip", zipped.subarray(0, -1)],
    ["gzip with a wrong checksum", flipped],
    ["gzip with text after it", join(zipped, Buffer.from("text"))],
    // Node 20 overlooks zeros after the end and unpacks further members; newer Nodes and browsers refuse both.
    ["gzip with a zero after it", join(zipped, new Uint8Array(1))],
    ["gzip with zeros after it", join(zipped, new Uint8Array(9999))],
    ["two members, cut in the magic number", join(...split(2))],
    ["two members, cut in the sizes", join(...split(6))],
    ["two members, cut before the numbers", join(...split(12))],
    ["two members, cut in the numbers", join(...split(14))],
    ["three members", join(...split(12, 18))],
    ["the file twice", join(zipped, zipped)],
    ["the file and more", join(zipped, gzipSync(Uint8Array.of(1)))],
    ["the file and an empty member", join(zipped, gzipSync(""))],
    ["an empty member and the file", join(gzipSync(""), zipped)],
    ["an empty member that has a name, and the file", join(emptyNamed, zipped)],
    ["two members, less than the header announces", join(...split(14, 22).slice(0, 2))],
    ["two members whose header is wrong", join(gzipSync(header(0x0a, 1)), gzipSync(Uint8Array.of(1)))],
    ["two members, a long one second", join(gzipSync(header(8, 10)), gzipSync(new Uint8Array(99_999)))],
    ["two long members", join(gzipSync(new Uint8Array(99_999)), gzipSync(new Uint8Array(99_999)))],
  ];
  for (const [title, bytes] of damages) {
    it(title, async () => {
      expect(await outcome(bytes)).toHaveProperty("message", undamaged(bytes));
    });
  }

  it("names the cause of damage", async () => {
    expect(((await outcome(flipped)) as Error).cause).toBeInstanceOf(Error);
  });

  it("control: one member is read, with a name or without", async () => {
    expect(await outcome(zipped)).toEqual(SMALL);
    expect(await outcome(named)).toEqual(SMALL);
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
      expect(error).toHaveProperty("message", undamaged(bomb));
      expect(error).toHaveProperty(
        "cause.message",
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
      "cause.message",
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
