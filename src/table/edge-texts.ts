/** Edges of bins and parts of dates as texts, for the names of features. */
import { DAY, type DatePart } from "./date-parts.js";

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

// Functions: what is computed at once some bundlers keep, also where nothing needs it.
const PARTS: Readonly<Record<DatePart, () => readonly string[]>> = {
  month: () => MONTHS.flatMap((month) => [`in early ${month}`, `in mid ${month}`, `in late ${month}`]),
  weekday: () => WEEKDAYS.map((weekday) => `on ${weekday}`),
  hour: () => Array.from({ length: 24 }, (_, hour) => `at ${hour}:00`),
};

/** What each feature of these parts tells of a date. */
export const partTexts = (parts: readonly DatePart[]): string[] => parts.flatMap((part) => PARTS[part]());

/** Numbers as short as they may be while no two are alike; dates as days, or to the minute, or as numbers of days. */
export function edgeTexts(edges: readonly number[], kind: "number" | "date"): string[] {
  if (kind === "date" && edges.every((edge) => !Number.isNaN(new Date(edge * DAY).getTime()))) {
    const moments = edges.map((edge) => new Date(edge * DAY).toISOString());
    for (const length of [-14, -8]) {
      const texts = moments.map((moment) => moment.slice(0, length));
      if (areDistinct(texts)) return texts;
    }
  }
  // Seventeen digits tell any two numbers apart.
  for (let digits = 3; digits < 17; digits++) {
    const texts = edges.map((edge) => `${Number(edge.toPrecision(digits))}`);
    if (areDistinct(texts)) return texts;
  }
  return edges.map(String);
}

/** Whether no two are alike; edges ascend, so that these would be neighbours. */
function areDistinct(texts: readonly string[]): boolean {
  return texts.every((text, i) => i === 0 || text !== texts[i - 1]);
}

/** What each bin of ranks holds: "medium", or "small..large". */
export function rankTexts(edges: readonly number[], values: readonly string[]): string[] {
  return edges.slice(1).map((edge, k) => {
    const [from, to] = [values[Math.ceil(edges[k])], values[Math.floor(edge)]];
    return from === to ? from : `${from}..${to}`;
  });
}
