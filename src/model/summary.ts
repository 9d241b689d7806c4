/** A model on a page of plain text. */

import { countParameters } from "../core/layout.js";
import { type Activations, nameOf, type Output, perLayer } from "../net/activations.js";
import { type Design, normalizationsOf } from "../net/design.js";
import type { History } from "../train/history.js";

/** What there is to say of a network. */
export interface NetworkFacts {
  readonly layers: readonly number[];
  readonly activation: Activations;
  readonly output: Output;
  readonly normalization?: Design["normalization"];
}

/** A network, and the latest fit if there was one. */
export function describeModel(network: NetworkFacts, history: History | undefined): string {
  return [...describeNetwork(network), ...(history ? ["", ...describeHistory(history)] : [])].join("\n");
}

/** Layers and parameters, a line each. */
export function describeNetwork(network: NetworkFacts): string[] {
  const { layers, activation, output } = network;
  const activations = perLayer(activation, layers.length - 2);
  const normalizations = normalizationsOf(network);
  const rows = layers.slice(1).map((size, l) => {
    const isLast = l + 2 === layers.length;
    const own = normalizations[l] ?? "none";
    const parameters = count(countParameters([layers[l], size], [own]));
    return [
      isLast ? "output" : `hidden ${l + 1}`,
      `${layers[l]} -> ${size}`,
      isLast ? output : `${own === "none" ? "" : `${own} normalization, `}${nameOf(activations[l])}`,
      parameters,
    ];
  });
  return [
    `${layers.join("-")}, ${count(countParameters(layers, normalizations))} parameters`,
    ...alignTable([["layer", "size", "activation", "parameters"], ...rows], [false, true, false, true]),
  ];
}

/** How a fit went: its first, best and last epochs. */
export function describeHistory({ epochs, steps, stopped, bestEpoch }: History): string[] {
  if (epochs.length === 0) return [`fitted: not an epoch (${stopped})`];
  const last = epochs.length - 1;
  const shown = [...new Set([0, bestEpoch ?? last, last])].sort((a, b) => a - b);
  const rows = shown.map((index) => {
    const { epoch, loss, learningRate, validation = {} } = epochs[index];
    const scores = Object.entries(validation).map(([name, value]) => `${name} ${short(value as number)}`);
    return [`${epoch + 1}${epoch === bestEpoch ? " (kept)" : ""}`, short(loss), short(learningRate), scores.join(", ")];
  });
  return [
    `fitted: ${count(epochs.length)} epochs, ${count(steps)} updates, ${stopped}`,
    ...alignTable([["epoch", "loss", "learning rate", validated(epochs[0])], ...rows], [false, true, true, false]),
  ];
}

function validated({ validation }: History["epochs"][0]): string {
  return validation ? "on validation rows" : "";
}

/** Cells as aligned lines, indented. */
export function alignTable(rows: readonly (readonly string[])[], right: readonly boolean[]): string[] {
  const widths = right.map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  return rows.map((row) =>
    `  ${row.map((cell, c) => (right[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c]))).join("  ")}`.trimEnd(),
  );
}

/** Four digits. */
export function short(value: number): string {
  return Number.isFinite(value) ? `${Number(value.toPrecision(4))}` : `${value}`;
}

/** 101,770 */
function count(value: number): string {
  return `${value}`.replace(/\B(?=(\d{3})+$)/g, ",");
}
