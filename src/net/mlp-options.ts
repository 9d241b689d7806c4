/** The options of `MLP.create`. */
import type { Activations, Output } from "./activations.js";
import type { Loss, Normalization } from "./design.js";
import type { Initializer } from "./initializers.js";

/** What {@link MLP.create} makes of a network. */
export interface MLPOptions<O extends Output = Output> {
  /** Inputs, hidden..., outputs: at least two whole numbers >= 1. */
  layers: readonly number[];
  /** Of hidden layers: one for all, or a list with one for each. Default: `"relu"`. */
  activation?: Activations;
  /** Of the last layer. Default: `"softmax"`. */
  output?: O;
  /**
   * What is made small. Default: the cross-entropy for softmax and sigmoid, `"poisson"` for exponential, else `"squared-error"`.
   */
  loss?: Loss;
  /** Whether layers add a bias to their sums: all, or one flag a layer; without, biases are 0 and stay so. Default: true. */
  bias?: boolean | readonly boolean[];
  /**
   * What hidden layers do with their sums before the activation, all or each. `"batch"`: each unit's over the mini-batch, in
   * predictions by running means (Ioffe and Szegedy 2015); mini-batches have 2 to 256 rows then. `"layer"`: each row's over its
   * units (Ba et al. 2016). Both end in a gain and a shift a unit, which are trained. Default: `"none"`.
   */
  normalization?: Normalization | readonly Normalization[];
  /**
   * How weights start. Default: `"he-normal"` for layers of relu and its relatives (leaky-relu, elu, gelu, silu, mish, relu6),
   * `"lecun-normal"` for selu, `"xavier-normal"` for the others.
   */
  init?: Initializer;
  /** A whole number from 0 to 2⁵³ - 1. Same seed, same bytes, on every engine. Default: 0. */
  seed?: number;
}
