/**
 * The IDX container, as MNIST comes in it: two zero bytes, a type, the number of dimensions, their sizes (32 bits,
 * big-endian), then the numbers row after row (big-endian). Plain, or gzipped as downloaded.
 */
import { joinBytes } from "../file/bytes.js";
import { checkBytes, show } from "../ground/check.js";

/** The numbers of an IDX file and their shape. */
export interface IdxArray {
  /** Sizes of the 1 to 255 dimensions, the slowest first: [rows, height, width] for images, [rows] for labels. */
  readonly shape: readonly number[];
  /** As many numbers as the product of `shape`, row-major, in the type of the file. */
  readonly data: Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;
}

/** Number types by the third byte of a file: the array that holds them, and the method that reads one. */
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
 * Reads an IDX file, the format of MNIST and similar datasets, plain or gzipped (one member, unpacked by the platform's
 * DecompressionStream). It takes no more memory than the header announces, and refuses a header that the file cannot fulfil.
 * @param bytes the whole file, which may lie in a larger buffer; do not change it before the promise settles
 * @returns numbers [...shape] of type uint8, int8, int16, int32, float32 or float64; a copy, empty if a size is 0
 * @throws TypeError if `bytes` is not a Uint8Array, Error if the file is damaged or not IDX; of a gzipped file `cause` says why
 * @example
 * const images = await readIdx(await readFile("train-images-idx3-ubyte.gz"));
 * const labels = await readIdx(await readFile("train-labels-idx1-ubyte.gz"));
 * images.shape; // [60000, 28, 28]
 * const data = Dataset.from({ x: images.data, y: labels.data, rows: images.shape[0], scale: 1 / 255 });
 */
export async function readIdx(bytes: Uint8Array): Promise<IdxArray> {
  const file = checkBytes("readIdx", "the file", bytes);
  if (file[0] === 0x1f && file[1] === 0x8b) return readGzipped(file);
  const header = parseHeader(file);
  const { start, size } = header;
  if (file.length !== start + size) refuseSize(header, `${file.length - start}`);
  const room = allocate(size);
  room.set(file.subarray(start));
  return decode(header, room.buffer);
}

function refuse(what: string, got: string, cause?: unknown): never {
  throw new Error(`readIdx: the file must ${what}, got ${got}.`, cause === undefined ? undefined : { cause });
}

function refuseSize({ shape, size }: Header, got: string): never {
  refuse(`hold ${size} bytes of numbers for its shape ${show(shape)}`, got);
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

/**
 * One sentence for all that is wrong with a gzipped file; its cause says what. Engines differ in how soon they notice
 * damage or bytes after the first gzip member (the header may have been read by then), and Node 20 unpacks further members.
 */
async function readGzipped(bytes: Uint8Array): Promise<IdxArray> {
  const refuseGzip = (cause?: unknown): never =>
    refuse(
      "be the gzip of one whole, undamaged IDX file and nothing else",
      `${bytes.length} bytes that are not`,
      cause,
    );
  if (typeof DecompressionStream !== "function") {
    throw new Error(
      "readIdx: gzipped bytes need a DecompressionStream, got an environment without. Unpack them first (zlib.gunzipSync).",
    );
  }
  const reader = pieces(bytes).pipeThrough(new DecompressionStream("gzip")).getReader();
  const next = async () => (await reader.read()).value;
  try {
    const [header, beginning] = await readBeginning(next, bytes.length).catch(refuseGzip);
    const room = allocate(header.size);
    await fill(room, header, beginning, next).catch(refuseGzip);
    if (!isOneMember(bytes, header.start + header.size)) refuseGzip();
    return decode(header, room.buffer);
  } finally {
    // After a refusal much may be left to unpack; of a stream that failed or ended nothing is, and its error was told.
    await reader.cancel().catch(() => {});
  }
}

/** What a stream unpacks next; undefined at its end, where the checksum is compared. */
type Next = () => Promise<Uint8Array | undefined>;

/** The header, and those numbers that were unpacked with it. */
async function readBeginning(next: Next, gzipped: number): Promise<[Header, Uint8Array]> {
  let head = new Uint8Array(0);
  while (head.length < LONGEST_HEADER) {
    const chunk = await next();
    if (!chunk) break;
    head = joinBytes([head, chunk]);
  }
  const header = parseHeader(head);
  const announced = header.start + header.size;
  if (announced > RATIO * gzipped)
    refuse(`announce at most ${RATIO} times its ${gzipped} gzipped bytes`, `${announced}`);
  return [header, head.subarray(header.start)];
}

/** Fills `room` with `beginning` and what comes after it, to the end or to the first byte too many. */
async function fill(room: Uint8Array, header: Header, beginning: Uint8Array, next: Next): Promise<void> {
  let filled = 0;
  for (let chunk: Uint8Array | undefined = beginning; chunk; chunk = await next()) {
    if (chunk.length > room.length - filled) refuseSize(header, "more");
    room.set(chunk, filled);
    filled += chunk.length;
  }
  if (filled < room.length) refuseSize(header, `${filled}`);
}

/**
 * Whether what was unpacked, `length` bytes and not 0, is one gzip member and nothing else. Node 20 overlooks zeros after a
 * member and unpacks further ones; newer Nodes and browsers refuse both.
 */
function isOneMember(bytes: Uint8Array, length: number): boolean {
  // The last 4 bytes are the length that the last member unpacks to: after zeros, or another member that is not
  // empty, they are something else.
  const last = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(bytes.length - 4, true);
  // An empty member in front: its header is 10 bytes and the name of a file, if there is one; deflate's nothing is 03 00.
  const start = bytes[3] === 0x08 ? bytes.indexOf(0, 10) + 1 : 10;
  const emptyInFront = bytes[start] === 3 && bytes[start + 1] === 0;
  return last === length % 2 ** 32 && !emptyInFront;
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
