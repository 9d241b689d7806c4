/** IDX files for tests: written here, and read by what is tested. */
import { type IdxArray, readIdx } from "../../src/exchange/idx-file.js";

export const TYPES = {
  8: [Uint8Array, "setUint8"],
  9: [Int8Array, "setInt8"],
  11: [Int16Array, "setInt16"],
  12: [Int32Array, "setInt32"],
  13: [Float32Array, "setFloat32"],
  14: [Float64Array, "setFloat64"],
} as const;
export const CODES = [8, 9, 11, 12, 13, 14] as const;

export const header = (code: number, ...sizes: number[]) => {
  const view = new DataView(new ArrayBuffer(4 + 4 * sizes.length));
  view.setUint8(2, code);
  view.setUint8(3, sizes.length);
  sizes.forEach((size, d) => {
    view.setUint32(4 + 4 * d, size);
  });
  return new Uint8Array(view.buffer);
};

/** An IDX file. */
export function write({ shape, data }: IdxArray, littleEndian = false): Uint8Array {
  const code = CODES.find((each) => data instanceof TYPES[each][0])!;
  const body = new DataView(new ArrayBuffer(data.byteLength));
  data.forEach((value: number, i: number) => {
    body[TYPES[code][1]](i * data.BYTES_PER_ELEMENT, value, littleEndian);
  });
  return Buffer.concat([header(code, ...shape), new Uint8Array(body.buffer)]);
}

/** What readIdx makes of a file: the array, or the error it is refused with. */
export const outcome = (bytes: unknown) => readIdx(bytes as Uint8Array).catch((error: Error) => error);

export const SMALL = { shape: [2, 3], data: new Int16Array([1, -2, 300, -32768, 32767, 0]) };

/** The sentence for a gzipped file, whatever is wrong with it. */
export const undamaged = ({ length }: Uint8Array) =>
  `readIdx: the file must be the gzip of one whole, undamaged IDX file and nothing else, got ${length} bytes that are not.`;
