/** The goals of the design's Goals table that peers decide, as data; met or not is computed from the run. */
import { nameOf } from "./cases.js";
import type { Times } from "./report.js";

interface Goal {
  readonly of: string;
  readonly peer: string;
  readonly title: string;
  /** The least ratio peer / wasmlp. */
  readonly least: number;
}

const predict = (net: string, peer: string, least: number, mnist = false): Goal => ({
  of: nameOf("predict", net, 1, mnist),
  peer,
  title: `predict ${net}, batch 1`,
  least,
});
const update = (net: string, rows: number, peer: string, least: number, mnist = false): Goal => ({
  of: nameOf("update", net, rows, mnist),
  peer,
  title: `update ${net}, batch ${rows}${mnist ? ", MNIST rows" : ""}`,
  least,
});

const FROM_30_64_2_UP = [
  ["30-64-2", 32],
  ["64-64-10", 64],
  ["784-128-10", 64],
  ["784-128-10", 256],
  ["784-800-10", 128],
] as const;

const GOALS: readonly Goal[] = [
  predict("2-10-2", "brain", 1),
  predict("2-10-2", "ort-node", 20),
  predict("30-64-2", "ort-node", 20),
  predict("64-64-10", "ort-node", 20),
  predict("784-128-10", "ort-node", 2),
  predict("784-800-10", "ort-node", 1),
  update("2-10-2", 4, "torch", 50),
  update("30-64-2", 32, "torch", 5),
  update("64-64-10", 64, "torch", 3),
  update("784-128-10", 64, "torch", 0.7),
  update("784-128-10", 256, "torch", 0.7),
  update("784-128-10", 64, "torch", 1.5, true),
  ...FROM_30_64_2_UP.map(([net, rows]) => update(net, rows, "tfjs-wasm", 10)),
  ...FROM_30_64_2_UP.map(([net, rows]) => update(net, rows, "brain", 50)),
];

export interface Judged {
  readonly title: string;
  readonly peer: string;
  readonly least: number;
  /** Undefined where one of the two was not timed. */
  readonly ratio: number | undefined;
  readonly verdict: "met" | "NOT met" | "not measured";
}

/** Ratios are rounded nowhere before they are judged. */
export function judgeGoals(times: Times): Judged[] {
  return GOALS.map(({ of, peer, title, least }) => {
    const [own, other] = [times.get(of)?.get("wasmlp"), times.get(of)?.get(peer)];
    const ratio = own !== undefined && other !== undefined ? other / own : undefined;
    const verdict = ratio === undefined ? "not measured" : ratio >= least ? "met" : "NOT met";
    return { title, peer, least, ratio, verdict };
  });
}
