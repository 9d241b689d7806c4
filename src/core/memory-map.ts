/** What a layout says of a model's memory (src/core/layout.ts draws it). */

/** How the sums of a hidden layer are normalised: over the rows of a mini-batch, over the units of a row, or not. */
export type Normalization = "batch" | "layer" | "none";

/** The addresses of a normalised layer's own numbers, each [outputs]. */
export interface NormalizationPlan {
  readonly gain: number;
  readonly shift: number;
  readonly dgain: number;
  readonly dshift: number;
  /** Running mean and variance, of batch normalisation alone. */
  readonly mean: number;
  readonly variance: number;
  /** Float64: the mini-batch's means and variances [2, outputs], or each row's variance [rows]. */
  readonly moments: number;
}

/** One dense layer: sizes in elements, the rest byte addresses. */
export interface LayerPlan {
  readonly inputs: number;
  readonly outputs: number;
  /** W [inputs, outputs] and b [outputs]; dw, db: their gradients. */
  readonly w: number;
  readonly b: number;
  readonly dw: number;
  readonly db: number;
  /**
   * x [rows, inputs] is the layer's input, z [rows, outputs] its sums, u [rows, outputs] what the activation is applied to (the
   * sums unless they are normalised), y [rows, outputs] its output.
   */
  readonly x: number;
  readonly z: number;
  readonly u: number;
  readonly y: number;
  /** dy [rows, outputs]: the loss's derivative by this layer's output. That of the last layer overwrites what is not kept. */
  readonly dy: number;
  readonly norm: NormalizationPlan | undefined;
  /** Where single rows find a copy of W in panels of 32 columns; 0 if the layer is too small for that. */
  readonly panels: number;
}

export interface Layout {
  /** How many rows the activations hold: longer batches pass through in pieces. */
  readonly rows: number;
  readonly layers: readonly LayerPlan[];
  /** The number of weights, biases, gains and shifts of the whole network. */
  readonly parameterCount: number;
  /** The same with running means and variances, which follow the parameters. */
  readonly learnedCount: number;
  /** Whether passes are so long that they are cut. */
  readonly isCut: boolean;
  readonly params: number;
  readonly grads: number;
  readonly state1: number;
  readonly state2: number;
  readonly inputs: number;
  readonly logits: number;
  /** Class ids (int32) or targets (float32), [rows] or [rows, outputs]. */
  readonly targets: number;
  /** Class weights: all ones, float32 [outputs]; and those given for training, [outputs], or of sigmoid [outputs, 2]. */
  readonly ones: number;
  readonly classWeights: number;
  /** The levels of a quantile loss, float32. */
  readonly levels: number;
  /** The result of a scan of the inputs, int32 [2]: how many are not 0, and whether all are finite. */
  readonly found: number;
  /** What a single row's way through the network is written down in (src/net/row-plan.ts). */
  readonly plan: number;
  /** What dense kernels are given in place of scratch for a single row (src/core/single-row.ts). */
  readonly rowPanel: number;
  /** Scratch: a packed panel, a batch of bytes to be made floats, or lists of the inputs that are not zero. */
  readonly scratch: number;
  /** How much of it a thread has; those of others follow. */
  readonly scratchBytes: number;
  /** Parts of the rows at hand, float32 [PART], for passes of large networks, which are cut (src/net/large-passes.ts). */
  readonly parts: number;
  readonly end: number;
  /** Beyond the end: see {@link Network.addState}. */
  readonly state3: number;
}

/** Floats of a part of the rows at hand. */
export const PART = 2 ** 16;
