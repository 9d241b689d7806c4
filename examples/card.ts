/** What both pictures are drawn with. Cards have their own white ground: they read on light and dark pages alike. */

export const INK = "#1f2328";
export const FAINT = "#59636e";
export const middle = 'text-anchor="middle"';
export const end = 'text-anchor="end"';
/** One decimal at most: short, and the same on every machine. */
export const fixed = (value: number) => String(Number(value.toFixed(1)));

export function text(x: number, y: number, words: string, rest = ""): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" ${rest}>${words.replace(/&/g, "&amp;").replace(/</g, "&lt;")}</text>`;
}

export function card(width: number, height: number, title: string, parts: readonly string[]): string {
  const font = "system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif";
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ` role="img" font-family="${font}" font-size="14" fill="${INK}">`,
    `<title>${title}</title>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" fill="#fff" stroke="#d1d9e0"/>`,
    text(24, 34, title, 'font-size="17" font-weight="600"'),
    ...parts,
    "</svg>\n",
  ].join("\n");
}

const STOPS = [0x1b5ea6, 0x86b6de, 0xf7f5f1, 0xf3b171, 0xc4540a];

/** Blue over white to orange, which colour-blind eyes tell apart, for a share from 0 to 1. */
export function shade(share: number): string {
  const stop = Math.min(3, Math.floor(share * 4));
  const byte = (at: number) => {
    const [from, to] = [(STOPS[stop] >> at) & 255, (STOPS[stop + 1] >> at) & 255];
    return Math.round(from + (to - from) * (share * 4 - stop));
  };
  return `#${((byte(16) << 16) | (byte(8) << 8) | byte(0)).toString(16).padStart(6, "0")}`;
}
