/** Numbers as people read them. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && size < 0.0005) return value.toExponential(2).replaceAll("-", "−");
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  return value.toLocaleString("en", { maximumFractionDigits: digits, minimumFractionDigits: 0 }).replace("-", "−");
}

/** Marks of an axis, which all differ: 150,000 is 150K. */
export function marks(values: readonly number[]): string[] {
  const isLarge = values.some((value) => Math.abs(value) >= 10_000);
  for (let digits = 0; digits < 9; digits++) {
    const format = { notation: "compact", maximumFractionDigits: digits } as const;
    const texts = values.map((value) =>
      isLarge ? value.toLocaleString("en", format).replace("-", "−") : short(value),
    );
    if (new Set(texts).size === values.length) return texts;
    if (!isLarge) break;
  }
  return values.map(String);
}

export const percent = (share: number, digits = 1): string => `${(100 * share).toFixed(digits)} %`;

export const count = (value: number, one: string, many = `${one}s`): string =>
  `${value.toLocaleString("en")} ${value === 1 ? one : many}`;

/** Places of about `most` ticks at round numbers, `least` apart at least. */
export function ticks(low: number, high: number, most: number, least = 0): number[] {
  const range = high - low;
  if (!(range > 0)) return [low];
  const rough = range / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(least, [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough)!);
  const found: number[] = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high + step * 1e-9; tick += step)
    found.push(Number(tick.toPrecision(12)));
  return found;
}

/** Of a longer text its beginning. */
export const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
