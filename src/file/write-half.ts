/** Numbers of 16 bits, written; half-floats.ts reads them. */

const float32 = new Float32Array(1);
const word32 = new Uint32Array(float32.buffer);

/** Halves between here and 0 are all multiples of 2⁻²⁴. */
export const SUBNORMAL = 2 ** -14;

/** Added to a number below 2⁻¹⁴ and taken away again, it leaves the nearest multiple of 2⁻²⁴ in float64, ties to even. */
const MULTIPLES = 2 ** 28;

/** The word of the half (IEEE 754 binary16) nearest to a finite float32, ties to even; infinite from 65,520 on. */
export function writeFloat16(number: number): number {
  const size = Math.min(Math.abs(number), 2 ** 16);
  // A half times 2⁻¹¹² has its own bits in a float32, 13 places up, also where both are subnormal.
  float32[0] = (size < SUBNORMAL ? size + MULTIPLES - MULTIPLES : size) * 2 ** -112;
  const word = word32[0];
  return (1 / number < 0 ? 0x8000 : 0) | ((word + 0xfff + ((word >> 13) & 1)) >> 13);
}
