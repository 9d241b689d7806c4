/** Tables of a run as Markdown, aligned so that they also read well on a console. */
import type { Agreement } from "./agreement.js";
import type { Cases } from "./cases.js";
import type { Judged } from "./goals.js";
import { PEERS, type Peer } from "./worker.js";

/** Microseconds a call, by case, then by peer. */
export type Times = ReadonlyMap<string, ReadonlyMap<string, number>>;

export interface Run {
  readonly machine: string;
  readonly command: string;
  readonly peers: readonly Peer[];
  /** What each peer says of itself. */
  readonly versions: readonly string[];
  readonly skipped: readonly string[];
  readonly cases: Cases;
  readonly times: Times;
  readonly agreements: ReadonlyMap<string, ReadonlyMap<string, Agreement>>;
}

export const NOTES = [
  "wasmlp: `predictProba(x, out)`, `trainer.step(x, y)`: rows are checked and copied in by every call. Peers' rows are " +
    "theirs already: tensors are made once, outside the clock. Results are read by all (dataSync, numpy, loss.item()).",
  "brain.js has one activation for all layers and no softmax: ReLU throughout, its cheapest, compared with that formula " +
    "in float64. It learns row by row: an update is a pass over the batch's rows (`trainPattern`, momentum 0).",
  "tfjs predicts by a chain of `tf.fused.matMul`, faster than its layers model, and learns by `optimizer.minimize`.",
  "scikit-learn makes one logistic output of two classes: there only predictions and the loss are compared.",
  "The epoch is over all of MNIST's training rows: `fit` from bytes with shuffling, PyTorch from floats made before.",
];

export function timesTable(run: Run, kind: string): string {
  return table(run, kind, (time) => significant(time));
}

export function ratiosTable(run: Run, kind: string): string {
  return table(run, kind, (time, own) => (own === undefined ? "" : significant(time / own)));
}

/** The worst error of each peer, as a share of its bound, and where. */
export function agreementTable(run: Run): string {
  const others = run.peers.filter(({ name }) => name !== "wasmlp");
  const rows = others.map(({ name, title }) => {
    const all = [...run.agreements].flatMap(([of, byPeer]) => {
      const agreement = byPeer.get(name);
      return agreement ? [{ of, ...agreement }] : [];
    });
    const worst = all.reduce((most, one) => (one.share > most.share || !one.agrees ? one : most), all[0]);
    const agreeing = all.filter(({ agrees }) => agrees).length;
    return [title, `${agreeing} of ${all.length}`, worst ? `${worst.text} (${worst.of})` : ""];
  });
  return markdown([["peer", "cases that agree", "the worst: error of its bound"], ...rows]);
}

export function goalsTable(judged: readonly Judged[]): string {
  const rows = judged.map(({ title, peer, least, ratio, verdict }) => [
    title,
    PEERS.find(({ name }) => name === peer)!.title,
    `>= ${least}`,
    ratio === undefined ? "" : significant(ratio),
    verdict,
  ]);
  return markdown([["goal", "against", "ratio", "measured", ""], ...rows]);
}

/** The whole page. */
export function page(run: Run, judged: readonly Judged[]): string {
  const met = judged.filter(({ verdict }) => verdict === "met").length;
  const sections = [
    "# wasmlp beside what one would otherwise use",
    "![Updates and single predictions by peer](results.svg)",
    `Written by \`${run.command}\` on ${run.machine}. ${run.versions.join("; ")}. One thread each unless told, a process each, in turns: medians of rounds within one run.`,
    ...(run.skipped.length > 0 ? [`Skipped: ${run.skipped.join("; ")}.`] : []),
    "## Predictions, µs",
    timesTable(run, "predict"),
    "Times wasmlp's:",
    ratiosTable(run, "predict"),
    "## Updates (forward, loss, backward, SGD), µs",
    timesTable(run, "update"),
    "Times wasmlp's:",
    ratiosTable(run, "update"),
    ...epochLines(run),
    "## Agreement",
    "Before timing, from the same weights and rows: probabilities within 1e-4 of wasmlp's; after one update, the loss within 1e-4 of its value and the change of every parameter within 1e-3 of the largest change.",
    agreementTable(run),
    `## Goals: ${met} of ${judged.length} met`,
    "Ratios peer / wasmlp. The goals with revectorization and against the 128-bit limit are not this bench's.",
    goalsTable(judged),
    "## Notes",
    NOTES.map((note) => `- ${note}`).join("\n"),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** An epoch in seconds; nothing where it was not timed. */
export function epochLines(run: Run): string[] {
  const times = run.times.get("epoch");
  if (!times) return [];
  const parts = run.peers.flatMap(({ name, title }) => {
    const time = times.get(name);
    return time === undefined ? [] : [`${title} ${(time / 1e6).toFixed(3)} s`];
  });
  const { rows, layers, batch } = run.cases.epoch;
  return [`One epoch, ${rows} MNIST rows, ${layers.join("-")}, SGD, batch ${batch}: ${parts.join(", ")}.`];
}

function table(run: Run, kind: string, cell: (time: number, own: number | undefined) => string): string {
  const rows = Object.entries(run.cases).flatMap(([name, one]) => {
    const times = run.times.get(name);
    if (one.kind !== kind || !times) return [];
    const title = `${one.layers.join("-")}, ${one.rows}${one.mnist ? " of MNIST" : ""}`;
    const cells = run.peers.map((peer) => {
      const time = times.get(peer.name);
      return time === undefined ? "" : cell(time, times.get("wasmlp"));
    });
    return [[title, ...cells]];
  });
  return markdown([["net, rows", ...run.peers.map(({ title }) => title)], ...rows]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => (c === 0 ? cell.padEnd(widths[c]) : cell.padStart(widths[c]))).join(" | ")} |`;
  const rule = widths.map((width, c) => (c === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(rows[0]), line(rule), ...rows.slice(1).map(line)].join("\n");
}

/** Three digits that count, without an exponent. */
export function significant(value: number): string {
  if (value >= 1000) return value.toFixed(0);
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
