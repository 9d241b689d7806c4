/** Small bars: histograms, importances, what columns added. */
import { short } from "./spell.js";

/** A histogram that fits into a line of a table. */
export function Histogram({ bars, label }: { bars: readonly number[]; label: string }) {
  const most = Math.max(1, ...bars);
  const width = 120 / Math.max(bars.length, 1);
  const drawn = bars.map((count, i) => {
    const height = count === 0 ? 0 : Math.max(1.2, (27 * count) / most);
    return `M${(i * width + 0.4).toFixed(2)} 28v${-height.toFixed(2)}h${Math.max(0.6, width - 0.8).toFixed(2)}V28z`;
  });
  return (
    <svg class="histogram" viewBox="0 0 120 28" preserveAspectRatio="none" role="img" aria-label={label}>
      <path d={drawn.join("")} />
    </svg>
  );
}

/** Bars from 0 to the right, or to both sides. */
export function Bars({ rows }: { rows: readonly { name: string; value: number; note?: string }[] }) {
  const most = Math.max(1e-12, ...rows.map(({ value }) => Math.abs(value)));
  const isBoth = rows.some(({ value }) => value < -0.02 * most);
  return (
    <ul class={isBoth ? "bars both" : "bars"}>
      {rows.map(({ name, value, note }) => (
        <li key={name}>
          <span class="name" title={name}>
            {name}
            {note !== undefined && <small> {note}</small>}
          </span>
          <span class="track">
            <span
              class={value < 0 ? "fill less" : "fill"}
              style={{ width: `${((isBoth ? 50 : 100) * Math.abs(value)) / most}%`, ...(isBoth && side(value)) }}
            />
          </span>
          <span class="amount">{short(value)}</span>
        </li>
      ))}
    </ul>
  );
}

const side = (value: number) => (value < 0 ? { right: "50%" } : { left: "50%" });
