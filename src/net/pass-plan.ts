/** What passes need, and what they are told: the parts that a network has for them (src/net/passes.ts). */
import type { Kernels } from "../core/kernels.js";
import type { LayerPlan, Layout } from "../core/memory-map.js";
import type { Activation, Output } from "./activations.js";

/** An activation of the second module (src/net/curves.ts): its kernels, and whether its slope is computed from the sums. */
export interface Curve {
  readonly keepsSum: boolean;
  forward(kernels: Pick<Kernels, "tanhForward">, y: number, x: number, n: number): void;
  backward(kernels: Kernels, dz: number, dy: number, kept: number, n: number): void;
}

/** A loss of the second module: d and the sum over `rows` rows, from values z (sums, of exponential outputs) and targets t. */
export type ValueLoss = (pass: Pass, d: number, z: number, t: number, rows: number, scale: number) => number;

/** What normalises the sums of a hidden layer (src/net/normalizers.ts), in the slabs of its plan. */
export interface Normalizer {
  /** From the sums to what the activation takes; in training the backward pass finds what it needs. */
  forward(kernels: ForwardKernels, layer: NormalisedLayer, rows: number, training: boolean): void;
  /** The derivative by the sums, in the place of that by what the activation took; and by gain and shift, added unless `first`. */
  backward(kernels: Kernels, layer: LayerPlan, rows: number, first: boolean): void;
  /** The same in parts, each of which takes no longer than `part` floats do. */
  forwardSlices(
    kernels: Kernels,
    layer: LayerPlan,
    rows: number,
    training: boolean,
    part: number,
  ): Generator<number, void>;
  backwardSlices(
    kernels: Kernels,
    layer: LayerPlan,
    rows: number,
    first: boolean,
    part: number,
  ): Generator<number, void>;
  /** After an update from a mini-batch of so many rows: what the next predictions are normalised by. */
  step?(kernels: Kernels, layer: LayerPlan, rows: number): void;
}

/** What a network has of the second module. */
export interface Extras {
  /** Of hidden layers; none where they are not normalised. */
  readonly normalizers: readonly (Normalizer | undefined)[];
  /** Of hidden layers; none where the core's kernels do. */
  readonly curves: readonly (Curve | undefined)[];
  /** What makes values of the last sums. */
  readonly outputCurve?: Curve;
  readonly loss?: ValueLoss;
}

/** The kernels of a forward pass. */
export type ForwardKernels = Pick<
  Kernels,
  | "denseForward"
  | "denseReluForward"
  | "sparseForward"
  | "sparseReluForward"
  | "sigmoidForward"
  | "tanhForward"
  | "softmaxForward"
>;

/** What normalising needs of a layer. */
export type NormalisedLayer = Pick<LayerPlan, "outputs" | "z" | "u" | "norm">;

export type ForwardLayer = Pick<LayerPlan, "inputs" | "w" | "b" | "x" | "y"> & NormalisedLayer;

/** Where a forward pass finds things. */
export interface ForwardPlan {
  readonly layers: readonly ForwardLayer[];
  readonly inputs: number;
  readonly logits: number;
  readonly scratch: number;
  /** What dense kernels are given in place of scratch for a single row (src/core/single-row.ts). Default: scratch. */
  readonly rowPanel?: number;
}

/** What a forward pass needs: kernels, where things lie, the activation of each hidden layer. */
export interface ForwardPass {
  readonly kernels: ForwardKernels;
  readonly layout: ForwardPlan;
  readonly activations: readonly Activation[];
  readonly extras?: Extras;
  /** Whether the first layer's kernels skip zeros of the inputs; the results are the same bits either way. */
  readonly skipsZeros: boolean;
}

/** What all passes need: a network has it. */
export interface Pass extends ForwardPass {
  readonly kernels: Kernels;
  readonly layout: Layout;
  readonly output: Output;
}

/**
 * One step of an optimizer, the `t`-th from 1 on, of `count` parameters that begin at byte `at` of their slab. Called for one
 * stretch of the parameters after the other.
 */
export type Rule = (pass: Pick<Pass, "kernels" | "layout">, at: number, count: number, rate: number, t: number) => void;

/** Weights of Σ|W| and ½·ΣW², one of each a layer. */
export interface Penalties {
  readonly l1: readonly number[];
  readonly l2: readonly number[];
}

/** What leaves units out of an update (src/net/dropout.ts): a pass only says when. Layer 0 is the inputs. */
export interface UnitMask {
  /** Leaves units of a layer out, and scales the others up: `rows` rows of `width` units at the address y. */
  drop(layer: number, y: number, rows: number, width: number): void;
  /** Undoes the scaling of what was kept. */
  scaleBack(layer: number, y: number, rows: number, width: number): void;
}
