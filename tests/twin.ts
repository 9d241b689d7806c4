/** The whole network in float64, put together from tests/reference.ts: what src/net/network.ts and src/train/trainer.ts must do. */

import { Random } from "../src/ground/random.js";
import type { Activations, Loss, Output } from "../src/index.js";
import { hasClasses, perLayer } from "../src/net/activations.js";
import { type Design, lossOf, outputsPerTarget } from "../src/net/design.js";
import {
  biasesGradient,
  dense,
  inputsGradient,
  type LossAndGradient,
  type OptimizerState,
  penalty,
  sigmoidCrossEntropy,
  softmaxCrossEntropy,
  weightsGradient,
} from "./reference.js";
import { curveOf, valueLoss } from "./reference-curves.js";

export interface Case {
  sizes: number[];
  activation: Activations;
  output: Output;
  loss?: Loss;
  l1: number;
  l2: number;
  rows: number;
}

export function designOf({ sizes, activation, output, loss }: Case): Design {
  return { layers: sizes, activation, output, loss };
}

/** Seeded rows and targets for a case; values that float32 holds exactly. */
export function makeRows(plan: Case, seed: number): { x: Float32Array; y: Float32Array } {
  const { sizes, output, rows } = plan;
  const random = new Random(seed);
  const outputs = sizes[sizes.length - 1];
  const x = Float32Array.from({ length: rows * sizes[0] }, () => random.normal());
  const loss = lossOf(plan);
  const targets = output === "softmax" ? 1 : outputs / outputsPerTarget(loss);
  const y = Float32Array.from({ length: rows * targets }, () => {
    if (output === "softmax") return random.below(outputs);
    if (loss === "poisson") return random.below(5);
    return output === "sigmoid" ? random.below(2) : random.normal();
  });
  return { x, y };
}

/** Parameters in one list: W1 b1 W2 b2 ... */
export class Twin implements OptimizerState {
  readonly w: Float64Array;
  readonly state1: Float64Array;
  readonly state2: Float64Array;

  constructor(
    readonly plan: Case,
    parameters: ArrayLike<number>,
  ) {
    this.w = Float64Array.from(parameters);
    this.state1 = new Float64Array(this.w.length);
    this.state2 = new Float64Array(this.w.length);
  }

  private layer(l: number, from: number) {
    const [inputs, outputs] = [this.plan.sizes[l], this.plan.sizes[l + 1]];
    const middle = from + inputs * outputs;
    return { inputs, outputs, from, middle, end: middle + outputs };
  }

  /** The activation of hidden layer `l`. */
  private of(l: number) {
    const { activation, sizes } = this.plan;
    return curveOf(perLayer(activation, sizes.length - 2)[l]);
  }

  private layers() {
    const layers: ReturnType<Twin["layer"]>[] = [];
    for (let l = 0; l + 1 < this.plan.sizes.length; l++) layers.push(this.layer(l, layers[l - 1]?.end ?? 0));
    return layers;
  }

  /** Each layer's sums, after the inputs. */
  forward(x: ArrayLike<number>): ArrayLike<number>[] {
    const { rows } = this.plan;
    const layers = this.layers();
    const sums: ArrayLike<number>[] = [x];
    layers.forEach(({ inputs, outputs, from, middle, end }, l) => {
      const w = this.w.subarray(from, middle);
      sums.push(dense(this.values(sums, l), w, this.w.subarray(middle, end), rows, inputs, outputs));
    });
    return sums;
  }

  /** The inputs of layer `l`: what the activation below made of its sums. */
  private values(sums: ArrayLike<number>[], l: number): ArrayLike<number> {
    return l === 0 ? sums[0] : Array.from(sums[l], this.of(l - 1).f);
  }

  private dataLoss(z: ArrayLike<number>, y: ArrayLike<number>): LossAndGradient {
    const { rows, output, sizes } = this.plan;
    const outputs = sizes[sizes.length - 1];
    if (output === "softmax") return softmaxCrossEntropy(z, y, rows, outputs, 1 / rows);
    if (output === "sigmoid") return sigmoidCrossEntropy(z, y, rows * outputs, 1 / rows);
    const kind = lossOf(this.plan);
    const curve = output === "linear" || kind === "poisson" || hasClasses(output) ? undefined : curveOf(output);
    const { loss, d } = valueLoss(kind, curve ? Array.from(z, curve.f) : z, y, rows, outputs);
    return { loss, d: d.map((slope, i) => (slope * (curve?.slope(z[i]) ?? 1)) / rows) };
  }

  /** Mean loss over rows with penalties, and its gradient by every parameter. */
  lossAndGradient(x: ArrayLike<number>, y: ArrayLike<number>): { loss: number; gradient: Float64Array } {
    const { rows, l1, l2 } = this.plan;
    const sums = this.forward(x);
    const gradient = new Float64Array(this.w.length);
    const layers = this.layers();
    const data = this.dataLoss(sums[layers.length], y);
    let loss = data.loss / rows;
    let d = data.d;
    for (let l = layers.length - 1; l >= 0; l--) {
      const { inputs, outputs, from, middle } = layers[l];
      const w = this.w.subarray(from, middle);
      const extra = penalty(w, w.length, l1, l2);
      loss += extra.loss;
      gradient.set(
        weightsGradient(this.values(sums, l), d, rows, inputs, outputs).map((value, i) => value + extra.d[i]),
        from,
      );
      gradient.set(biasesGradient(d, rows, outputs), middle);
      if (l > 0) {
        const below = sums[l];
        d = inputsGradient(d, w, rows, inputs, outputs).map((dy, i) => dy * this.of(l - 1).slope(below[i]));
      }
    }
    return { loss, gradient };
  }
}

/** max|got - wanted| / max|wanted| */
export function relativeError(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  let worst = 0;
  let size = 0;
  for (let i = 0; i < wanted.length; i++) {
    worst = Math.max(worst, Math.abs(got[i] - wanted[i]));
    size = Math.max(size, Math.abs(wanted[i]));
    if (Number.isNaN(got[i])) return Number.POSITIVE_INFINITY;
  }
  return size === 0 ? worst : worst / size;
}
