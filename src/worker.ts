/** The entry `wasmlp/worker`: the same fit on another thread, so that this one has nothing to do but answer. */
import { show } from "./check.js";
import { Dataset } from "./dataset.js";
import type { EpochReport, FitOptions, History } from "./fit.js";
import type { MLP } from "./mlp.js";
import type { Output } from "./network.js";
import { recipeOf } from "./schedules.js";
import { workerSource } from "./worker-source.js";
import type { Answer, Question, SentRows } from "./worker-thread.js";

/** A thread: a Web Worker, or one of Node's. */
interface Thread {
  send(message: unknown): void;
  end(): void;
}

/**
 * Trains as {@link MLP.fit} does, with the same options, progress, abort, errors and bytes, in a Web Worker or a worker
 * thread of Node. The data is copied there. The model predicts as before until the fit has ended.
 * @param options as those of `fit`; a learning rate that changes must be one of wasmlp's schedules
 * @returns the history
 * @throws as {@link MLP.fit}; TypeError for a learning rate that is any other function; Error if there are no threads
 * @example
 * import { fitInWorker } from "wasmlp/worker";
 * await fitInWorker(net, data, { epochs: 10, onEpoch: ({ epoch, loss }) => console.log(epoch, loss) });
 */
export async function fitInWorker<O extends Output>(
  net: MLP<O>,
  data: Dataset,
  options: FitOptions<O> = {},
): Promise<History<O>> {
  const { onEpoch, signal } = options;
  // What cannot travel is refused before there is a thread.
  const question = { kind: "fit", data: rowsOf("data", data), options: sendable(options as FitOptions) } as const;
  let failure: { error: unknown } | undefined;
  const history = await net.fitElsewhere(
    (model) =>
      new Promise<Uint8Array>((resolve, reject) => {
        const abort = () => thread.send({ kind: "abort" } satisfies Question);
        const end = () => {
          signal?.removeEventListener?.("abort", abort);
          thread.end();
        };
        const fail = (error: unknown) => {
          end();
          reject(error);
        };
        const thread = startThread(async (answer) => {
          if (answer.kind === "epoch") {
            try {
              await onEpoch?.(answer.report as EpochReport<O>);
              thread.send({ kind: "next" } satisfies Question);
            } catch (error) {
              failure = { error };
              thread.send({ kind: "fail" } satisfies Question);
            }
            return;
          }
          end();
          // What onEpoch threw is the caller's own error: it is not sent there and back.
          if (answer.error && !failure) failure = { error: remake(answer.error) };
          resolve(answer.model);
        }, fail);
        if (signal?.aborted) abort();
        signal?.addEventListener?.("abort", abort, { once: true });
        try {
          thread.send({ ...question, model } satisfies Question);
        } catch (error) {
          // An option that does not travel: a thread left behind would keep the process alive.
          fail(error);
        }
      }),
  );
  if (failure) throw failure.error;
  return history as History<O>;
}

/** Options without what only this thread can do; schedules as recipes. */
function sendable(options: FitOptions): Extract<Question, { kind: "fit" }>["options"] {
  const { onEpoch, signal, optimizer, validation, ...rest } = options;
  if (optimizer === undefined) return { ...rest, ...sendValidation(validation) };
  const learningRate = recipeOf(optimizer?.learningRate);
  if (learningRate === undefined) {
    throw new TypeError(
      "fit: learningRate must be a number or one of wasmlp's schedules in a worker, got another function. Use fit, or one of them.",
    );
  }
  return { ...rest, ...sendValidation(validation), optimizer: { ...optimizer, learningRate } };
}

function sendValidation(validation: FitOptions["validation"]): { validation?: SentRows | number } {
  if (validation === undefined || typeof validation === "number") return { validation };
  return { validation: rowsOf("validation", validation) };
}

function rowsOf(name: string, data: unknown): SentRows {
  if (!(data instanceof Dataset)) {
    throw new TypeError(`fit: ${name} must be a Dataset, got ${show(data)}. Make one with Dataset.from({ x, y }).`);
  }
  const { x, y, rows, scale } = data;
  return { x, y, rows, scale };
}

const ERRORS = { TypeError, RangeError, Error };

function remake({ name, message }: { name: string; message: string }): Error {
  return new (ERRORS[name as keyof typeof ERRORS] ?? Error)(message);
}

function startThread(receive: (answer: Answer) => void, fail: (error: unknown) => void): Thread {
  if (typeof Worker === "function") {
    const address = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    // Deno has no other workers than modules.
    const worker = new Worker(address, { type: "module" });
    worker.onmessage = ({ data }) => receive(data as Answer);
    worker.onerror = ({ message }) => fail(new Error(`fit: the worker must run, got ${message}.`));
    return {
      send: (message) => worker.postMessage(message),
      end: () => {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  }
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (!threads) throw new Error("fit: the engine must have workers, got one without. Use fit.");
  const worker = new threads.Worker(workerSource, { eval: true, execArgv: [] });
  worker.on("message", receive);
  worker.on("error", fail);
  return { send: (message) => worker.postMessage(message), end: () => void worker.terminate() };
}
