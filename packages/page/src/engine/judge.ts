/** How good a model is on rows that it has never seen, beside the simplest guess. */
import { type Classifier, inTurns, type Regressor, type RegressorScores, rocAuc, rocCurve } from "wasmlp";
import { short } from "../charts/spell.js";
import { rowAt, type Table } from "../read/table.js";
import type { Judgement, Scored, WorstRow } from "../talk.js";
import { largestAt } from "./numbers.js";
import { textOf } from "./profile.js";
import type { Split } from "./split.js";

const WORST = 8;
const BINS = 10;
const MOST_POINTS = 1500;
const MOST_CURVES = 6;
const CURVE_POINTS = 160;

export async function judgeLabels(model: Classifier<string>, table: Table, split: Split): Promise<Judgement> {
  const { labels } = model;
  const rows = heldRows(table, split);
  const known = new Map(labels.map((label, id) => [String(label), id]));
  const ids = Array.from(split.held, (r) => known.get(textOf(split.targets[r]).trim())!);
  const probabilities = await inTurns(model).predictProba(rows, new Float32Array(rows.length * labels.length));
  const scores = await inTurns(model).evaluate(rows.map((row, i) => ({ ...row, [split.target]: labels[ids[i]] })));
  const shares = sharesOf(model, split);
  const most = shares.indexOf(Math.max(...shares));
  const guessed = ids.filter((id) => id === most).length / ids.length;
  const guessLoss = ids.reduce((sum, id) => sum - Math.log(Math.max(shares[id], 1e-15)), 0) / ids.length;
  const scored: Scored[] = [
    { name: "accuracy", value: scores.accuracy, baseline: guessed, isLessBetter: false, isShare: true },
    {
      name: "balanced accuracy",
      value: scores.balancedAccuracy,
      baseline: 1 / new Set(ids).size,
      isLessBetter: false,
      isShare: true,
    },
    { name: "log-loss", value: scores.logLoss, baseline: guessLoss, isLessBetter: true, isShare: false },
  ];
  if (scores.rocAuc !== undefined) {
    scored.push({ name: "ROC area", value: scores.rocAuc, baseline: 0.5, isLessBetter: false, isShare: false });
  }
  return {
    rows: rows.length,
    baseline: `Always saying “${labels[most]}”, the most frequent label`,
    scores: scored,
    labels: labels.map(String),
    confusion: scores.confusion,
    calibration: calibrationOf(probabilities, ids, labels.length),
    roc: curvesOf(probabilities, ids, labels.map(String)),
    worst: worstLabels(probabilities, ids, labels, table, split),
  };
}

function heldRows(table: Table, split: Split): Record<string, unknown>[] {
  return Array.from(split.held, (r) => rowAt(table, r, split.target));
}

function sharesOf({ labels }: Classifier<string>, { columns, target }: Split): number[] {
  const counts = new Map<string, number>(labels.map((label) => [String(label), 0]));
  const column = columns[target];
  for (const value of column) {
    const text = textOf(value).trim();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return labels.map((label) => counts.get(String(label))! / column.length);
}

/** Of two labels how often the second one was right, by how probable it was said to be; of more the same of the predicted one. */
function calibrationOf(probabilities: Float32Array, ids: readonly number[], classes: number): Judgement["calibration"] {
  const bins = Array.from({ length: BINS }, () => ({ said: 0, was: 0, rows: 0 }));
  for (const [r, id] of ids.entries()) {
    const asked = classes === 2 ? 1 : largestAt(probabilities, r, classes);
    const said = probabilities[r * classes + asked];
    const bin = bins[Math.min(BINS - 1, Math.floor(said * BINS))];
    bin.said += said;
    bin.was += id === asked ? 1 : 0;
    bin.rows++;
  }
  return bins
    .filter(({ rows }) => rows > 0)
    .map(({ said, was, rows }) => ({ said: said / rows, was: was / rows, rows }));
}

function curvesOf(probabilities: Float32Array, ids: readonly number[], labels: readonly string[]): Judgement["roc"] {
  const asked = labels.length === 2 ? [1] : [...labels.keys()];
  const curves = asked.flatMap((c) => {
    const truth = ids.map((id) => (id === c ? 1 : 0));
    const positives = truth.filter(Boolean).length;
    if (positives === 0 || positives === truth.length) return [];
    const said = truth.map((_, r) => probabilities[r * labels.length + c]);
    const { falsePositiveRates, truePositiveRates } = rocCurve(truth, said);
    const stride = Math.max(1, falsePositiveRates.length / CURVE_POINTS);
    const places = Array.from({ length: Math.ceil(falsePositiveRates.length / stride) }, (_, i) =>
      Math.floor(i * stride),
    );
    const [x, y] = [falsePositiveRates, truePositiveRates].map((rates) => [...places.map((p) => rates[p]), 1]);
    return [{ label: labels[c], area: rocAuc(truth, said), x, y, positives }];
  });
  curves.sort((a, b) => b.positives - a.positives);
  return curves.slice(0, MOST_CURVES).map(({ label, area, x, y }) => ({ label, area, x, y }));
}

function worstLabels(
  probabilities: Float32Array,
  ids: readonly number[],
  labels: readonly unknown[],
  table: Table,
  split: Split,
): WorstRow[] {
  const at = (r: number) => probabilities[r * labels.length + ids[r]];
  const guesses = ids.map((_, r) => largestAt(probabilities, r, labels.length));
  const wrong = [...ids.keys()].filter((r) => guesses[r] !== ids[r]).sort((a, b) => at(a) - at(b));
  return wrong.slice(0, WORST).map((r) => {
    const [truth, predicted] = [ids[r], guesses[r]].map((id) => String(labels[id]));
    return { truth, predicted, by: at(r), cells: cellsOf(table, split, r) };
  });
}

function cellsOf(table: Table, split: Split, i: number): [string, string][] {
  const row = rowAt(table, split.held[i], split.target);
  return Object.entries(row)
    .slice(0, 12)
    .map(([name, value]) => [name, textOf(value)]);
}

export async function judgeValues(model: Regressor, table: Table, split: Split): Promise<Judgement> {
  const rows = heldRows(table, split);
  const given = rows.map((row, i) => ({ ...row, [split.target]: split.targets[split.held[i]] }));
  const scores = await inTurns(model).evaluate(given);
  const predicted = await inTurns(model).predict(rows);
  const valuesOf = (numbers: Uint32Array) =>
    Array.from(
      model.valuesOf(
        Array.from(numbers, (r) => ({ [split.target]: split.targets[r] })),
        split.target,
      ),
    );
  const truth = valuesOf(split.held);
  const trained = valuesOf(split.train);
  const stride = Math.max(1, Math.ceil(truth.length / MOST_POINTS));
  const some = (list: readonly number[]) => list.filter((_, i) => i % stride === 0);
  return {
    rows: rows.length,
    baseline: "Always saying the mean, or of absolute errors the median",
    scores: scoreValues(scores, truth, trained),
    labels: [],
    scatter: { truth: some(truth), predicted: some(predicted) },
    worst: worstValues(predicted, truth, table, split),
  };
}

function scoreValues(scores: RegressorScores, truth: readonly number[], trained: number[]): Scored[] {
  const mean = trained.reduce((sum, value) => sum + value, 0) / trained.length;
  const median = trained.sort((a, b) => a - b)[trained.length >> 1];
  const over = (error: (value: number) => number) => truth.reduce((sum, value) => sum + error(value), 0) / truth.length;
  const [absolute, squared] = [over((value) => Math.abs(value - median)), over((value) => (value - mean) ** 2)];
  const error = (name: string, value: number, baseline: number) => {
    return { name, value, baseline, isLessBetter: true, isShare: false };
  };
  return [
    { name: "R²", value: scores.r2, baseline: 0, isLessBetter: false, isShare: false },
    error("mean absolute error", scores.meanAbsoluteError, absolute),
    error("root mean squared error", Math.sqrt(scores.meanSquaredError), Math.sqrt(squared)),
  ];
}

function worstValues(predicted: readonly number[], truth: readonly number[], table: Table, split: Split): WorstRow[] {
  const off = (r: number) => Math.abs(predicted[r] - truth[r]);
  const order = [...truth.keys()].sort((a, b) => off(b) - off(a)).slice(0, WORST);
  return order.map((r) => {
    const cells = cellsOf(table, split, r);
    return { truth: short(truth[r]), predicted: short(predicted[r]), by: off(r), cells };
  });
}
