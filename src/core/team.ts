/** Threads that share the work of kernels, and the kernels of models whose work is shared. */
import { ballastFor } from "./ballast.js";
import { BOARD_BYTES, Board, type Kernel, splitKernels } from "./board.js";
import type { CoreModule } from "./core.js";
import type { Kernels } from "./kernels.js";
import type { Letter } from "./share-thread.js";
import { SPLIT_NAMES, SPLITS, sharesOf } from "./split.js";

/** A thread that helps. */
export interface Helper {
  send(letter: Letter): void;
}

/** What is known of a model whose work is shared. */
interface Shared {
  readonly number: number;
  readonly kernels: readonly Kernel[];
  readonly module: CoreModule;
  readonly memory: WebAssembly.Memory;
  /** The bytes of scratch that a share has. */
  readonly scratch: number;
  readonly ballast: ArrayBuffer;
  /** Whether the helpers were told of it, which they are when there is something to do. */
  isKnown: boolean;
}

export class Team {
  private readonly board: Board;
  private readonly gone = new FinalizationRegistry<number>((gone) => this.tell({ gone }));
  private count = 0;
  /** The model whose work is being done: no list of all, which would keep them alive. */
  private current: Shared | undefined;
  /** After a failure this thread works alone: another may still write what it was asked for. */
  private isBroken = false;

  /**
   * @param helpers those that are there; one that is lost is taken out
   * @param worth share of the work that is worth another thread as a rule
   */
  constructor(
    private readonly helpers: Set<Helper>,
    private readonly worth: number,
  ) {
    const board = new SharedArrayBuffer(BOARD_BYTES);
    this.board = new Board(board, () => this.current?.kernels);
    for (const helper of helpers) helper.send({ board });
  }

  /** The kernels of an instance of the module on this memory, the work of which is shared where it is worth it. */
  share(kernels: Kernels, memory: WebAssembly.Memory, module: CoreModule, scratch: number): Kernels {
    const own = { number: this.count++, kernels: splitKernels(kernels), module, memory, scratch };
    const model = { ...own, ballast: ballastFor(memory), isKnown: false };
    const shared = SPLIT_NAMES.map((name, kernel) => [name, this.shareKernel(model, kernel)]);
    return { ...kernels, ...Object.fromEntries(shared) };
  }

  private shareKernel(model: Shared, kernel: number): Kernel {
    const { all } = this.board;
    const split = SPLITS[SPLIT_NAMES[kernel]];
    const own = model.kernels[kernel];
    // One by one: a list of the arguments would be garbage at every call.
    return (a, b, c, d, e, f, g, h, i, j, k, l, m) => {
      all[0] = a;
      all[1] = b;
      all[2] = c;
      all[3] = d;
      all[4] = e;
      all[5] = f;
      all[6] = g;
      all[7] = h;
      all[8] = i;
      all[9] = j;
      all[10] = k;
      all[11] = l;
      all[12] = m;
      const shares = this.isBroken ? 1 : sharesOf(split, all, this.helpers.size + 1, this.worth);
      return shares === 1 ? own(a, b, c, d, e, f, g, h, i, j, k, l, m) : this.call(model, kernel, shares);
    };
  }

  private call(model: Shared, kernel: number, shares: number): number {
    if (!model.isKnown) this.introduce(model);
    this.current = model;
    try {
      return this.board.call(model.number, kernel, shares, model.scratch);
    } catch (error) {
      this.isBroken = true;
      throw error;
    } finally {
      this.current = undefined;
    }
  }

  private introduce(model: Shared): void {
    const { number, module, memory } = model;
    model.isKnown = true;
    this.gone.register(memory, number);
    this.tell({ model: number, module, memory });
  }

  private tell(letter: Letter): void {
    this.board.announce();
    for (const helper of this.helpers) helper.send(letter);
  }
}
