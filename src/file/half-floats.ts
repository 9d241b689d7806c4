/** Numbers of 16 bits, as files of models have them. */

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
