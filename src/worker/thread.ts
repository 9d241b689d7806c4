/** A thread that runs the worker's script: a Web Worker, or one of Node's. */
import { decodeBase64 } from "../core/core.js";
import { inflate } from "../core/inflate.js";
import { decodeUtf8 } from "../ground/decode-text.js";
import type { Answer, Question } from "./messages.js";

export interface Thread {
  /** @param transfer memory that is given away, not copied */
  send(message: Question, transfer?: ArrayBuffer[]): void;
  end(): void;
  /** Says whether the process may end although the thread is there: where that can be said. Before, it may not. */
  idle?(isIdle: boolean): void;
}

/**
 * @param deflated the script, as scripts/build.ts writes it
 * @param receive is given every answer
 * @param fail is told why there will be no more of them
 * @param isKept whether the thread is kept when it has nothing to do: one that then lets the process end is better than a Web Worker
 * @throws Error if the engine has no threads
 */
export function startThread(
  call: string,
  deflated: string,
  receive: (answer: Answer) => void,
  fail: (error: unknown) => void,
  isKept = false,
): Thread {
  const died = (what: string) => fail(new Error(`${call}: the worker must run to its end, got ${what}.`));
  const script = scriptOf(deflated);
  const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
  if (typeof Worker === "function" && !(isKept && threads)) {
    const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const worker = startWorker(call, address);
    worker.onmessage = ({ data }) => receive(data as Answer);
    // Firefox says nothing of a script that the page's policy forbids.
    worker.onerror = ({ message }) => died(message || `no word of why. ${POLICY}`);
    worker.onmessageerror = () => died("an answer that cannot be read");
    return {
      send: (message, transfer = []) => worker.postMessage(message, transfer),
      end: () => {
        worker.terminate();
        URL.revokeObjectURL(address);
      },
    };
  }
  if (!threads) throw new Error(`${call}: the engine must have workers, got one without. Use fit.`);
  const worker = new threads.Worker(decodeUtf8(script), { eval: true, execArgv: [] });
  worker.on("message", receive);
  worker.on("messageerror", () => died("an answer that cannot be read"));
  worker.on("error", ({ message }) => died(`"${message}"`));
  worker.on("exit", (code) => died(`exit code ${code} before`));
  return {
    send: (message, transfer) => worker.postMessage(message, transfer),
    end: () => void worker.terminate(),
    idle: (isIdle) => (isIdle ? worker.unref() : worker.ref()),
  };
}

let known: { readonly deflated: string; readonly script: Uint8Array<ArrayBuffer> } | undefined;

/** A pool starts many threads of one script. */
function scriptOf(deflated: string): Uint8Array<ArrayBuffer> {
  if (known?.deflated !== deflated) known = { deflated, script: inflate(decodeBase64(deflated)) };
  return known.script;
}

const POLICY = "A Content-Security-Policy must have worker-src blob:";

function startWorker(call: string, address: string): Worker {
  try {
    // Deno has no other workers than modules.
    return new Worker(address, { type: "module" });
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`${call}: the page must let a worker start, got "${message}". ${POLICY}, or use fit.`, { cause });
  }
}
