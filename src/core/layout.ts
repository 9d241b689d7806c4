/**
 * The layout of a model's memory: where everything lies.
 *
 *  0        base                                                                                     end
 *  | statics | params | grads | state 1 | state 2 | inputs | activations, sums | deltas | targets, weights, found | scratch |
 *            |<- one inner order in all four:    ->|
 *            |   W1 b1 W2 b2 ... (row-major)       |
 *
 * A layer's sums lie where its outputs will, unless the slope of its activation is computed from the sums: these are kept then.
 *
 * Of a layer that is normalised gain and shift follow W and b. Its normalised sums, which the backward pass needs, take the place
 * of the sums, and the activation is applied to what gain and shift make of them, in a slab of its own:
 *
 *   sums, then normalised  --gain, shift-->  what the activation takes (kept or not, as above)  -->  outputs
 *
 * Running means and variances of batch normalisation are no parameters, but of a model: they follow the parameters without a gap,
 * mean 1, variance 1, mean 2, ..., so that one view has all that a model has learned.
 *
 * One offset inside a slab serves parameters, gradients and both optimizer states. Each slab starts where the one before
 * ends, rounded up to 64 bytes (a cache line). Batches longer than `rows` pass through in pieces, so nothing here grows
 * after it is drawn.
 */
import {
  countRunning,
  hasGain,
  type Normalization,
  type NormalizationPlan,
  planNormalization,
} from "./normalization-plan.js";

/** One dense layer: sizes in elements, the rest byte addresses. */
export interface LayerPlan {
  readonly inputs: number;
  readonly outputs: number;
  /** W [inputs, outputs] and b [outputs]; dw, db: their gradients. */
  readonly w: number;
  readonly b: number;
  readonly dw: number;
  readonly db: number;
  /** After all of the layer's parameters: where the next layer's begin. */
  readonly end: number;
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
}

export interface Layout {
  /** How many rows the activations hold: longer batches pass through in pieces. */
  readonly rows: number;
  readonly layers: readonly LayerPlan[];
  /** The number of weights, biases, gains and shifts of the whole network. */
  readonly parameterCount: number;
  /** The same with running means and variances, which follow the parameters. */
  readonly learnedCount: number;
  /** Whether a hidden layer is normalised over the mini-batch. */
  readonly hasBatchMoments: boolean;
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
  /** Scratch: a packed panel, a batch of bytes to be made floats, or lists of the inputs that are not zero. */
  readonly scratch: number;
  /** Parts of the rows at hand, float32 [PART], for passes of large networks, which are cut (src/net/large-passes.ts). */
  readonly parts: number;
  readonly end: number;
}

const ALIGNMENT = 64;

/** Passes of networks of more parameters than this are cut: 16 rows would take longer than there is between two turns. */
export const LARGE = 2 ** 20;

/** The most multiply-adds of a pass that is not cut because of its rows: about 5 ms. */
const LONG_PASS = 4.2e7;

/** Floats of a part of the rows at hand. */
export const PART = 2 ** 16;

/** What activations and losses need beside the usual. */
export interface Needs {
  /** For each layer whether its sums are kept. */
  readonly keepsSums: readonly boolean[];
  /** Whether an activation makes outputs of the last sums. */
  readonly isCurved: boolean;
  /** Levels of a quantile loss. */
  readonly levels: number;
  /** Of each hidden layer. */
  readonly normalizations: readonly Normalization[];
}

/** Plans the memory of a network with these layer sizes, from byte `base` on, for batches of `rows` rows. */
export function planLayout(sizes: readonly number[], rows: number, base: number, needs?: Needs): Layout {
  let next = base;
  const slab = (bytes: number): number => {
    const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = start + bytes;
    return start;
  };
  const outputs = sizes[sizes.length - 1];
  const hidden = sizes.slice(1, -1);
  const normalizations = needs?.normalizations ?? [];
  const parameterCount = countParameters(sizes, normalizations);
  const learnedCount = parameterCount + countRunning(sizes, normalizations);
  const params = slab(4 * learnedCount);
  const [grads, state1, state2] = [0, 1, 2].map(() => slab(4 * parameterCount));
  const inputs = slab(4 * rows * sizes[0]);
  const values = planValues(sizes, rows, needs, slab);
  const hasBatchMoments = normalizations.includes("batch");
  const isCut = parameterCount > LARGE || (hasBatchMoments && rows * countParameters(sizes) > LONG_PASS);
  // Two deltas take turns: a layer's input gradient is made from its output gradient.
  const widest = Math.max(0, ...hidden);
  const deltas = [slab(hidden.length > 0 ? 4 * rows * widest : 0), slab(hidden.length > 1 ? 4 * rows * widest : 0)];
  return {
    rows,
    layers: planLayers(sizes, { params, grads, inputs, deltas, ...values }, needs),
    ...{ parameterCount, learnedCount, hasBatchMoments, isCut, params, grads, state1, state2, inputs },
    logits: values.sums[sizes.length - 2],
    targets: slab(4 * rows * outputs),
    ones: slab(4 * outputs),
    classWeights: slab(8 * outputs),
    levels: slab(4 * (needs?.levels ?? 0)),
    found: slab(4 * 2),
    scratch: slab(Math.max(64 * Math.max(...sizes.slice(1)), rows * sizes[0], 64 * Math.max(rows, sizes[0]))),
    parts: slab(isCut ? 4 * PART : 0),
    end: next,
  };
}

interface Slabs {
  readonly params: number;
  readonly grads: number;
  readonly inputs: number;
  readonly sums: readonly number[];
  readonly taken: readonly number[];
  readonly moments: readonly number[];
  readonly activations: readonly number[];
  readonly deltas: readonly number[];
}

/** What layers make of the rows at hand, from their sums to their outputs. */
function planValues(
  sizes: readonly number[],
  rows: number,
  needs: Needs | undefined,
  slab: (bytes: number) => number,
): Pick<Slabs, "sums" | "taken" | "moments" | "activations"> {
  const isNormalised = (l: number) => hasGain(needs?.normalizations[l]);
  const sums = sizes.slice(1).map((size) => slab(4 * rows * size));
  const taken = sums.map((sum, l) => (isNormalised(l) ? slab(4 * rows * sizes[l + 1]) : sum));
  const moments = sums.map((_, l) => (isNormalised(l) ? slab(8 * Math.max(rows, 2 * sizes[l + 1])) : 0));
  const activations = taken.map((own, l) => {
    const isApart = l + 2 < sizes.length ? needs?.keepsSums[l] : needs?.isCurved;
    return isApart ? slab(4 * rows * sizes[l + 1]) : own;
  });
  return { sums, taken, moments, activations };
}

function planLayers(
  sizes: readonly number[],
  { params, grads, inputs, sums, taken, moments, activations, deltas }: Slabs,
  needs: Needs | undefined,
): LayerPlan[] {
  const layers: LayerPlan[] = [];
  const normalizations = needs?.normalizations ?? [];
  let inner = 0;
  let running = params + 4 * countParameters(sizes, normalizations);
  for (let l = 0; l + 1 < sizes.length; l++) {
    const weightBytes = 4 * sizes[l] * sizes[l + 1];
    const isLast = l + 2 === sizes.length;
    const gain = inner + weightBytes + 4 * sizes[l + 1];
    const end = gain + (hasGain(normalizations[l]) ? 8 * sizes[l + 1] : 0);
    layers.push({
      inputs: sizes[l],
      outputs: sizes[l + 1],
      w: params + inner,
      b: params + inner + weightBytes,
      dw: grads + inner,
      db: grads + inner + weightBytes,
      end: params + end,
      x: l === 0 ? inputs : activations[l - 1],
      z: sums[l],
      u: taken[l],
      y: activations[l],
      dy: isLast ? (needs?.keepsSums[l] ? activations : sums)[l] : deltas[l % 2],
      norm: planNormalization(normalizations[l], sizes[l + 1], gain, { params, grads }, running, moments[l]),
    });
    inner = end;
    if (normalizations[l] === "batch") running += 8 * sizes[l + 1];
  }
  return layers;
}

/** Counts the weights and biases of a network with these layer sizes, and gain and shift of hidden layers that are normalised. */
export function countParameters(sizes: readonly number[], normalizations: readonly Normalization[] = []): number {
  let count = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    count += (sizes[l] + 1) * sizes[l + 1];
    if (hasGain(normalizations[l])) count += 2 * sizes[l + 1];
  }
  return count;
}

/**
 * Returns how many rows pass through at a time: a power of two, at most 256, fewer for wide networks, so that the activations
 * stay near the cache (1 MiB) and one pass stays short (4·10⁷ weights times rows, about 5 ms), but at least 16, since
 * the weights are read once a pass. A function of the sizes alone: it decides how a loss is summed.
 */
export function rowsAtATime(sizes: readonly number[]): number {
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const limit = Math.min(2 ** 18 / width, 4.2e7 / countParameters(sizes));
  let rows = 256;
  while (rows > 16 && rows > limit) rows /= 2;
  return rows;
}
