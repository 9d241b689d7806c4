/** Numbers of 16 bits, as files of models have them. Of IEEE 754 binary16 ten bits follow the point: a half is within 2⁻¹¹ of what is rounded to it. */

/** IEEE 754 binary16. */
export function readFloat16(word: number): number {
  const sign = word >> 15 ? -1 : 1;
  const exponent = (word >> 10) & 31;
  const fraction = word & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const word32 = new Uint32Array(1);
const float32 = new Float32Array(word32.buffer);

/** bfloat16: the upper half of a float32. */
export function readBfloat16(word: number): number {
  word32[0] = word << 16;
  return float32[0];
}

/** Halves between here and 0 are all multiples of 2⁻²⁴. */
const SUBNORMAL = 2 ** -14;

/** Added to a smaller number and taken away again, it leaves what float64 rounds to a whole number, ties to even. */
const WHOLE = 2 ** 52;

/** The nearest half of a float32, ties to even; infinite beyond 65,519. */
export function roundToHalf(number: number): number {
  const size = Math.abs(number);
  if (size >= 65_520) return number > 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  float32[0] = size;
  word32[0] &= 0x7f800000;
  const unit = size < SUBNORMAL ? 2 ** -24 : float32[0] * 2 ** -10;
  const rounded = (size / unit + WHOLE - WHOLE) * unit;
  return number < 0 || Object.is(number, -0) ? -rounded : rounded;
}

/** The word of a number that is a half. */
export function writeFloat16(half: number): number {
  const sign = half < 0 || Object.is(half, -0) ? 0x8000 : 0;
  const size = Math.abs(half);
  if (size < SUBNORMAL) return sign | (size * 2 ** 24);
  float32[0] = size;
  return sign | ((word32[0] >> 13) - ((127 - 15) << 10));
}

/** Numbers as halves, if nothing is lost by that. */
export function asHalves(numbers: Float32Array): Uint16Array | undefined {
  return numbers.every((number) => roundToHalf(number) === number)
    ? Uint16Array.from(numbers, writeFloat16)
    : undefined;
}
