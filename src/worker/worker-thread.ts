/** What runs on the thread that src/worker/thread.ts starts; scripts/build.ts turns it into one script, src/built/worker-deflated.ts. */
import { onNoRoom } from "../core/core.js";
import "../core/inline.js";
import { Dataset } from "../data/dataset.js";
import type { SavedModel } from "../file/write-model.js";
import { MLP } from "../model/mlp.js";
import { Classifier } from "../table/classifier.js";
import { Regressor } from "../table/regressor.js";
import type { TableWarning } from "../table/table-warning.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport } from "../train/history.js";
import { lbfgs } from "../train/lbfgs.js";
import { adagrad, adamw, lion, nadam, rmsprop } from "../train/more-optimizers.js";
import type { Optimizer } from "../train/optimizer-kinds.js";
import { rateFrom } from "../train/recipes.js";
import { KeptThings } from "./answer-jobs.js";
import {
  type Answer,
  type FitEnd,
  type FitQuestion,
  type KeepQuestion,
  mapState,
  type Question,
  type SentOptions,
  type SentRows,
  type ShuffleQuestion,
  type TableQuestion,
  type TaskQuestion,
} from "./messages.js";
import { unpack } from "./packed.js";
import { Inbox } from "./pieces.js";
import { readSlice } from "./row-slices.js";
import { type SentError, tellError } from "./tell-error.js";

interface Port {
  postMessage(message: Answer, transfer?: ArrayBuffer[]): void;
  onmessage: ((event: { data: Question }) => void) | null;
}

// In Node messages come and go by the parent's port. Not by `require`: esbuild puts a function of that name everywhere.
const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const port = (threads?.parentPort ?? self) as unknown as Port;

// Those that were not made yet are not known yet.
for (const make of [adagrad, adamw, lbfgs, lion, nadam, rmsprop]) make();

const inbox = new Inbox();
const things = new KeptThings(inbox, (model, bytes) => KINDS[model].load(bytes));
let lists: { rows: object[]; validation: object[] } = { rows: [], validation: [] };
/** Of the job at hand: a thread of a pool has many. */
let controller = new AbortController();
let roomMade: (() => void) | undefined;
let waiting: { next(): void; fail(): void; save(): void } | undefined;

port.onmessage = ({ data: question }) => {
  if (question.kind === "piece") inbox.receive(question);
  else if (question.kind === "texts") inbox.receiveTexts(question);
  else if (question.kind === "rows") lists[question.list].push(...(readSlice(question) as object[]));
  else if (question.kind === "abort") controller.abort();
  else if (question.kind === "fit") void answerFit(question);
  else if (question.kind === "table") void answerTable(question);
  else if (question.kind === "room") roomMade?.();
  else if (question.kind === "keep") void answerKeep(question);
  else if (question.kind === "drop") things.drop(question.things);
  else if (question.kind === "task") void answerTask(question);
  else if (question.kind === "shuffle") void answerShuffle(question);
  else waiting?.[question.kind]();
};

onNoRoom(
  () =>
    new Promise((resolve) => {
      roomMade = resolve;
      port.postMessage({ kind: "full" });
    }),
);

async function answerFit({ model, data, options }: FitQuestion): Promise<void> {
  await answerWith(model, async (net) => {
    await net.fit(datasetOf(data), { ...restore(options), signal: controller.signal, onEpoch: report });
    return undefined;
  });
}

async function answerTask(question: TaskQuestion): Promise<void> {
  controller = new AbortController();
  if (question.isAborted) controller.abort();
  const { signal } = controller;
  await answerWith(question.model, (net) =>
    things.fit(net, question, { signal, ...(question.reports && { onEpoch: report }) }),
  );
}

/** @param train may give a checkpoint */
async function answerWith(
  model: FitQuestion["model"],
  train: (net: MLP) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<void> {
  const state = mapState(model, (array) => inbox.take<Float32Array>(array));
  const net = await MLP.restore({ ...model, ...state } as SavedModel, "fit");
  const before = net.history;
  const transfer: ArrayBuffer[] = [];
  let checkpoint: Uint8Array<ArrayBuffer> | undefined;
  const error = await errorOf(async () => {
    checkpoint = await train(net);
  });
  if (checkpoint) transfer.push(checkpoint.buffer);
  const send = (array: Float32Array) => {
    const copy = array.slice();
    transfer.push(copy.buffer);
    return copy;
  };
  // A fit that was refused, or failed, has left everything as it was.
  const made = net.history === before ? {} : { state: mapState(net.training.save("fit", true), send) };
  end(error, { ...made, ...(checkpoint && { checkpoint }) }, transfer);
}

async function answerKeep(question: KeepQuestion): Promise<void> {
  const { validation } = lists;
  lists = { rows: [], validation: [] };
  end(await errorOf(() => things.keep(question, validation)), {});
}

async function answerShuffle(question: ShuffleQuestion): Promise<void> {
  let score: number | undefined;
  const error = await errorOf(async () => {
    score = await things.shuffle(question);
  });
  end(error, { ...(score !== undefined && { score }) });
}

/** Of several targets too. */
interface Kind {
  fit(rows: readonly object[], options: never): Promise<Pick<Regressor, "save">>;
  load(bytes: Uint8Array): Promise<Regressor | Classifier>;
}

const KINDS: Readonly<Record<TableQuestion["model"], Kind>> = { Classifier, Regressor };

async function answerTable({ model: kind, options, reports, warns, validates, weighs }: TableQuestion): Promise<void> {
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const error = await errorOf(async () => {
    const unpacked = unpack(options, { take: (number) => inbox.take(number), rateFrom }) as { weights?: Uint8Array };
    const given = {
      ...unpacked,
      ...(weighs && { weights: new Float64Array((unpacked.weights as Uint8Array).buffer) }),
      ...(validates && { validation: lists.validation }),
      ...(reports && { onEpoch: report }),
      ...(warns && { onWarning: (warning: TableWarning) => port.postMessage({ kind: "warning", warning }) }),
    };
    const model = await KINDS[kind].fit(lists.rows, { signal: controller.signal, ...given } as never);
    bytes = model.save({ resume: true });
  });
  end(error, { bytes }, bytes && [bytes.buffer]);
}

async function errorOf(work: () => Promise<unknown>): Promise<SentError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return tellError(error);
  }
}

function end(error: SentError | undefined, made: Omit<FitEnd, "kind" | "error">, transfer?: ArrayBuffer[]): void {
  port.postMessage({ kind: "end", ...made, error }, transfer);
}

function report(epoch: EpochReport, save: () => Promise<Uint8Array<ArrayBuffer>>): Promise<void> {
  const answerSave = async () => {
    try {
      const bytes = await save();
      port.postMessage({ kind: "saved", bytes }, [bytes.buffer]);
    } catch (error) {
      port.postMessage({ kind: "saved", error: tellError(error) });
    }
  };
  return new Promise((next, reject) => {
    waiting = { next, fail: () => reject(new Error("fit: onEpoch failed.")), save: answerSave };
    port.postMessage({ kind: "epoch", report: epoch });
  });
}

function restore({ validation, optimizer, ...rest }: SentOptions): FitOptions {
  return {
    ...rest,
    ...(validation !== undefined && {
      validation: typeof validation === "number" ? validation : datasetOf(validation),
    }),
    ...(optimizer && { optimizer: { ...optimizer, learningRate: rateFrom(optimizer.learningRate) } as Optimizer }),
  };
}

function datasetOf({ x: inputs, y: targets, rows, scale, ...sent }: SentRows): Dataset {
  const x = inbox.take(inputs);
  const y = inbox.take(targets);
  const weights = sent.weights === undefined ? undefined : inbox.take(sent.weights);
  return Dataset.from({ x, rows, weights, ...(y.length > 0 && { y }), ...(x instanceof Uint8Array && { scale }) });
}
