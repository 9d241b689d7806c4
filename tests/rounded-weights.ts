/** Weights rounded as docs/format.md says, in float64 and by arithmetic alone: what small files are held to. */

export const ROUNDINGS = ["f16", "int8"] as const;

/** To a whole number, ties to even. */
function toEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/** The largest power of two that is not above a number. */
function powerBelow(number: number): number {
  let power = 1;
  while (power > number) power /= 2;
  while (power * 2 <= number) power *= 2;
  return power;
}

/** The nearest half. */
function toHalf(number: number): number {
  const size = Math.abs(number);
  if (size === 0) return number;
  const unit = Math.max(powerBelow(size) * 2 ** -10, 2 ** -24);
  return Math.sign(number) * toEven(size / unit) * unit;
}

/** The 127th of a column's largest weight, rounded up to 17 bits; where it is below what float32 has of those, to a multiple of 2⁻¹⁴². */
function scaleOf(most: number): number {
  const share = Math.fround(Math.min(most, 3.4028e38) / 127);
  if (share === 0) return 0;
  const unit = Math.max(powerBelow(share), 2 ** -126) * 2 ** -16;
  return Math.ceil(share / unit) * unit;
}

interface Layer {
  readonly weights: Float32Array;
  readonly outputs: number;
}

/** Layers with their weights as a small file gives them back; all else as it is. */
export function rounded<L extends Layer>(layers: readonly L[], as: (typeof ROUNDINGS)[number]): L[] {
  return layers.map((layer) => {
    const { weights, outputs } = layer;
    const sizes = Array.from({ length: outputs }, (_, j) =>
      weights.reduce((most, weight, i) => (i % outputs === j ? Math.max(most, Math.abs(weight)) : most), 0),
    );
    if (as === "f16") {
      const fits = sizes.every((size) => size === 0 || (size >= 2 ** -14 && size < 65_520));
      return fits ? { ...layer, weights: weights.map(toHalf) } : layer;
    }
    const scales = sizes.map(scaleOf);
    const made = weights.map((weight, i) => {
      const scale = scales[i % outputs];
      // No zero has a sign.
      return scale === 0 ? 0 : Math.fround(toEven(weight / scale) * scale) + 0;
    });
    return { ...layer, weights: made };
  });
}
