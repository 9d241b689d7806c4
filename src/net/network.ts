/** The network in its memory, on which src/net/passes.ts calls the kernels. Rooms trust: sizes were checked at the doors. */
import { type Core, MEMORY_LIMIT, megabytes, reserve } from "../core/core.js";
import type { Kernels } from "../core/kernels.js";
import { planLayout, rowsAtATime } from "../core/layout.js";
import type { Layout } from "../core/memory-map.js";
import { copyRows, copySlice } from "../data/copy-rows.js";
import { type Inputs, isMaker, type RowMaker } from "../data/row-maker.js";
import { forEachSlice } from "../ground/slices.js";
import { type Activation, type Output, perLayer } from "./activations.js";
import { type Design, hasBias, type Loss, lossOf, normalizationsOf, targetsPerRow } from "./design.js";
import type { OwnExtras } from "./own-extras.js";
import { RowPlan } from "./row-plan.js";

/** Under this many inputs a row, looking for zeros costs more than skipping them saves. */
const WIDE = 32;
/** Numbers that are looked at at a time: a tenth of a millisecond. */
const SCANNED = 2 ** 18;

/** What passes run on: the parameters, and rows in the batch slab. Longer batches come in pieces, whose gradients add up to the same bits. */
export class Network {
  readonly sizes: readonly number[];
  readonly output: Output;
  readonly loss: Loss;
  readonly targetsPerRow: number;
  /** Whether a mini-batch must pass as a whole, since it is normalised by its own moments. */
  readonly hasBatchMoments: boolean;
  readonly layout: Layout;
  /** Those of the rows at hand, the work of which threads share, where there are some; and those of a single row, who do without. */
  kernels: Kernels;
  readonly single: Kernels;
  /** How a single row goes, unless the network has something of the second module. */
  readonly rowPlan: RowPlan | undefined;
  private readonly usual: Kernels;
  /** Views over the slabs: new ones after {@link addState}, which alone lets the memory grow. */
  parameters!: Float32Array;
  /** The same, and after them the running means and variances of batch normalisation: all that predictions need. */
  learned!: Float32Array;
  inputs!: Float32Array;
  bytes!: Uint8Array;
  /** The last layer's sums, of which predictions are made in place; in training and scoring its values may lie elsewhere. */
  outputs!: Float32Array;
  values!: Float32Array;
  targets!: Float32Array;
  labels!: Int32Array;
  gradients!: Float32Array;
  /** What a scan of the inputs found: how many are not 0, and whether all are finite. */
  private found!: Int32Array;
  /** What a row counts in the loss of training: by its class (softmax), or zeros and ones of each output (sigmoid). */
  classWeights!: Float32Array;
  hasPairWeights = false;
  rowWeights: Float32Array | undefined;
  hasSoftTargets = false;
  /** Counts what changes what is computed, and where: rows at hand, parameters set. */
  uses = 0;
  /** How many single rows have come since parameters changed, 2 at most: whoever changes them writes 0. */
  rowsSince = 0;
  /** Below this share of numbers that are not 0 the first layer skips zeros (bench/NOTES.md); the results are the same bits either way. */
  sparseBelow = 0.4;
  /** Of each hidden layer. */
  readonly activations: readonly Activation[];
  /** Whether the first layer skips zeros of the rows at hand. */
  skipsZeros = false;
  /** Called before anyone else uses this memory while work on it waits for its turn (src/net/shared.ts). */
  beforeUse: (() => void) | undefined;
  /** What optimizers keep, in the order of the parameters: two numbers each, or three. */
  states!: readonly Float32Array[];

  /**
   * @param extras what `design` needs of the second module (src/net/extra.ts)
   * @param rows only for tests: how many rows pass through at a time
   * @throws RangeError if 32-bit addresses or the machine do not reach so far
   */
  constructor(
    private readonly core: Core,
    readonly design: Design,
    readonly extras?: OwnExtras,
    rows = extras?.rows ?? rowsAtATime(design.layers),
  ) {
    const { layers: sizes, activation, output } = design;
    this.sizes = sizes;
    this.output = output;
    this.loss = lossOf(design);
    this.targetsPerRow = targetsPerRow(this);
    this.hasBatchMoments = normalizationsOf(design).includes("batch");
    this.activations = perLayer(activation, sizes.length - 2);
    this.layout = planLayout(sizes, rows, core.base, extras?.needs, core.sharing?.threads);
    const { layout } = this;
    if (layout.end > MEMORY_LIMIT) {
      throw new RangeError(
        `${core.call}: layers must fit in ${megabytes(MEMORY_LIMIT)} of memory, got layers that need ${megabytes(layout.end)}.`,
      );
    }
    reserve(core, layout.end);
    // A plain object's fields: calls through the exports object are looked up by name every time.
    const kernels = { ...core.kernels };
    this.single = kernels;
    this.usual = core.sharing?.share(kernels, layout.scratchBytes) ?? kernels;
    this.kernels = this.usual;
    this.view(2);
    new Float32Array(core.memory.buffer, layout.ones, sizes[sizes.length - 1]).fill(1);
    this.classWeights.fill(1);
    if (extras) extras.start(this);
    else this.rowPlan = new RowPlan(this, sizes[0] < WIDE ? 0 : Math.ceil(this.sparseBelow * sizes[0]));
  }

  private view(states: number): void {
    const { layout, sizes, core } = this;
    const { rows, parameterCount, state1, state2, state3 } = layout;
    const { buffer } = core.memory;
    const floats = (start: number, count: number) => new Float32Array(buffer, start, count);
    const outputs = sizes[sizes.length - 1];
    this.parameters = floats(layout.params, parameterCount);
    this.learned = floats(layout.params, layout.learnedCount);
    this.gradients = floats(layout.grads, parameterCount);
    this.states = [state1, state2, state3].slice(0, states).map((start) => floats(start, parameterCount));
    this.inputs = floats(layout.inputs, rows * sizes[0]);
    this.bytes = new Uint8Array(buffer, layout.scratch, rows * sizes[0]);
    this.outputs = floats(layout.logits, rows * outputs);
    this.values = floats(layout.layers[sizes.length - 2].y, rows * outputs);
    this.targets = floats(layout.targets, rows * outputs);
    this.labels = new Int32Array(buffer, layout.targets, rows * outputs);
    this.found = new Int32Array(buffer, layout.found, 2);
    this.classWeights = floats(layout.classWeights, 2 * outputs);
  }

  /** Room for a third number of each parameter, 0 at first, unless there is some; RangeError if the machine refuses. */
  addState(call: string): void {
    const { core, layout, states } = this;
    if (states.length > 2) return;
    reserve({ ...core, call }, layout.state3 + 4 * layout.parameterCount);
    this.view(3);
  }

  /**
   * Puts rows `from .. from+rows` of `x`, [.., inputs] flat, into the batch slab; bytes are multiplied by `scale`.
   * @returns whether all of them are finite
   */
  writeInputs(x: ArrayLike<number> | RowMaker, from: number, rows: number, scale: number): boolean {
    this.beforeUse?.();
    this.uses++;
    this.kernels = this.usual;
    const width = this.sizes[0];
    if (x instanceof Uint8Array) {
      copySlice(x, from * width, rows * width, this.bytes);
      this.convertBytes(rows, scale);
      return true;
    }
    if (isMaker(x)) x.make(this.inputs, from, rows);
    else copySlice(x, from * width, rows * width, this.inputs);
    return this.scan(rows);
  }

  /** Gathers rows `indices[from .. from+rows)` of a dataset's `x` into the batch slab. */
  gatherInputs(x: Inputs, scale: number, indices: Uint32Array, from: number, rows: number): void {
    this.uses++;
    this.kernels = this.usual;
    const width = this.sizes[0];
    if (x instanceof Uint8Array) {
      copyRows(x, width, indices, from, rows, this.bytes);
      this.convertBytes(rows, scale);
    } else {
      if (isMaker(x)) x.make(this.inputs, from, rows, indices);
      else copyRows(x, width, indices, from, rows, this.inputs);
      if (width >= WIDE) this.scan(rows);
    }
  }

  private convertBytes(rows: number, scale: number): void {
    const { inputs, scratch } = this.layout;
    const count = rows * this.sizes[0];
    this.decideSkips(this.kernels.bytesForward(inputs, scratch, count, scale), count);
  }

  /** Looks at the rows at hand; returns whether all numbers are finite. */
  private scan(rows: number): boolean {
    const { layout, found, sizes } = this;
    const count = rows * sizes[0];
    this.kernels.scanForward(layout.found, layout.inputs, count);
    this.decideSkips(found[0], count);
    return found[1] === 1;
  }

  /** Decides whether the zeros of the rows at hand are worth skipping. */
  private decideSkips(nonZero: number, count: number): void {
    this.skipsZeros = this.sizes[0] >= WIDE && nonZero < this.sparseBelow * count;
  }

  /** Layers without biases have zeros there, which no gradient moves. */
  dropBiases(): void {
    if (this.design.bias === undefined) return;
    const { grads, layers } = this.layout;
    for (let l = 0; l < layers.length; l++) {
      const at = (layers[l].db - grads) / 4;
      if (!hasBias(this.design, l)) this.gradients.fill(0, at, at + layers[l].outputs);
    }
  }

  /** The first of the rows at hand with a logit that is not finite; undefined if there is none. */
  findNonFinite(rows: number): number | undefined {
    const { outputs: logits } = this;
    const width = this.sizes[this.sizes.length - 1];
    const count = rows * width;
    if (this.areFinite(this.layout.logits, count)) return undefined;
    for (let i = 0; i < count; i++) if (!Number.isFinite(logits[i])) return Math.floor(i / width);
    return undefined;
  }

  /** Whether all that was learned and all that optimizers keep are finite. */
  *isFinite(): Generator<number, boolean> {
    const { params, parameterCount, learnedCount } = this.layout;
    const slabs = [[params, learnedCount], ...this.states.map(({ byteOffset }) => [byteOffset, parameterCount])];
    if (learnedCount <= SCANNED) return slabs.every(([slab, count]) => this.areFinite(slab, count));
    let are = true;
    for (const [slab, count] of slabs) {
      const look = (from: number, to: number) => {
        are &&= this.areFinite(slab + 4 * from, to - from);
      };
      yield* forEachSlice(count, look, SCANNED);
    }
    return are;
  }

  private areFinite(address: number, count: number): boolean {
    this.kernels.scanForward(this.layout.found, address, count);
    return this.found[1] === 1;
  }
}
