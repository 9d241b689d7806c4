/** The network in its memory: the only caller of the network kernels. Rooms trust: sizes were checked at the doors. */
import { type Core, MEMORY_LIMIT, megabytes, reserve } from "./core.js";
import type { Dropout } from "./dropout.js";
import { type LayerPlan, type Layout, planLayout, rowsAtATime } from "./layout.js";
import { copyRows, copySlice } from "./rows.js";

/** Of hidden layers. */
export type Activation = "relu" | "sigmoid" | "tanh" | "identity";

/** Of the last layer; fixes the loss. */
export type Output = "softmax" | "sigmoid" | "linear";

export const ACTIVATIONS = ["relu", "sigmoid", "tanh", "identity"] as const;
export const OUTPUTS = ["softmax", "sigmoid", "linear"] as const;

/** One for all hidden layers, or one for each. */
export type Activations = Activation | readonly Activation[];

/** The activation of each of `hidden` layers. */
export function perLayer(activation: Activations, hidden: number): readonly Activation[] {
  return typeof activation === "string" ? new Array<Activation>(hidden).fill(activation) : activation;
}

/** Under this many inputs a row, looking for zeros costs more than skipping them saves. */
const WIDE = 32;

/**
 * Forward, loss, backward and what surrounds them, on the rows that lie in the batch slab. A batch longer than
 * `layout.rows` comes in pieces: the first piece's gradients overwrite, those of the others add up, to the same bits.
 */
export class Network {
  readonly layout: Layout;
  readonly kernels: Core["kernels"];
  /** Views over the slabs, valid for the network's life: its memory never grows after the constructor. */
  readonly parameters: Float32Array;
  readonly inputs: Float32Array;
  readonly bytes: Uint8Array;
  readonly outputs: Float32Array;
  readonly targets: Float32Array;
  readonly labels: Int32Array;
  readonly gradients: Float32Array;
  /** What a row counts in the loss of training, by its class (softmax). */
  readonly classWeights: Float32Array;
  /**
   * The first layer skips zeros when a smaller share than this of the rows at hand is not zero: half-full rows break even,
   * since two rows are walked together (bench/NOTES.md). The results are the same bits either way.
   */
  sparseBelow = 0.4;
  /** Of each hidden layer. */
  readonly activations: readonly Activation[];
  private skipsZeros = false;
  /** What optimizers keep, in the order of the parameters. */
  readonly states: readonly [Float32Array, Float32Array];

  /**
   * @param rows only for tests: how many rows pass through at a time
   * @throws RangeError if 32-bit addresses or the machine do not reach so far
   */
  constructor(
    core: Core,
    readonly sizes: readonly number[],
    activation: Activations,
    readonly output: Output,
    rows = rowsAtATime(sizes),
  ) {
    this.activations = perLayer(activation, sizes.length - 2);
    this.layout = planLayout(sizes, rows, core.base);
    const { params, grads, state1, state2, inputs, logits, targets, ones, classWeights, scratch, parameterCount, end } =
      this.layout;
    if (end > MEMORY_LIMIT) {
      throw new RangeError(
        `MLP.create: layers must fit in ${megabytes(MEMORY_LIMIT)} of memory, got layers that need ${megabytes(end)}.`,
      );
    }
    reserve(core, end);
    // A plain object's fields: calls through the exports object are looked up by name every time.
    this.kernels = { ...core.kernels };
    const buffer = core.memory.buffer;
    const outputs = sizes[sizes.length - 1];
    const outputCount = rows * outputs;
    this.parameters = new Float32Array(buffer, params, parameterCount);
    this.gradients = new Float32Array(buffer, grads, parameterCount);
    this.states = [new Float32Array(buffer, state1, parameterCount), new Float32Array(buffer, state2, parameterCount)];
    this.inputs = new Float32Array(buffer, inputs, rows * sizes[0]);
    this.bytes = new Uint8Array(buffer, scratch, rows * sizes[0]);
    this.outputs = new Float32Array(buffer, logits, outputCount);
    this.targets = new Float32Array(buffer, targets, outputCount);
    this.labels = new Int32Array(buffer, targets, outputCount);
    new Float32Array(buffer, ones, outputs).fill(1);
    this.classWeights = new Float32Array(buffer, classWeights, outputs).fill(1);
  }

  /** Replaces layer `l`'s parameters. A bias of -0 becomes +0, on which the sums of the sparse path rely. */
  setLayerParameters(l: number, newWeights: ArrayLike<number>, newBiases: ArrayLike<number>): void {
    const { weights, biases } = this.layerParameters(l);
    weights.set(newWeights);
    for (let j = 0; j < biases.length; j++) biases[j] = newBiases[j] + 0;
  }

  /** Views of layer `l`'s weights [inputs, outputs] and biases [outputs]. */
  layerParameters(l: number): { weights: Float32Array; biases: Float32Array } {
    const { w, b, inputs, outputs } = this.layout.layers[l];
    const at = (address: number) => (address - this.layout.params) / 4;
    return {
      weights: this.parameters.subarray(at(w), at(w) + inputs * outputs),
      biases: this.parameters.subarray(at(b), at(b) + outputs),
    };
  }

  /**
   * Puts rows `from .. from+rows` of `x`, [.., inputs] flat, into the batch slab; bytes are multiplied by `scale`.
   * @returns whether all of them are finite
   */
  writeInputs(x: ArrayLike<number>, from: number, rows: number, scale: number): boolean {
    const width = this.sizes[0];
    if (x instanceof Uint8Array) {
      copySlice(x, from * width, rows * width, this.bytes);
      this.convertBytes(rows, scale);
      return true;
    }
    copySlice(x, from * width, rows * width, this.inputs);
    const nonZero = this.kernels.countNonZero(this.layout.inputs, rows * width);
    this.decideSkipping(nonZero, rows);
    return nonZero >= 0;
  }

  /** Gathers rows `indices[from .. from+rows)` of a dataset's `x` into the batch slab. */
  gatherInputs(x: Float32Array | Uint8Array, scale: number, indices: Uint32Array, from: number, rows: number): void {
    const width = this.sizes[0];
    if (x instanceof Uint8Array) {
      copyRows(x, width, indices, from, rows, this.bytes);
      this.convertBytes(rows, scale);
    } else {
      copyRows(x, width, indices, from, rows, this.inputs);
      if (width >= WIDE) this.decideSkipping(this.kernels.countNonZero(this.layout.inputs, rows * width), rows);
    }
  }

  private convertBytes(rows: number, scale: number): void {
    const { inputs, scratch } = this.layout;
    this.decideSkipping(this.kernels.bytesForward(inputs, scratch, rows * this.sizes[0], scale), rows);
  }

  /** Whether the zeros of the rows at hand are worth skipping. */
  private decideSkipping(nonZero: number, rows: number): void {
    const width = this.sizes[0];
    this.skipsZeros = width >= WIDE && nonZero < this.sparseBelow * rows * width;
  }

  /** From the batch slab to the logits; units are left out where a `dropout` is given, inputs in the slab itself. */
  forward(rows: number, dropout?: Dropout): void {
    const { layers, inputs } = this.layout;
    dropout?.drop(this.kernels, 0, inputs, rows, this.sizes[0]);
    for (let l = 0; l < layers.length; l++) {
      const layer = layers[l];
      const isHidden = l + 1 < layers.length;
      const activation = isHidden ? this.activations[l] : "identity";
      this.layerForward(layer, rows, l === 0 && this.skipsZeros, activation === "relu");
      if (activation === "sigmoid") this.kernels.sigmoidForward(layer.y, layer.y, rows * layer.outputs);
      else if (activation === "tanh") this.kernels.tanhForward(layer.y, layer.y, rows * layer.outputs);
      if (isHidden) dropout?.drop(this.kernels, l + 1, layer.y, rows, layer.outputs);
    }
  }

  private layerForward(layer: LayerPlan, rows: number, sparse: boolean, relu: boolean): void {
    const { kernels } = this;
    const { y, x, w, b, inputs, outputs } = layer;
    const { scratch } = this.layout;
    if (sparse) {
      if (relu) kernels.sparseReluForward(y, x, w, b, scratch, rows, inputs, outputs);
      else kernels.sparseForward(y, x, w, b, scratch, rows, inputs, outputs);
    } else if (relu) kernels.denseReluForward(y, x, w, b, scratch, rows, inputs, outputs);
    else kernels.denseForward(y, x, w, b, scratch, rows, inputs, outputs);
  }

  /** Turns the logits into probabilities (softmax, sigmoid) in place; linear outputs are values already. */
  activateOutputs(rows: number): void {
    const { logits } = this.layout;
    const outputs = this.sizes[this.sizes.length - 1];
    if (this.output === "softmax") this.kernels.softmaxForward(logits, logits, rows, outputs);
    else if (this.output === "sigmoid") this.kernels.sigmoidForward(logits, logits, rows * outputs);
  }

  /**
   * The loss of the rows at hand, summed; the logits' place then holds the derivative of the mean over the mini-batch.
   * @param batchRows rows of the whole mini-batch; not 1/rows, which would be 16 bytes of garbage a call
   * @param weighted whether rows count by {@link classWeights}
   */
  loss(rows: number, batchRows: number, weighted = false): number {
    const scale = 1 / batchRows;
    const { logits, targets, ones, classWeights } = this.layout;
    const outputs = this.sizes[this.sizes.length - 1];
    switch (this.output) {
      case "softmax":
        return this.kernels.softmaxCrossEntropyBackward(
          logits,
          logits,
          targets,
          weighted ? classWeights : ones,
          rows,
          outputs,
          scale,
        );
      case "sigmoid":
        return this.kernels.sigmoidCrossEntropyBackward(logits, logits, targets, rows * outputs, scale);
      case "linear":
        return this.kernels.squaredErrorBackward(logits, logits, targets, rows * outputs, scale);
    }
  }

  /**
   * All gradients, from the last layer to the first; adds to those that are there unless the piece is the `first`.
   * @param dropout the one that {@link forward} had
   */
  backward(rows: number, first: boolean, dropout?: Dropout): void {
    const { kernels } = this;
    const { layers } = this.layout;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { db, dy, outputs } = layers[l];
      this.weightsBackward(layers[l], rows, first, l === 0 && this.skipsZeros);
      if (first) kernels.biasesBackward(db, dy, rows, outputs);
      else kernels.biasesAccumulate(db, dy, rows, outputs);
      if (l === 0) return; // Nobody asks for the gradient of the data.
      this.inputsBackward(l, rows, dropout);
    }
  }

  /** The derivative by the sums of the layer below `l`: through the weights of `l`, dropout, then the activation below. */
  private inputsBackward(l: number, rows: number, dropout: Dropout | undefined): void {
    const { kernels } = this;
    const activation = this.activations[l - 1];
    const { scratch, layers } = this.layout;
    const { dy, w, inputs, outputs } = layers[l];
    const { dy: dx, y } = layers[l - 1];
    if (activation === "relu") {
      // A unit left out is 0, where ReLU's slope is 0 too: what is left to do is the scale.
      kernels.inputsReluBackward(dx, dy, w, y, scratch, rows, inputs, outputs);
      dropout?.drop(kernels, l, dx, rows, inputs);
      return;
    }
    kernels.inputsBackward(dx, dy, w, scratch, rows, inputs, outputs);
    dropout?.drop(kernels, l, dx, rows, inputs);
    // These slopes are taken from the output, so it must be what the activation gave.
    if (activation !== "identity") dropout?.scaleBack(kernels, l, y, rows, inputs);
    if (activation === "sigmoid") kernels.sigmoidBackward(dx, dx, y, rows * inputs);
    else if (activation === "tanh") kernels.tanhBackward(dx, dx, y, rows * inputs);
  }

  private weightsBackward(layer: LayerPlan, rows: number, first: boolean, sparse: boolean): void {
    const { kernels } = this;
    const { dw, x, dy, inputs, outputs } = layer;
    const { scratch } = this.layout;
    if (sparse) {
      if (first) kernels.sparseWeightsBackward(dw, x, dy, scratch, rows, inputs, outputs);
      else kernels.sparseWeightsAccumulate(dw, x, dy, scratch, rows, inputs, outputs);
    } else if (first) kernels.weightsBackward(dw, x, dy, scratch, rows, inputs, outputs);
    else kernels.weightsAccumulate(dw, x, dy, scratch, rows, inputs, outputs);
  }

  /** Adds the penalty's gradient and returns the penalty, l1·Σ|W| + l2/2·ΣW² over the weights of all layers. */
  penalise(l1: number, l2: number): number {
    let penalty = 0;
    for (const { dw, w, inputs, outputs } of this.layout.layers) {
      penalty += this.kernels.penaltyAccumulate(dw, w, inputs * outputs, l1, l2);
    }
    return penalty;
  }

  /** Shortens the whole gradient to the length `limit` if it is longer. */
  clipGradients(limit: number): void {
    const { grads, parameterCount } = this.layout;
    const norm = this.kernels.gradientNorm(grads, parameterCount);
    if (norm > limit) this.kernels.clipStep(grads, parameterCount, limit / norm);
  }

  /** Zeroes what optimizers keep between steps. */
  clearStates(): void {
    for (const state of this.states) state.fill(0);
  }
}
