/** A fit's history as a file keeps it: plain JSON, in which a score that is not finite is null. */
import { show } from "../check.js";
import type { EpochReport, History } from "../fit.js";

/**
 * @throws Error saying what is wrong with it
 */
export function parseHistory(call: string, data: unknown): History {
  const { epochs, steps, stopped, best } = fields(call, data);
  if (!Array.isArray(epochs)) throw refuse(call, "a list of epochs in its history", epochs);
  if (stopped !== "done" && stopped !== "early" && stopped !== "aborted")
    throw refuse(call, "how its fit ended", stopped);
  return {
    epochs: epochs.map((epoch) => parseEpoch(call, epoch)),
    steps: whole(call, "a count of updates", steps),
    stopped,
    ...(best !== undefined && { best: whole(call, "the number of its best epoch", best) }),
  };
}

function parseEpoch(call: string, data: unknown): EpochReport {
  const { epoch, epochs, loss, dataLoss, learningRate, validation } = fields(call, data);
  return {
    epoch: whole(call, "the number of each epoch", epoch),
    epochs: whole(call, "a count of epochs", epochs),
    loss: number(call, loss),
    dataLoss: number(call, dataLoss),
    learningRate: number(call, learningRate),
    ...(validation !== undefined && { validation: parseScores(call, validation) }),
  };
}

function parseScores(call: string, data: unknown): EpochReport["validation"] {
  const scores = Object.entries(fields(call, data)).map(([name, value]) => [name, number(call, value)]);
  return Object.fromEntries(scores);
}

function fields(call: string, data: unknown): Record<string, unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data))
    throw refuse(call, "objects in its history", data);
  return data as Record<string, unknown>;
}

function whole(call: string, what: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw refuse(call, what, value);
}

function number(call: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (value === null) return Number.NaN;
  throw refuse(call, "numbers in its history", value);
}

function refuse(call: string, wanted: string, value: unknown): Error {
  return new Error(`${call}: the file must hold ${wanted}, got ${show(value)}.`);
}
