/** What a network is, before its weights: plain data, which files keep and threads send. */
import type { Normalization } from "../core/memory-map.js";
import {
  type Activation,
  type Activations,
  COMMON_ACTIVATIONS,
  COMMON_OUTPUTS,
  type Output,
  perLayer,
} from "./activations.js";

/**
 * What is made small. Each is summed over a row's outputs; a fit minimises the mean over rows.
 *
 * | loss | of a value z and its target t | outputs |
 * |---|---|---|
 * | `"cross-entropy"` | -t·log p, the softmax's or the sigmoid's own | softmax, sigmoid |
 * | `"squared-error"` | ½(z - t)² | values |
 * | `"absolute-error"` | \|z - t\| | values |
 * | `"huber"`, `{ huber: δ }` | ½e² where \|e\| <= δ, else δ·(\|e\| - ½δ); δ = 1 unless given (Huber 1964) | values |
 * | `"poisson"` | z - t·log z, of counts (z = exp of the sum) | exponential |
 * | `"gaussian"` | ½(s + (m - t)²/exp s): the first half of the outputs are means m, the others log variances s (Nix and Weigend 1994) | linear |
 * | `{ quantiles: [q, ...] }` | max(q·(t - z), (q - 1)·(t - z)): for each target an output a level, 0 < q < 1 (Koenker and Bassett 1978) | values |
 */
export type Loss =
  | "cross-entropy"
  | "squared-error"
  | "absolute-error"
  | "huber"
  | "poisson"
  | "gaussian"
  | { readonly huber: number }
  | { readonly quantiles: readonly number[] };

export type { Normalization };

/** All but the numbers of a network. */
export interface Design {
  /** Inputs, hidden layers, outputs. */
  readonly layers: readonly number[];
  /** Of the hidden layers. */
  readonly activation: Activations;
  readonly output: Output;
  /** Default: what belongs to the output. */
  readonly loss?: Loss;
  /** Whether layers add a bias to their sums: all, or each. Default: true. */
  readonly bias?: boolean | readonly boolean[];
  /** Of the sums of hidden layers, all or each. Default: none. */
  readonly normalization?: Normalization | readonly Normalization[];
}

/** What must be known of a network to check rows, targets and options for it. */
export interface NetworkShape {
  /** Inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  readonly output: Output;
  readonly loss: Loss;
  readonly targetsPerRow: number;
  /** Whether a hidden layer is normalised over the mini-batch, which must have rows for it then, and pass as a whole. */
  readonly hasBatchMoments?: boolean;
}

/** The loss that belongs to an output unless another is asked for. */
export function lossOf({ output, loss }: Pick<Design, "output" | "loss">): Loss {
  if (loss !== undefined) return loss;
  if (output === "softmax" || output === "sigmoid") return "cross-entropy";
  return output === "exponential" ? "poisson" : "squared-error";
}

export function hasLevels(loss: Loss): loss is { readonly quantiles: readonly number[] } {
  return typeof loss === "object" && "quantiles" in loss;
}

/** Outputs for each target: a mean and a variance, or one a level of a quantile loss. */
export function outputsPerTarget(loss: Loss): number {
  if (loss === "gaussian") return 2;
  return hasLevels(loss) ? loss.quantiles.length : 1;
}

/** Targets a row: class ids take one number whatever the count of classes. */
export function targetsPerRow({ sizes, output, loss }: Pick<NetworkShape, "sizes" | "output" | "loss">): number {
  return output === "softmax" ? 1 : sizes[sizes.length - 1] / outputsPerTarget(loss);
}

/**
 * Where a row's own prediction of its targets is among its outputs: the mean, or the level next to the median.
 * @returns the first one's place, and how far the next target's is from it
 */
export function pointPlaces(loss: Loss): [first: number, step: number] {
  if (!hasLevels(loss)) return [0, 1];
  const { quantiles } = loss;
  const distances = quantiles.map((level) => Math.abs(level - 0.5));
  return [distances.indexOf(Math.min(...distances)), quantiles.length];
}

/** Whether layer `l` adds a bias. */
export function hasBias({ bias = true }: Pick<Design, "bias">, l: number): boolean {
  return typeof bias === "boolean" ? bias : bias[l];
}

/** How each hidden layer's sums are normalised. */
export function normalizationsOf({
  layers,
  normalization = "none",
}: Pick<Design, "layers" | "normalization">): readonly Normalization[] {
  return typeof normalization === "string"
    ? new Array<Normalization>(layers.length - 2).fill(normalization)
    : normalization;
}

/** Whether a network needs kernels that the core does not have: the second module. */
export function needsExtra(design: Design): boolean {
  const { layers, activation, output, loss } = design;
  const isOf = (names: readonly unknown[]) => (name: unknown) => names.includes(name);
  return (
    normalizationsOf(design).some((name) => name !== "none") ||
    !perLayer(activation, layers.length - 2).every(isOf(COMMON_ACTIVATIONS as readonly Activation[])) ||
    !isOf(COMMON_OUTPUTS)(output) ||
    !isOf(["cross-entropy", "squared-error"])(lossOf({ output, loss }))
  );
}

/** What layers have beside weights and biases, by their normalisation. */
export const NORMALIZATION_PARAMETERS = {
  none: [],
  layer: ["gain", "shift"],
  batch: ["gain", "shift", "mean", "variance"],
} as const;

/** Rows of batch normalisation, whose mini-batch must pass as a whole. */
export const BATCH_ROWS = 256;

/** Whether rows have probabilities of all classes instead of one class id. */
export function isSoft({ output, sizes }: Pick<NetworkShape, "output" | "sizes">, targets: number): boolean {
  return output === "softmax" && targets > 1 && targets === sizes[sizes.length - 1];
}
