/** A fit's history as a file keeps it: plain JSON, in which a score that is not finite is null. */
import type { EpochReport, History } from "../fit.js";
import type { Scores } from "../scoring.js";
import type { Fields } from "./fields.js";

const SCORES = ["loss", "accuracy", "meanSquaredError", "meanAbsoluteError", "r2"] as const;

/**
 * @throws Error saying what is wrong with it
 */
export function readHistory(history: Fields): History {
  const epochs = history.each("epochs", readEpoch);
  return {
    epochs,
    steps: history.whole("steps"),
    stopped: history.name("stopped", ["done", "early", "aborted"]),
    ...(history.has("best") && { best: history.whole("best", 0, epochs.length - 1) }),
  };
}

function readEpoch(report: Fields): EpochReport {
  return {
    epoch: report.whole("epoch"),
    epochs: report.whole("epochs"),
    loss: report.score("loss"),
    dataLoss: report.score("dataLoss"),
    learningRate: report.number("learningRate"),
    ...(report.has("validation") && { validation: readScores(report.fields("validation")) }),
  };
}

function readScores(scores: Fields): Scores {
  const known = SCORES.filter((name) => scores.has(name));
  return Object.fromEntries(known.map((name) => [name, scores.score(name)])) as unknown as Scores;
}
