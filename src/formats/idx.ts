/**
 * The IDX container, as MNIST comes in it: two zero bytes, a type, the number of dimensions, their sizes (32 bits,
 * big-endian), then the numbers row after row (big-endian). Plain, or gzipped as downloaded.
 */
import { show } from "../check.js";

/** The numbers of an IDX file and how they are arranged. */
export interface IdxArray {
  /** Sizes of the 1 to 255 dimensions, the slowest first: [rows, height, width] for images, [rows] for labels. */
  readonly shape: readonly number[];
  /** As many numbers as the product of `shape`, row-major, in the type of the file. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** The third byte of a file: what holds its numbers, and what reads one. */
const TYPES = new Map([
  [0x08, { array: Uint8Array, get: "getUint8" }],
  [0x09, { array: Int8Array, get: "getInt8" }],
  [0x0b, { array: Int16Array, get: "getInt16" }],
  [0x0c, { array: Int32Array, get: "getInt32" }],
  [0x0d, { array: Float32Array, get: "getFloat32" }],
  [0x0e, { array: Float64Array, get: "getFloat64" }],
] as const);

type Type = typeof TYPES extends Map<number, infer T> ? T : never;

/** What comes before the numbers. */
interface Header {
  readonly type: Type;
  readonly shape: readonly number[];
  /** Bytes of the header. */
  readonly start: number;
  /** Bytes of the numbers after it. */
  readonly size: number;
}

/** Bytes of the longest header: 255 sizes. */
const LONGEST_HEADER = 4 + 4 * 255;

/** Deflate's best: 258 bytes for 2 bits. A file that announces more is lying. */
const RATIO = 1032;

/** Gzipped bytes unpacked at a time: an engine may unpack a piece whole before anyone can stop it, 4 MiB at most. */
const PIECE = 4096;

/**
 * Reads an IDX file, the format of MNIST and its kin, gzipped (one member, unpacked by the platform's DecompressionStream)
 * or not. Takes no more memory than the header announces, and believes no header that the file cannot fulfil.
 * @param bytes the whole file, anywhere in a larger buffer; not to be changed before the promise settles
 * @returns numbers [...shape] of type uint8, int8, int16, int32, float32 or float64; a copy, empty if a size is 0
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 * @example
 * const images = await readIdx(await readFile("train-images-idx3-ubyte.gz"));
 * const labels = await readIdx(await readFile("train-labels-idx1-ubyte.gz"));
 * images.shape; // [60000, 28, 28]
 * const data = Dataset.from({ x: images.data, y: labels.data, rows: images.shape[0], scale: 1 / 255 });
 */
export async function readIdx(bytes: Uint8Array): Promise<IdxArray> {
  if (!(bytes instanceof Uint8Array))
    throw new TypeError(`readIdx: the file must be a Uint8Array, got ${show(bytes)}.`);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return readGzipped(bytes);
  const header = parseHeader(bytes);
  const { start, size } = header;
  if (bytes.length !== start + size) refuse(sized(header), `${bytes.length - start}`);
  const room = allocate(size);
  room.set(bytes.subarray(start));
  return decode(header, room.buffer);
}

function refuse(what: string, got: string, cause?: unknown): never {
  throw new Error(`readIdx: the file must ${what}, got ${got}.`, cause === undefined ? undefined : { cause });
}

function refuseGzip(bytes: Uint8Array, cause?: unknown): never {
  refuse("be whole, undamaged gzip and nothing else", `${bytes.length} bytes that are not`, cause);
}

function sized({ shape, size }: Header): string {
  return `hold ${size} bytes of numbers for its shape ${show(shape)}`;
}

/** `head` is the file, or as much of its beginning as any header needs. */
function parseHeader(head: Uint8Array): Header {
  if (head.length < 4) refuse("begin with 4 bytes of magic number", `${head.length}`);
  const [zero, zeroToo, code, dimensions] = head;
  if (zero !== 0 || zeroToo !== 0) refuse("begin with two zero bytes, or be gzipped", `${zero} and ${zeroToo}`);
  const type = TYPES.get(code as 0x08);
  if (!type) refuse(`have a type among ${[...TYPES.keys()].map(hex).join(", ")}`, hex(code));
  if (dimensions === 0) refuse("have at least one dimension", "0");
  const start = 4 + 4 * dimensions;
  if (head.length < start) refuse(`hold ${4 * dimensions} bytes of sizes`, `${head.length - 4}`);
  const view = new DataView(head.buffer, head.byteOffset, start);
  const shape = Array.from({ length: dimensions }, (_, d) => view.getUint32(4 + 4 * d));
  // A product of 255 sizes may be Infinity, and that times 0 no number.
  const size = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, type.array.BYTES_PER_ELEMENT);
  if (size > Number.MAX_SAFE_INTEGER) refuse("announce fewer than 2^53 bytes", `shape ${show(shape)}`);
  return { type, shape, start, size };
}

function hex(code: number): string {
  return `0x${code.toString(16).padStart(2, "0")}`;
}

async function readGzipped(bytes: Uint8Array): Promise<IdxArray> {
  const reader = pieces(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  const next = async (): Promise<Uint8Array | undefined> => {
    const { value } = await reader.read().catch((cause) => refuseGzip(bytes, cause));
    return value;
  };
  try {
    return await readChunks(next, bytes);
  } finally {
    // After a refusal much may be left to unpack; of a stream that failed or ended nothing is, and its error was told.
    await reader.cancel().catch(() => {});
  }
}

/** Reads what `next` unpacks, to the end (where the checksum is compared) or to the first byte too many. */
async function readChunks(next: () => Promise<Uint8Array | undefined>, bytes: Uint8Array): Promise<IdxArray> {
  let head = new Uint8Array(0);
  while (head.length < LONGEST_HEADER) {
    const chunk = await next();
    if (!chunk) break;
    const longer = new Uint8Array(head.length + chunk.length);
    longer.set(head);
    longer.set(chunk, head.length);
    head = longer;
  }
  const header = parseHeader(head);
  const { start, size } = header;
  if (start + size > RATIO * bytes.length) {
    refuse(`announce at most ${RATIO} times its ${bytes.length} gzipped bytes`, `${start + size}`);
  }
  const room = allocate(size);
  let filled = 0;
  for (let chunk: Uint8Array | undefined = head.subarray(start); chunk; chunk = await next()) {
    if (chunk.length > size - filled) refuse(sized(header), "more");
    room.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < size) refuse(sized(header), `${filled}`);
  // Node 20 overlooks zeros after the end and joins members, browsers do neither. The last 4 bytes of the one member are
  // the length it unpacks to; zeros or another member put other bytes there.
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - 4, true);
  if (length !== (start + size) % 2 ** 32) refuseGzip(bytes);
  return decode(header, room.buffer);
}

/** Copies: a stream may take its pieces for itself, and takes none of shared memory. */
function pieces(bytes: Uint8Array): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream(
    {
      pull(controller) {
        controller.enqueue(new Uint8Array(bytes.subarray(at, at + PIECE)));
        at += PIECE;
        if (at >= bytes.length) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

function allocate(size: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size);
  } catch (cause) {
    refuse("announce no more bytes than memory holds", `${size}`, cause);
  }
}

/** Turns the numbers in `buffer` from big-endian to the machine's order, each where it lies. */
function decode({ type, shape }: Header, buffer: ArrayBuffer): IdxArray {
  const data = new type.array(buffer);
  const width = data.BYTES_PER_ELEMENT;
  if (width > 1) {
    const view = new DataView(buffer);
    for (let i = 0; i < data.length; i++) data[i] = view[type.get](i * width);
  }
  return { shape, data };
}
