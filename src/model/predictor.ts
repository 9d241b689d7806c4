/** What a model says of itself and of rows, without changing: the part of an MLP that predicts. */
import type { Dataset } from "../data/dataset.js";
import type { Rows } from "../data/rows.js";
import { Shown } from "../ground/shown.js";
import { type Activations, type Output, oneForAll } from "../net/activations.js";
import type { Design, Loss, Normalization } from "../net/design.js";
import type { Network } from "../net/network.js";
import {
  activationsOf,
  decide,
  logProbabilities,
  type Predictions,
  predictLogits,
  predictProbabilities,
} from "../net/predict.js";

export abstract class Predictor<O extends Output = Output> extends Shown {
  constructor(
    /** @internal */
    protected readonly network: Network,
    isMade: boolean,
  ) {
    super(isMade, "await MLP.create({ layers })");
  }

  /** Layer sizes: inputs, hidden..., outputs. */
  get layers(): number[] {
    return [...this.network.sizes];
  }

  /** Of the hidden layers: one name if they share it, else one a layer; `"identity"` without hidden layers. */
  get activation(): Activations {
    return oneForAll(this.network.activations);
  }

  /** Of the last layer. */
  get output(): O {
    return this.network.output as O;
  }

  /** Of the hidden layers' sums: one name if they share it, else one a layer. */
  get normalization(): Normalization | readonly Normalization[] {
    const { normalization = "none" } = this.design;
    return typeof normalization === "string" ? normalization : [...normalization];
  }

  /** What a fit makes small. */
  get loss(): Loss {
    return this.network.loss;
  }

  /** @internal */
  get design(): Design {
    return this.network.design;
  }

  /** Weights and biases in all, gains and shifts of normalised layers too. */
  get parameterCount(): number {
    return this.network.layout.parameterCount;
  }

  /**
   * Computes probabilities (softmax, sigmoid) or values (linear). Synchronous: of many rows in turns, see {@link inTurns}.
   * @param x [rows, inputs], flat or one array a row, or a Dataset; finite, never written
   * @param out takes the result when given, [rows, outputs]: then nothing is allocated for a Float32Array `x`. Default: new
   * @throws TypeError, RangeError on rows of a wrong kind, width or value, or an `out` of a wrong size
   * @example
   * const out = new Float32Array(10);
   * net.predictProba(row, out);
   */
  predictProba(x: Rows | Dataset, out?: Float32Array): Float32Array {
    return predictProbabilities(this.network, x, out);
  }

  /**
   * Computes logits: the sums of the last layer, before its softmax, sigmoid or activation. Synchronous, as above.
   * @returns [rows, outputs]
   * @throws TypeError, RangeError on rows of a wrong kind, width or value
   * @example
   * net.logits(row).length; // 10
   */
  logits(x: Rows | Dataset): Float32Array {
    return predictLogits(this.network, x);
  }

  /**
   * Computes the logarithms of probabilities, precise also where these are next to 0. Synchronous, as above.
   * @returns [rows, outputs]; of sigmoid outputs log p of each
   * @throws TypeError, RangeError on rows of a wrong kind, width or value, or a net without probabilities
   * @example
   * const surprise = -net.predictLogProba(row)[7]; // of the digit 7
   */
  predictLogProba(x: Rows | Dataset): Float32Array {
    return logProbabilities(this.network, x);
  }

  /**
   * Computes what a layer gives to the next: the features that the net has learned. Synchronous, as above.
   * @param layer from 1, the first hidden layer, to the last, which gives what `predictProba` does; `layers[layer]` is its width
   * @returns [rows, width]
   * @throws TypeError, RangeError on rows of a wrong kind, width or value, or a layer that is none
   * @example
   * net.activations(row, 1).length; // 32
   */
  activations(x: Rows | Dataset, layer: number): Float32Array {
    return activationsOf(this.network, x, layer);
  }

  /**
   * Decides: class ids for softmax (Int32Array [rows], the first of equals), 0 or 1 for sigmoid (Uint8Array [rows,
   * outputs], 1 where the probability is above ½), values for linear (Float32Array [rows, outputs]). Synchronous, as above.
   * @param x [rows, inputs], flat or one array a row, or a Dataset; finite, never written
   * @throws TypeError, RangeError on rows of a wrong kind, width or value
   * @example
   * const [digit] = net.predict(row);
   */
  predict(x: Rows | Dataset): Predictions<O> {
    return decide(this.network, x) as Predictions<O>;
  }

  /** @internal */
  override toString(): string {
    return `MLP ${this.layers.join("-")}, ${this.parameterCount} parameters`;
  }
}
