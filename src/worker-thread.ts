/** What runs on the other thread of src/worker.ts; scripts/build.ts turns it into one script, src/worker-source.ts. */
import "./inline.js";
import { Dataset } from "./dataset.js";
import type { EpochReport, FitOptions } from "./fit.js";
import { MLP } from "./mlp.js";
import type { Optimizer } from "./optimizers.js";
import { type Recipe, rateFrom } from "./schedules.js";

/** A dataset as it travels. */
export interface SentRows {
  readonly x: Float32Array | Uint8Array;
  readonly y: Float32Array;
  readonly rows: number;
  readonly scale: number;
}

/** Options as they travel. */
type SentOptions = Omit<FitOptions, "optimizer" | "validation" | "onEpoch" | "signal"> & {
  readonly validation?: SentRows | number;
  readonly optimizer?: Omit<Optimizer, "learningRate"> & { readonly learningRate: Recipe };
};

/** What the main thread says. */
export type Question =
  | { readonly kind: "fit"; readonly model: Uint8Array; readonly data: SentRows; readonly options: SentOptions }
  | { readonly kind: "next" | "fail" | "abort" };

/** What is answered: an epoch, which waits for "next" or "fail", and at the end the model. */
export type Answer =
  | { readonly kind: "epoch"; readonly report: EpochReport }
  | {
      readonly kind: "end";
      readonly model: Uint8Array;
      readonly error?: { readonly name: string; readonly message: string };
    };

interface Port {
  postMessage(message: Answer): void;
  onmessage: ((event: { data: Question }) => void) | null;
}

// In Node messages come and go by the parent's port. Not by `require`: esbuild puts a function of that name everywhere.
const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const port = (threads?.parentPort ?? self) as unknown as Port;

const controller = new AbortController();
let goOn: { next(): void; fail(): void } | undefined;

port.onmessage = ({ data: question }) => {
  if (question.kind === "abort") controller.abort();
  else if (question.kind === "fit") void answer(question);
  else goOn?.[question.kind]();
};

async function answer({ model, data, options }: Extract<Question, { kind: "fit" }>): Promise<void> {
  const net = await MLP.load(model);
  let error: Error | undefined;
  try {
    await net.fit(unpack(data), { ...restore(options), signal: controller.signal, onEpoch: report });
  } catch (caught) {
    error = caught as Error;
  }
  const told = error && { name: error.name, message: error.message };
  port.postMessage({ kind: "end", model: net.save({ resume: true }), ...(told && { error: told }) });
}

function report(epoch: EpochReport): Promise<void> {
  return new Promise((next, reject) => {
    goOn = { next, fail: () => reject(new Error("fit: onEpoch failed.")) };
    port.postMessage({ kind: "epoch", report: epoch });
  });
}

function restore({ validation, optimizer, ...rest }: SentOptions): FitOptions {
  return {
    ...rest,
    ...(validation !== undefined && { validation: typeof validation === "number" ? validation : unpack(validation) }),
    ...(optimizer && { optimizer: { ...optimizer, learningRate: rateFrom(optimizer.learningRate) } as Optimizer }),
  };
}

function unpack({ x, y, rows, scale }: SentRows): Dataset {
  return Dataset.from({ x, rows, ...(y.length > 0 && { y }), ...(x instanceof Uint8Array && { scale }) });
}
