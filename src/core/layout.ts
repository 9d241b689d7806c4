/**
 * The layout of a model's memory: where everything lies.
 *
 *  0        base                                                                                                     end
 *  | statics | params | grads | state 1 | state 2 | inputs | activations, sums | deltas | targets, weights, found | scratch | panels | state 3
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
 * after it is drawn, but for the third state, for which there is memory once an optimizer keeps one.
 */
import { type LayerPlan, type Layout, type Normalization, type NormalizationPlan, PART } from "./memory-map.js";
import { ROW_PANEL } from "./single-row.js";

const ALIGNMENT = 64;

/** Passes of networks of more parameters than this are cut: 16 rows would take longer than there is between two turns. */
export const LARGE = 2 ** 20;

/** The most multiply-adds of a pass that is not cut because of its rows: about 5 ms. */
const LONG_PASS = 4.2e7;

/** Of more weights than this a single row finds a copy in panels, unless the network has so many parameters. */
const PANELED = 2 ** 16;
const GIANT = 2 ** 24;

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

/**
 * Plans the memory of a network with these layer sizes, from byte `base` on, for batches of `rows` rows.
 * @param threads each of which has scratch of its own
 */
export function planLayout(sizes: readonly number[], rows: number, base: number, needs?: Needs, threads = 1): Layout {
  let next = base;
  const slab = (bytes: number): number => {
    const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = start + bytes;
    return start;
  };
  const outputs = sizes[sizes.length - 1];
  const normalizations = needs?.normalizations ?? [];
  const parameterCount = countParameters(sizes, normalizations);
  const learnedCount = parameterCount + countRunning(sizes, normalizations);
  const params = slab(4 * learnedCount);
  const [grads, state1, state2] = [0, 1, 2].map(() => slab(4 * parameterCount));
  const inputs = slab(4 * rows * sizes[0]);
  const values = planValues(sizes, rows, needs, slab);
  const isCut = isLong(sizes, rows, parameterCount, normalizations);
  // Two deltas take turns: a layer's input gradient is made from its output gradient.
  const widest = Math.max(0, ...sizes.slice(1, -1));
  const deltas = [2, 3].map((least) => slab(sizes.length > least ? 4 * rows * widest : 0));
  const scratchBytes = ALIGNMENT * Math.ceil(scratchOf(sizes, rows) / ALIGNMENT);
  const planned = {
    ...{ rows, parameterCount, learnedCount, isCut, params, grads, state1, state2, inputs },
    logits: values.sums[sizes.length - 2],
    targets: slab(4 * rows * outputs),
    ones: slab(4 * outputs),
    classWeights: slab(8 * outputs),
    levels: slab(4 * (needs?.levels ?? 0)),
    found: slab(4 * 2),
    scratch: slab(threads * scratchBytes),
    scratchBytes,
    parts: slab(isCut ? 4 * PART : 0),
    plan: slab(28 * sizes.length),
    rowPanel: ROW_PANEL,
  };
  // Rows of networks that need the second module go layer by layer.
  const panels = needs ? [] : planPanels(sizes, parameterCount, slab);
  const layers = planLayers(sizes, { params, grads, inputs, deltas, panels, ...values }, needs);
  return { ...planned, layers, end: next, state3: Math.ceil(next / ALIGNMENT) * ALIGNMENT };
}

/** Room for panels of weights that are more than nearby caches hold, unless the memory is that of a giant. */
function planPanels(sizes: readonly number[], parameterCount: number, slab: (bytes: number) => number): number[] {
  return sizes.slice(1).map((outputs, l) => {
    const isLarge = sizes[l] * outputs > PANELED && outputs > 31 && parameterCount < GIANT;
    return isLarge ? slab(128 * sizes[l] * Math.ceil(outputs / 32)) : 0;
  });
}

/** Bytes of scratch: a packed panel, a batch of bytes to be made floats, or lists of the inputs that are not zero and where they end. */
function scratchOf(sizes: readonly number[], rows: number): number {
  return Math.max(64 * Math.max(...sizes.slice(1)), rows * sizes[0], 32 + 64 * Math.max(rows, sizes[0]));
}

/** Whether passes take so long that they are cut. */
function isLong(
  sizes: readonly number[],
  rows: number,
  parameterCount: number,
  normalizations: readonly Normalization[],
): boolean {
  return parameterCount > LARGE || (normalizations.includes("batch") && rows * countParameters(sizes) > LONG_PASS);
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
  readonly panels: readonly number[];
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
  { params, grads, inputs, sums, taken, moments, activations, deltas, panels }: Slabs,
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
    layers.push({
      inputs: sizes[l],
      outputs: sizes[l + 1],
      w: params + inner,
      b: params + inner + weightBytes,
      dw: grads + inner,
      db: grads + inner + weightBytes,
      x: l === 0 ? inputs : activations[l - 1],
      z: sums[l],
      u: taken[l],
      y: activations[l],
      dy: isLast ? (needs?.keepsSums[l] ? activations : sums)[l] : deltas[l % 2],
      norm: planNormalization(normalizations[l], sizes[l + 1], gain, { params, grads }, running, moments[l]),
      panels: panels[l] ?? 0,
    });
    inner = gain + (hasGain(normalizations[l]) ? 8 * sizes[l + 1] : 0);
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

/**
 * What the memory of a normalised layer has beside the usual.
 * @param gain where the gain is inside the slabs of parameters and gradients, in bytes
 * @param running where this layer's running mean and variance would be
 */
export function planNormalization(
  normalization: Normalization | undefined,
  outputs: number,
  gain: number,
  { params, grads }: { readonly params: number; readonly grads: number },
  running: number,
  moments: number,
): NormalizationPlan | undefined {
  if (!hasGain(normalization)) return undefined;
  const shift = gain + 4 * outputs;
  return {
    ...{ gain: params + gain, shift: params + shift, dgain: grads + gain, dshift: grads + shift },
    ...{ mean: running, variance: running + 4 * outputs, moments },
  };
}

/** Whether a layer is normalised, and so has gain and shift. */
export function hasGain(normalization: Normalization | undefined): boolean {
  return normalization === "batch" || normalization === "layer";
}

/** Counts running means and variances. */
export function countRunning(sizes: readonly number[], normalizations: readonly Normalization[]): number {
  return normalizations.reduce((sum, own, l) => (own === "batch" ? sum + 2 * sizes[l + 1] : sum), 0);
}
