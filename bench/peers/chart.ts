/** Updates and single predictions as bars on a logarithmic scale: an SVG with its own background, same numbers, same bytes. */
import { GRID, INK, PALE, PAPER, round, text } from "../svg.js";
import type { Run } from "./report.js";
import type { Peer } from "./worker.js";

const WIDTH = 1080;
const MARGIN = { left: 64, right: 20 };
const PLOT = { top: 44, height: 250, gap: 76 };
const HEAD = 72;

/** wasmlp stands out; JavaScript's peers are blue, WebAssembly's green, native ones grey and brown. */
const COLOURS: Readonly<Record<string, string>> = {
  wasmlp: "#d1242f",
  plain: "#b6d4f7",
  brain: "#6ea8e8",
  "tfjs-cpu": "#2f6db5",
  "tfjs-wasm": "#8fd19e",
  "ort-web": "#2e8b57",
  "ort-node": "#d9c2a3",
  sklearn: "#b08d57",
  numpy: "#8b949e",
  torch: "#4b535d",
};

interface Group {
  readonly title: string;
  readonly times: ReadonlyMap<string, number>;
}

/** Those that have colours, which are those with one thread. */
export function drawChart(run: Run): string {
  const drawn = run.peers.filter(({ name }) => COLOURS[name]);
  const panels = [
    { title: "One update (forward, loss, backward, SGD)", groups: groupsOf(run, "update") },
    { title: "One prediction, a single row", groups: groupsOf(run, "predict") },
  ].filter(({ groups }) => groups.length > 0);
  const height = HEAD + panels.length * (PLOT.top + PLOT.height + PLOT.gap) - PLOT.gap + 78;
  const parts = panels.map(({ title, groups }, p) =>
    panel(title, groups, drawn, HEAD + p * (PLOT.top + PLOT.height + PLOT.gap)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>Time of updates and predictions by library, one core; lower is faster</title>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="${PAPER}" stroke="${GRID}"/>`,
    legend(drawn),
    ...parts,
    text(WIDTH - MARGIN.right, height - 12, run.machine, PALE, "end", 12),
    "</svg>\n",
  ].join("\n");
}

function groupsOf(run: Run, kind: string): Group[] {
  return Object.entries(run.cases).flatMap(([name, one]) => {
    const times = run.times.get(name);
    if (one.kind !== kind || !times || (kind === "predict" && one.rows > 1)) return [];
    const of = kind === "update" ? `batch ${one.rows}${one.mnist ? ", MNIST" : ""}` : one.mnist ? "MNIST" : "";
    return [{ title: `${one.layers.join("-")}|${of}`, times }];
  });
}

/** Two rows of names, the first ones above. */
function legend(peers: readonly Peer[]): string {
  const perRow = Math.ceil(peers.length / 2);
  const step = (WIDTH - MARGIN.left - MARGIN.right) / perRow;
  const items = peers.map(({ name, title }, i) => {
    const x = MARGIN.left + (i % perRow) * step;
    const y = 26 + Math.floor(i / perRow) * 24;
    const swatch = `<rect x="${round(x)}" y="${y - 11}" width="13" height="13" rx="2" fill="${COLOURS[name]}"/>`;
    return swatch + text(x + 20, y, title, INK, "start", 13, name === "wasmlp" ? 700 : 400);
  });
  return items.join("\n");
}

function panel(title: string, groups: readonly Group[], peers: readonly Peer[], top: number): string {
  const times = groups.flatMap((group) => [...group.times.values()]);
  const low = Math.floor(Math.log10(Math.min(...times)));
  const high = Math.ceil(Math.log10(Math.max(...times)) + 1e-9);
  const [ceiling, floor] = [top + PLOT.top, top + PLOT.top + PLOT.height];
  const yOf = (time: number) => floor - ((Math.log10(time) - low) / Math.max(1, high - low)) * PLOT.height;
  const parts = [text(MARGIN.left, top + 22, title, INK, "start", 16, 600)];
  parts.push(text(WIDTH - MARGIN.right, top + 22, "logarithmic; lower is faster", PALE, "end", 12));
  for (let power = low; power <= high; power++) {
    const y = round(yOf(10 ** power));
    parts.push(`<path d="M${MARGIN.left} ${y}H${WIDTH - MARGIN.right}" stroke="${power === low ? PALE : GRID}"/>`);
    parts.push(text(MARGIN.left - 8, y + 4, duration(power), PALE, "end", 12));
  }
  // Drawn last, over the bars of neighbours.
  const labels: string[] = [];
  // Room for the first label beside the axis.
  const left = MARGIN.left + 26;
  const step = (WIDTH - left - MARGIN.right) / groups.length;
  groups.forEach((group, g) => {
    const present = peers.filter(({ name }) => group.times.has(name));
    const bar = Math.min(24, (step - 24) / present.length);
    const from = left + (g + 0.5) * step - (bar * present.length) / 2;
    present.forEach(({ name }, i) => {
      const time = group.times.get(name)!;
      const [x, y] = [from + i * bar, Math.min(yOf(time), floor - 1)];
      const shape = `x="${round(x + 0.5)}" y="${round(y)}" width="${round(bar - 1)}" height="${round(floor - y)}"`;
      parts.push(`<rect ${shape} fill="${COLOURS[name]}"/>`);
      if (name === "wasmlp") labels.push(label(x + bar + 2, Math.max(y - 6, ceiling + 10), spoken(time)));
    });
    const [net, of] = group.title.split("|");
    parts.push(text(left + (g + 0.5) * step, floor + 20, net, INK, "middle", 13, 600));
    parts.push(text(left + (g + 0.5) * step, floor + 37, of, PALE, "middle", 12));
  });
  return [...parts, ...labels].join("\n");
}

/** wasmlp's time, ending where its bar ends, on a halo of paper. */
function label(x: number, y: number, content: string): string {
  const halo = `stroke="${PAPER}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`;
  return text(x, y, content, COLOURS.wasmlp, "end", 12, 700).replace("<text", `<text ${halo}`);
}

/** "10 µs" for 1, "1 ms" for 3. */
function duration(power: number): string {
  return power >= 6 ? `${10 ** (power - 6)} s` : power >= 3 ? `${10 ** (power - 3)} ms` : `${Number(`1e${power}`)} µs`;
}

function spoken(time: number): string {
  const digits = (value: number) => Number(value.toPrecision(2)).toString();
  return time >= 1000 ? `${digits(time / 1000)} ms` : `${digits(time)} µs`;
}
