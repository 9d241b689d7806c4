/** Numbers of 16 bits, as files of models have them. Of IEEE 754 binary16 ten bits follow the point: a half is within 2⁻¹¹ of what is rounded to it. */
import { writeFloat16 } from "./write-half.js";

/** By the exponent of a half, what its fraction counts in: powers of 2, which are exact. A table: a model's file has thousands of halves. */
let units: Float64Array | undefined;

/** IEEE 754 binary16. */
export function readFloat16(word: number): number {
  const sign = word >> 15 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  units ??= Float64Array.from({ length: 31 }, (_, of) => 2 ** (Math.max(1, of) - 25));
  return sign * (exponent === 0 ? fraction : 1024 + fraction) * units[exponent];
}

const word32 = new Uint32Array(1);
const float32 = new Float32Array(word32.buffer);

/** bfloat16: the upper half of a float32. */
export function readBfloat16(word: number): number {
  word32[0] = word << 16;
  return float32[0];
}

/** The nearest half of a float32, ties to even; infinite beyond 65,519. */
export function roundToHalf(number: number): number {
  return readFloat16(writeFloat16(number));
}

/** Numbers as halves, if nothing is lost by that. */
export function asHalves(numbers: Float32Array): Uint16Array | undefined {
  return numbers.every((number) => roundToHalf(number) === number)
    ? Uint16Array.from(numbers, writeFloat16)
    : undefined;
}
