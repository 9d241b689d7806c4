/**
 * Where everything lies in a model's memory.
 *
 *  0        base                                                                                     end
 *  | statics | params | grads | state 1 | state 2 | inputs | activations | deltas | targets, weights | scratch |
 *            |<- one inner order in all four:    ->|
 *            |   W1 b1 W2 b2 ... (row-major)       |
 *
 * One offset inside a slab serves parameters, gradients and both optimizer states. Each slab starts where the one before
 * ends, rounded up to 64 bytes (a cache line). Batches longer than `rows` pass through in pieces, so nothing here grows
 * after it is drawn.
 */

/** One dense layer: sizes in elements, the rest byte addresses. */
export interface LayerPlan {
  readonly inputs: number;
  readonly outputs: number;
  /** W [inputs, outputs] and b [outputs]; dw, db: their gradients. */
  readonly w: number;
  readonly b: number;
  readonly dw: number;
  readonly db: number;
  /** x [rows, inputs] is the layer's input, y [rows, outputs] its output. */
  readonly x: number;
  readonly y: number;
  /** dy [rows, outputs]: the loss's derivative by this layer's output. The last layer's takes the logits' place. */
  readonly dy: number;
}

export interface Layout {
  /** Rows that the activations hold: longer batches are cut. */
  readonly rows: number;
  readonly layers: readonly LayerPlan[];
  /** Parameters of the whole network, weights and biases. */
  readonly parameterCount: number;
  readonly params: number;
  readonly grads: number;
  readonly state1: number;
  readonly state2: number;
  readonly inputs: number;
  readonly logits: number;
  /** Class ids (int32) or targets (float32), [rows] or [rows, outputs]. */
  readonly targets: number;
  /** What a row counts by its class, float32 [outputs]: ones, and the weights given for training. */
  readonly ones: number;
  readonly classWeights: number;
  /** A packed panel, a batch of bytes on its way to floats, or lists of what is not zero. */
  readonly scratch: number;
  readonly end: number;
}

const ALIGNMENT = 64;

/** The memory of a network with the layer sizes `sizes` from byte `base` on, for batches of `rows` rows. */
export function planLayout(sizes: readonly number[], rows: number, base: number): Layout {
  let next = base;
  const slab = (bytes: number): number => {
    const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = start + bytes;
    return start;
  };
  const inputs = sizes[0];
  const outputs = sizes[sizes.length - 1];
  const hidden = sizes.slice(1, -1);
  const parameterCount = countParameters(sizes);

  const params = slab(4 * parameterCount);
  const grads = slab(4 * parameterCount);
  const state1 = slab(4 * parameterCount);
  const state2 = slab(4 * parameterCount);
  const x = slab(4 * rows * inputs);
  const activations = sizes.slice(1).map((size) => slab(4 * rows * size));
  // Two deltas take turns: a layer's input gradient is made from its output gradient.
  const widest = Math.max(0, ...hidden);
  const deltas = [slab(hidden.length > 0 ? 4 * rows * widest : 0), slab(hidden.length > 1 ? 4 * rows * widest : 0)];
  const targets = slab(4 * rows * outputs);
  const ones = slab(4 * outputs);
  const classWeights = slab(4 * outputs);
  const scratch = slab(Math.max(64 * Math.max(...sizes.slice(1)), rows * inputs, 64 * Math.max(rows, inputs)));

  const layers: LayerPlan[] = [];
  let inner = 0;
  for (let l = 0; l + 1 < sizes.length; l++) {
    const weightBytes = 4 * sizes[l] * sizes[l + 1];
    const isLast = l + 2 === sizes.length;
    layers.push({
      inputs: sizes[l],
      outputs: sizes[l + 1],
      w: params + inner,
      b: params + inner + weightBytes,
      dw: grads + inner,
      db: grads + inner + weightBytes,
      x: l === 0 ? x : activations[l - 1],
      y: activations[l],
      dy: isLast ? activations[l] : deltas[l % 2],
    });
    inner += weightBytes + 4 * sizes[l + 1];
  }
  const logits = activations[activations.length - 1];
  return {
    rows,
    layers,
    parameterCount,
    params,
    grads,
    state1,
    state2,
    inputs: x,
    logits,
    targets,
    ones,
    classWeights,
    scratch,
    end: next,
  };
}

/** Weights and biases of a network with these layer sizes. */
export function countParameters(sizes: readonly number[]): number {
  let count = 0;
  for (let l = 0; l + 1 < sizes.length; l++) count += (sizes[l] + 1) * sizes[l + 1];
  return count;
}

/**
 * How many rows pass through at a time: a power of two, at most 256, fewer for wide networks, so that the activations
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
