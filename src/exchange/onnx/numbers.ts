/** Numbers as files hold them. */

/** Float32 has 7 digits, and some files compute their constants in it. */
export const isClose = (value: number, wanted: number) => Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);

/** The shortest decimal of a float32: what was written as 0.2 is that again. */
export function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

const word32 = new Uint32Array(1);
const float32 = new Float32Array(word32.buffer);

/** Added to a number below 2⁻¹⁴ and taken away again, it leaves the nearest multiple of 2⁻²⁴ in float64, ties to even. */
const MULTIPLES = 2 ** 28;

/** The nearest half, ties to even; infinite from 65,520 on. */
export function roundToFloat16(number: number): number {
  const size = Math.abs(number);
  if (!(size < 65_520)) return Number.isNaN(number) ? number : Math.sign(number) * Number.POSITIVE_INFINITY;
  if (size < 2 ** -14) return Math.sign(number) * (size + MULTIPLES - MULTIPLES);
  float32[0] = number;
  word32[0] = (word32[0] + 0xfff + ((word32[0] >>> 13) & 1)) & 0xffffe000;
  return float32[0];
}

/** The nearest bfloat16, the upper half of a float32, ties to even. */
export function roundToBfloat16(number: number): number {
  float32[0] = number;
  if (Number.isNaN(number)) return number;
  word32[0] = (word32[0] + 0x7fff + ((word32[0] >>> 16) & 1)) & 0xffff0000;
  return float32[0];
}
