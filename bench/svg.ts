/** What the pictures of benches share: colours, and text of an SVG. */

export const INK = "#1f2328";
export const PALE = "#59636e";
export const GRID = "#e3e6ea";
export const PAPER = "#ffffff";

/** Text at a point, by its anchor. */
export function text(
  x: number,
  y: number,
  content: string,
  fill: string,
  anchor: string,
  size: number,
  weight = 400,
): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const font = `font-size="${size}" font-weight="${weight}"`;
  return `<text x="${round(x)}" y="${round(y)}" fill="${fill}" text-anchor="${anchor}" ${font}>${escaped}</text>`;
}

/** Coordinates have one decimal: same numbers, same bytes. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
