/** `wasmlp/threads`: the products, activations and updates of large networks on several threads; the same bytes as on one. */
import { shareThreadSource } from "../built/share-thread-source.js";
import { checkOptions, checkWhole } from "../ground/check.js";
import { copies } from "../ground/put.js";
import { MOST_SHARES } from "./board.js";
import { buildInUse, type Core, type CoreModule, compile, createCoreFrom, shareCores, type Unpack } from "./core.js";
import type { Kernels } from "./kernels.js";
import { rowsAtATime } from "./layout.js";
import { putShared } from "./put-shared.js";
import { FIRST_PAGES, MOST_PAGES, withSharedMemory } from "./shared-build.js";
import { PRODUCT } from "./split.js";
import { type Helper, Team } from "./team.js";

/** How many threads there are. */
export interface ThreadsOptions {
  /** A whole number from 1 to 255, that of the caller counted in. Default: one a core, 8 at most. */
  count?: number;
}

/** More than these gain little on networks as small as this library is for, unless they are asked for. */
const MOST_BY_DEFAULT = 8;

/**
 * Shares the work of large networks among threads: of all that are created from now on, in training and predictions, where a
 * pass is long enough to gain by it. Weights and answers are the same bytes for any number of threads. Call it before you create a
 * model; together with {@link turbo}, in any order. The threads sleep when there is nothing to do, and end with the process or
 * the page.
 *
 * In browsers the page must be cross-origin isolated. Where there are no threads a warning says why, and all runs on one.
 * @returns how many threads there are; 1 if there are no others
 * @throws TypeError, RangeError on a count outside its domain, or another one than that of the first call
 * @example
 * import { threads } from "wasmlp/threads";
 * await threads({ count: 2 }); // 2
 * const net = await MLP.create({ layers: [784, 800, 10] });
 */
export async function threads(options: ThreadsOptions = {}): Promise<number> {
  checkOptions("threads", options, ["count"]);
  const { count } = options;
  if (count !== undefined) checkWhole("threads", "count", count, 1, MOST_SHARES);
  outcome ??= shareWork(count ?? cores());
  const used = await outcome;
  if (count !== undefined && asked !== count) {
    throw new RangeError(`threads: count must be ${asked}, as in the first call, got ${count}.`);
  }
  return used;
}

let asked = 0;
let outcome: Promise<number> | undefined;

function cores(): number {
  return Math.max(1, Math.min(MOST_BY_DEFAULT, globalThis.navigator?.hardwareConcurrency ?? osCores()));
}

function osCores(): number {
  return globalThis.process?.getBuiltinModule?.("node:os").availableParallelism() ?? 1;
}

/** So many times {@link PRODUCT} is worth it: with less, asking of each kernel whether to share it costs more than is gained. */
const WORTH = 16;

/**
 * @internal
 * @param share of the work that is worth another thread as a rule: tests have the smallest networks shared
 */
export async function shareWork(count: number, share = 1): Promise<number> {
  asked = count;
  if (count === 1) return 1;
  if (typeof SharedArrayBuffer !== "function") {
    return alone(
      "the page must be cross-origin isolated (headers COOP same-origin, COEP require-corp), got one that is not",
    );
  }
  const helpers = new Set<StartedHelper>();
  const starts = await Promise.allSettled(Array.from({ length: count - 1 }, () => startHelper(helpers)));
  const failure = starts.find((start) => start.status === "rejected");
  if (failure) {
    for (const helper of helpers) helper.end();
    return alone(`threads must start, got "${(failure.reason as Error).message}"`);
  }
  copies.put = putShared;
  const team = new Team(helpers, share);
  let isTold = false;
  shareCores((call, sizes) => {
    if (workOf(sizes) < WORTH * PRODUCT * share) return undefined;
    const build = buildInUse();
    if (build) return createShared({ team, threads: count, build, call });
    if (!isTold) alone("the core must be given as bytes or a Response, got a compiled module");
    isTold = true;
    return undefined;
  });
  return count;
}

/** The multiply-adds of the longest product of a network with such layers. */
function workOf(sizes: readonly number[]): number {
  const rows = rowsAtATime(sizes);
  return Math.max(0, ...sizes.slice(1).map((outputs, l) => rows * sizes[l] * outputs));
}

/** What a core on a memory that is shared is made of. */
interface Making {
  readonly team: Team;
  readonly threads: number;
  readonly build: Unpack;
  readonly call: string;
}

async function createShared({ team, threads, build, call }: Making): Promise<Core> {
  const module = await compileShared(build);
  const shared = () => new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES, shared: true });
  const core = await createCoreFrom(module, call, () => ({ env: { memory: shared() } }));
  const share = (kernels: Kernels, scratch: number) =>
    team.share(kernels, core.memory as WebAssembly.Memory, module, scratch);
  return { ...core, sharing: { threads, share, compile: compileShared } };
}

/** The modules that were compiled, by what gives their bytes: turbo may come after the threads. */
const compiled = new Map<Unpack, Promise<CoreModule>>();

function compileShared(unpack: Unpack): Promise<CoreModule> {
  const known = compiled.get(unpack);
  if (known) return known;
  const module = compile(withSharedMemory(unpack()));
  compiled.set(unpack, module);
  // What failed once, for want of memory say, is tried again for the next model.
  module.catch(() => compiled.delete(unpack));
  return module;
}

function alone(reason: string): number {
  warn(`threads: ${reason}. Models run on one thread.`);
  return 1;
}

function warn(message: string): void {
  if (typeof globalThis.process?.emitWarning === "function") process.emitWarning(message);
  else console.warn(message);
}

/** A thread that can be ended, where another could not start. */
interface StartedHelper extends Helper {
  end(): void;
}

/** What is told of a thread: that it is there, and why it is no more. */
interface Fate {
  ready(): void;
  lost(reason: string): void;
}

/** Starts one; it is there when it has said so, and no more when it ends. */
function startHelper(helpers: Set<StartedHelper>): Promise<void> {
  return new Promise((resolve, reject) => {
    let isEnded = false;
    const started = (nodeThreads() ? startInNode : startOnPage)({
      ready: () => {
        helpers.add(helper);
        resolve();
      },
      lost: (reason) => {
        if (!helpers.delete(helper)) reject(new Error(reason));
        else if (!isEnded) warn(`threads: each thread must run on, got ${reason}. The others go on.`);
      },
    });
    const helper = {
      ...started,
      end: () => {
        isEnded = true;
        started.end();
      },
    };
  });
}

function startInNode({ ready, lost }: Fate): StartedHelper {
  const { Worker } = nodeThreads() as NonNullable<ReturnType<typeof nodeThreads>>;
  const worker = new Worker(shareThreadSource, { eval: true, execArgv: [] });
  worker.once("message", () => {
    // The process ends when there is nothing else to do.
    worker.unref();
    ready();
  });
  worker.on("error", ({ message }) => lost(message));
  worker.on("exit", (code) => lost(`exit code ${code}`));
  return { send: (letter) => worker.postMessage(letter), end: () => void worker.terminate() };
}

function startOnPage({ ready, lost }: Fate): StartedHelper {
  const address = URL.createObjectURL(new Blob([shareThreadSource], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  worker.onmessage = () => {
    URL.revokeObjectURL(address);
    ready();
  };
  worker.onerror = ({ message }) =>
    lost(message || "no word of why; a Content-Security-Policy must have worker-src blob:");
  return { send: (letter) => worker.postMessage(letter), end: () => worker.terminate() };
}

/** Threads of Node, and of Bun and Deno, which can be told not to keep the process alive. */
function nodeThreads() {
  return globalThis.process?.getBuiltinModule?.("node:worker_threads");
}
