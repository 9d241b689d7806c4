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
