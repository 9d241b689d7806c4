/** Errors of all methods on each table, as parts of XGBoost's, on a logarithmic scale: an SVG with its own background. */
import { GRID, INK, PALE, PAPER, round, text } from "../svg.js";

const WIDTH = 1080;
const MARGIN = { left: 110, right: 30, top: 84, bottom: 48 };
const STEP = 40;

/** Beside which errors are drawn. */
const BASE = "XGBoost";

const COLOURS: Readonly<Record<string, string>> = {
  wasmlp: "#d1242f",
  "wasmlp 0.1": "#f2a5a9",
  linear: "#8b949e",
  "scikit-learn MLP": "#6ea8e8",
  "random forest": "#8fd19e",
  "hist. boosting": "#2e8b57",
  XGBoost: "#4b535d",
};

interface Errors {
  readonly name: string;
  readonly errors: Readonly<Record<string, number>>;
}

export function drawErrors(sets: readonly Errors[]): string {
  const methods = Object.keys(COLOURS).filter((method) => sets.every(({ errors }) => method in errors));
  const base = methods.includes(BASE) ? BASE : methods[methods.length - 1];
  const ratios = sets.map(({ errors }) => methods.map((method) => errors[method] / errors[base]));
  const [low, high] = [Math.min(...ratios.flat()) / 1.05, Math.max(...ratios.flat()) * 1.05];
  const width = WIDTH - MARGIN.left - MARGIN.right;
  const xOf = (ratio: number) => MARGIN.left + (Math.log(ratio / low) / Math.log(high / low)) * width;
  const floor = MARGIN.top + STEP * sets.length;
  const height = floor + MARGIN.bottom;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Errors on nine tables as parts of ${base}'s; lower is better</title>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="${PAPER}" stroke="${GRID}"/>`,
    ...methods.flatMap((method, i) => {
      const x = MARGIN.left + (i * width) / methods.length;
      const weight = method === "wasmlp" ? 700 : 400;
      return [dot(x, 25, method), text(x + 12, 30, method, INK, "start", 13, weight)];
    }),
    text(WIDTH - MARGIN.right, 62, `error / ${base}'s, logarithmic; lower is better`, PALE, "end", 12),
  ];
  for (const ratio of [0.5, 0.7, 1, 1.4, 2, 3, 5, 8].filter((each) => each > low && each < high)) {
    const x = round(xOf(ratio));
    parts.push(`<path d="M${x} ${MARGIN.top - 8}V${floor}" stroke="${ratio === 1 ? PALE : GRID}"/>`);
    parts.push(text(x, floor + 20, `${ratio}`, PALE, "middle", 12));
  }
  sets.forEach(({ name }, s) => {
    const y = MARGIN.top + STEP * (s + 0.5);
    parts.push(text(MARGIN.left - 14, y + 4, name, INK, "end", 13, 600));
    parts.push(`<path d="M${MARGIN.left} ${y}H${WIDTH - MARGIN.right}" stroke="${GRID}"/>`);
    // Ours last, over the others.
    for (let m = methods.length - 1; m >= 0; m--) parts.push(dot(xOf(ratios[s][m]), y, methods[m]));
  });
  return [...parts, "</svg>\n"].join("\n");
}

function dot(x: number, y: number, method: string): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="${method === "wasmlp" ? 7 : 5}" fill="${COLOURS[method]}" fill-opacity="0.9"/>`;
}
