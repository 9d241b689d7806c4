/** A fit's history as a file keeps it: plain JSON, in which NaN is null and infinities are text. */
import type { EpochReport, History } from "../train/history.js";
import type { Fields } from "./fields.js";

const SCORES: readonly string[] = ["loss", "accuracy", "meanSquaredError", "meanAbsoluteError", "r2"];

/**
 * @throws Error saying what is wrong with it
 */
export function readHistory(history: Fields): History {
  const epochs = history.each("epochs", readEpoch);
  return {
    epochs,
    steps: history.whole("steps"),
    stopped: history.name("stopped", ["done", "early", "aborted"]),
    ...(history.has("best") && { bestEpoch: history.whole("best", 0, epochs.length - 1) }),
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

/** The library's scores, and those of the user's own, which are numbers. */
function readScores(scores: Fields): EpochReport["validation"] {
  const known = SCORES.filter((name) => scores.has(name));
  const own = scores.names().filter((name) => !SCORES.includes(name) && typeof scores.get(name) === "number");
  const kept = [...known, ...own].map((name) => [name, scores.score(name)]);
  return Object.fromEntries(kept) as EpochReport["validation"];
}
