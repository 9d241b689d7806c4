/** What runs on a thread that helps with kernels; scripts/build.ts turns it into one script, src/built/share-thread-source.ts. */
import { ballastFor } from "./ballast.js";
import { Board, type Kernel, splitKernels } from "./board.js";
import type { CoreModule } from "./core.js";
import type { Kernels } from "./kernels.js";

/** What it is told: where the board is, of a model, and that a model is no more. */
export type Letter =
  | { readonly board: SharedArrayBuffer }
  | { readonly model: number; readonly module: CoreModule; readonly memory: WebAssembly.Memory }
  | { readonly gone: number };

interface Port {
  postMessage(message: "ready"): void;
  onmessage: ((event: { data: Letter }) => void) | null;
}

const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
const port = (threads?.parentPort ?? self) as unknown as Port;

const models = new Map<number, { readonly kernels: readonly Kernel[]; readonly ballast: ArrayBuffer }>();
let board: Board | undefined;
let read = 0;

port.onmessage = ({ data: letter }) => {
  if ("board" in letter) board = new Board(letter.board, (model) => models.get(model)?.kernels);
  else {
    read++;
    if ("gone" in letter) models.delete(letter.gone);
    else
      models.set(letter.model, {
        kernels: kernelsOf(letter.module, letter.memory),
        ballast: ballastFor(letter.memory, 8),
      });
  }
  // All that is on its way is read first.
  if (board?.mail === read) board.serve(read);
};

function kernelsOf(module: CoreModule, memory: WebAssembly.Memory): Kernel[] {
  return splitKernels(new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels);
}

port.postMessage("ready");
