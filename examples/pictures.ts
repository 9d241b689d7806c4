/** Draws as SVG text: same numbers, same bytes. */
import type { MLP } from "wasmlp";
import { card, end, FAINT, fixed, INK, middle, shade, text } from "./card.js";
import { contour } from "./contour.js";

/** A line of a chart: one loss after every `every` updates (1 if left out). */
export interface Series {
  name: string;
  values: readonly number[];
  every?: number;
}

// Okabe and Ito's colours, which colour-blind eyes tell apart, and dashes for those who print.
const LINES = [
  'stroke="#0072b2"',
  'stroke="#d55e00"',
  'stroke="#009e73" stroke-dasharray="7 3"',
  'stroke="#cc79a7" stroke-dasharray="2 3"',
];

/** Losses over updates, the losses on a logarithmic axis. */
export function lossCurve(series: readonly Series[]): string {
  const [left, top, right, bottom] = [72, 82, 612, 370];
  const losses = series.flatMap(({ values }) => values);
  const [low, high] = [Math.floor(Math.log10(Math.min(...losses))), Math.log10(Math.max(...losses)) + 0.05];
  const last = Math.max(...series.map(({ values, every = 1 }) => values.length * every));
  const px = (updates: number) => left + (updates / last) * (right - left);
  const py = (loss: number) => top + ((high - Math.log10(loss)) / (high - low)) * (bottom - top);
  const parts: string[] = [];
  for (let power = low; power <= high; power++) {
    for (let digit = 1; digit < 10 && Math.log10(digit) + power <= high; digit++) {
      const y = py(digit * 10 ** power);
      parts.push(`<path d="M${left} ${fixed(y)}H${right}" stroke="${digit === 1 ? "#d1d9e0" : "#eff2f5"}"/>`);
      if (digit === 1) parts.push(text(left - 10, y + 5, String(Number((10 ** power).toPrecision(1))), end));
    }
  }
  const magnitude = 10 ** Math.floor(Math.log10(last));
  for (let tick = 0; tick <= last; tick += last < 2 * magnitude ? magnitude / 5 : magnitude) {
    parts.push(`<path d="M${fixed(px(tick))} ${bottom}v6" stroke="${FAINT}"/>`);
    parts.push(text(px(tick), bottom + 23, String(tick), middle));
  }
  parts.push(`<path d="M${left} ${top}V${bottom}H${right}" fill="none" stroke="${FAINT}"/>`);
  parts.push(text((left + right) / 2, bottom + 48, "updates of the weights", `${middle} fill="${FAINT}"`));
  const turned = `transform="translate(24 ${(top + bottom) / 2})rotate(-90)"`;
  parts.push(text(0, 0, "loss, log scale", `${middle} fill="${FAINT}" ${turned}`));
  let legend = left;
  for (const [index, { name, values, every = 1 }] of series.entries()) {
    const points: string[] = [];
    let drawn = Number.NEGATIVE_INFINITY;
    for (const [at, loss] of values.entries()) {
      const x = px((at + 1) * every);
      if (x - drawn < 2 && at + 1 < values.length) continue;
      points.push(`${fixed(x)} ${fixed(py(loss))}`);
      drawn = x;
    }
    const style = `fill="none" ${LINES[index % LINES.length]} stroke-width="2.5" stroke-linejoin="round"`;
    parts.push(`<path d="M${points.join("L")}" ${style}/>`, `<path d="M${legend} 60h26" ${style}/>`);
    parts.push(text(legend + 33, 65, name));
    legend += 64 + 7.2 * name.length;
  }
  return card(640, 440, "Loss while learning", parts);
}

/** What a net of two inputs and two classes makes of the square from -0.5 to 1.5: the probability of class 1. */
export function decisionSurface(net: MLP<"softmax">): string {
  const [cells, bands, left, top, size, bar] = [80, 40, 76, 56, 320, 428];
  const px = (x: number) => left + ((x + 0.5) / 2) * size;
  const py = (y: number) => top + ((1.5 - y) / 2) * size;
  // One node more on each side, where every line is made to close; the frame cuts it off.
  const wide = cells + 3;
  const nodes = Array.from({ length: wide * wide }, (_, i) => [i % wide, Math.floor(i / wide)]);
  const at = (node: number) => ((node - 1) * 2) / cells;
  const probabilities = net.predictProba(nodes.map(([column, row]) => [at(column) - 0.5, 1.5 - at(row)]));
  const isRim = (node: number) => node % (wide - 1) === 0;
  const chance = nodes.map(([column, row], i) => (isRim(column) || isRim(row) ? -1 : probabilities[2 * i + 1]));
  const place = ([column, row]: number[]) => `${fixed(px(at(column) - 0.5))} ${fixed(py(1.5 - at(row)))}`;
  const outline = (level: number) =>
    contour(
      chance.map((value) => (value < 0 ? level - 0.001 : value)),
      wide,
      level,
    ).map((line) => `M${straighten(line).map(place).join("L")}Z`);
  const parts = [`<clipPath id="frame"><path d="M${left} ${top}h${size}v${size}h-${size}z"/></clipPath>`];
  for (let band = 0; band < bands; band++) {
    const fill = `fill="${shade((band + 0.5) / bands)}"`;
    // Each lies on the one below it, in the bar too, so that no gaps shine through.
    parts.push(`<path d="M${bar} ${top}h18v${fixed(size * (1 - band / bands))}h-18z" ${fill}/>`);
    const shape = band === 0 ? `M${left} ${top}h${size}v${size}h-${size}z` : outline(band / bands).join("");
    parts.push(`<path d="${shape}" clip-path="url(#frame)" ${fill}/>`);
  }
  const contourStyle = `fill="none" stroke="${INK}" stroke-width="2" stroke-linejoin="round"`;
  parts.push(`<path d="${outline(0.5).join("")}" clip-path="url(#frame)" ${contourStyle}/>`);
  parts.push(`<path d="M${bar} ${top + size / 2}h18" ${contourStyle}/>`);
  const frames = `M${left} ${top}h${size}v${size}h-${size}zM${bar} ${top}h18v${size}h-18z`;
  parts.push(`<path d="${frames}" fill="none" stroke="${FAINT}"/>`);
  for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
    const [y, x] = [top + size * (1 - tick), 2 * tick - 0.5];
    parts.push(`<path d="M${bar + 18} ${y}h5M${px(x)} ${top + size}v5M${left} ${py(x)}h-5" stroke="${FAINT}"/>`);
    parts.push(text(bar + 28, y + 5, String(tick)), text(px(x), top + size + 21, String(x), middle));
    parts.push(text(left - 10, py(x) + 5, String(x), end));
  }
  parts.push(text(px(0.5), top + size + 46, "input 1", `${middle} fill="${FAINT}"`));
  const turned = `transform="translate(24 ${py(0.5)})rotate(-90)"`;
  parts.push(text(0, 0, "input 2", `${middle} fill="${FAINT}" ${turned}`));
  for (const corner of [0, 1, 2, 3]) {
    const [x, y] = [px(corner >> 1), py(corner & 1)];
    const label = (corner >> 1) ^ (corner & 1);
    const style = `fill="${shade(label)}" stroke="#fff" stroke-width="2"`;
    const square = `<rect x="${x - 11}" y="${y - 11}" width="22" height="22" rx="3" ${style}/>`;
    parts.push(label ? square : `<circle cx="${x}" cy="${y}" r="12" ${style}/>`);
    parts.push(text(x, y + 5, String(label), `${middle} fill="#fff" font-weight="700"`));
  }
  return card(520, 440, "XOR: probability of class 1", parts);
}

/** Leaves out points within a fiftieth of a cell of the line between their neighbours. */
function straighten(line: readonly number[][]): number[][] {
  const kept = [line[0]];
  for (let i = 1; i < line.length; i++) {
    const [[ax, ay], [bx, by], [cx, cy]] = [kept[kept.length - 1], line[i], line[(i + 1) % line.length]];
    const twiceArea = Math.abs((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
    if (twiceArea > 0.02 * Math.hypot(cx - ax, cy - ay)) kept.push(line[i]);
  }
  return kept;
}
