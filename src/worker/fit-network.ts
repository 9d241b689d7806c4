/** The fit of a network on another thread. */
import type { Dataset } from "../data/dataset.js";
import { checkShare } from "../ground/check.js";
import { fits, type MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
import { readFitOptions } from "../train/trainer-options.js";
import type { Training } from "../train/training.js";
import { converse, type End } from "./conversation.js";
import { type Letter, mapState, type SentOptions, type SentRows } from "./messages.js";
import { packRate, refuseScores } from "./packed.js";
import { changedWhileSent, Outbox } from "./pieces.js";
import { receiveState } from "./receive-state.js";

type CheckFit = Awaited<ReturnType<typeof fits>>["checkFit"];

/** Trains as {@link MLP.fit} does. */
export async function fitNetwork(net: MLP, data: Dataset, options: FitOptions): Promise<History> {
  const { training } = net;
  training.refuseInside("fit");
  const given = readFitOptions("fit", options);
  let end: End | undefined;
  await training.restoreFrom(async (room) => {
    const { checkFit } = await fits();
    // What fit refuses and what cannot travel is refused before there is a thread.
    check(checkFit, training, data, given);
    const letter = write(net, data, given);
    if (!given.signal?.aborted) end = await converse(letter, given);
    return end?.answer.state && receiveState(end.answer.state, room);
  });
  // Aborted before anything began: what fit makes of that.
  if (!end) return net.fit(data, given);
  if (end.failure) throw end.failure.error;
  return net.history as History;
}

function check(checkFit: CheckFit, training: Training, data: Dataset, options: FitOptions): void {
  const { validation } = options;
  const isShare = typeof validation === "number";
  // A share is held out over there. To do it here would copy all of the data, for nothing.
  checkFit(training, data, isShare ? { ...options, validation: data, resume: false } : options);
  if (isShare) checkShare("fit", "validation", validation);
  refuseScores("fit", options);
}

/** All that is sent. A fit that goes on needs what the one before it left; a new one needs the parameters alone. */
function write(net: MLP, data: Dataset, options: FitOptions): Letter {
  const outbox = new Outbox();
  const { design, training } = net;
  const state = training.save("fit", options.resume, true);
  const kept: (() => boolean)[] = [];
  const rowsOf = (dataset: Dataset): SentRows => {
    const { x, y, rows, scale, weights } = dataset;
    kept.push(() => dataset.x === x && dataset.y === y);
    return { x: outbox.add(x), y: outbox.add(y), weights: weights && outbox.add(weights), rows, scale };
  };
  const model = mapState<Float32Array, number>(options.resume ? state : { ...state, history: undefined }, (array) =>
    outbox.add(array),
  );
  const question = {
    kind: "fit",
    model: { design, ...model },
    data: rowsOf(data),
    options: sendable(options, rowsOf),
  } as const;
  const check = () => {
    if (!kept.every((isKept) => isKept())) throw changedWhileSent("fit", "x and y until they are sent", "others");
  };
  return { call: "fit", pieces: outbox.pieces("fit"), question, check };
}

function sendable(options: FitOptions, rowsOf: (dataset: Dataset) => SentRows): SentOptions {
  const { onEpoch, signal, optimizer, validation, ...rest } = options;
  const sent = { ...rest, validation: typeof validation === "object" ? rowsOf(validation) : validation };
  if (optimizer === undefined) return sent;
  return { ...sent, optimizer: { ...optimizer, learningRate: packRate("fit", optimizer.learningRate) } };
}
