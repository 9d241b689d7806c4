/** From what a chain of layers does to the layers of an MLP: what scales and shifts is folded into weights, in float64. */
import type { Scaling } from "../data/scaling.js";
import { MLP } from "../model/mlp.js";
import type { Activation, Output } from "../net/activations.js";
import type { LayerParametersLike } from "../net/layer-views.js";
import { type Applied, hiddenActivation, outputOf, shown } from "./keras-activations.js";
import type { Affine, Operation, Parts } from "./keras-operations.js";
import type { Refuse } from "./refuser.js";

/** A Dense layer with what is applied to its sums. */
interface Stage {
  readonly label: string;
  readonly inputs: number;
  readonly units: number;
  weights: Float32Array | Float64Array;
  biases: Float32Array | Float64Array;
  applied: Applied;
}

/** What becomes of a chain. */
export interface Folded {
  readonly net: MLP;
  /** What is done to rows first, where float32 weights could not: as `Dataset.standardise` and {@link Scaling} have it. */
  readonly scaling?: Scaling;
}

/** Means of so many deviations are subtracted from rows: in weights of float32 they would cost more than the sixth digit. */
const MOST_DEVIATIONS = 32;

/** Layers that only scale have squares of weights, so many numbers together at most. */
const MOST_ADDED = 2 ** 19;

const LINEAR = (label: string): Applied => ({ as: "identity", label });

/**
 * The network that computes what the operations do.
 * @param read gives an operation's weights
 * @throws Error naming the layer that no MLP has in its place
 */
export async function foldChain(
  operations: readonly Operation[],
  read: (operation: Operation) => Promise<Parts>,
  refuse: Refuse,
): Promise<Folded> {
  const stages = new Stages(refuse);
  for (const operation of operations) stages.add(operation, await read(operation));
  return stages.close();
}

class Stages {
  private readonly stages: Stage[] = [];
  /** What is done to the rows that the next Dense layer takes. */
  private pending: Affine | undefined;
  private scaling: Scaling | undefined;
  private added = 0;
  private width = 0;

  constructor(private readonly refuse: Refuse) {}

  add(operation: Operation, parts: Parts): void {
    const { label } = operation.layer;
    if (operation.kind === "affine") {
      this.width = operation.size;
      this.scale(operation.of(parts));
    } else if (operation.kind === "activation") this.apply(operation.applied);
    else {
      const { inputs, units } = operation;
      const { kernel: weights, bias: biases = new Float32Array(units) } = parts;
      this.push({ label, inputs, units, weights, biases, applied: LINEAR(label) });
    }
  }

  async close(): Promise<Folded> {
    if (this.pending) this.pushDiagonal();
    const { refuse } = this;
    let output = outputOf(this.last.applied, refuse);
    if (output === undefined) {
      this.pending = { scale: Float64Array.of(1), shift: Float64Array.of(0) };
      this.pushDiagonal();
      output = "linear";
    }
    const { stages } = this;
    const activation: Activation[] = stages.slice(0, -1).map(({ applied }) => hiddenActivation(applied, refuse));
    const parameters: LayerParametersLike[] = stages.map(({ label, weights, biases }) => ({
      weights: this.finite(weights, "kernel", label),
      biases: this.finite(biases, "bias", label),
    }));
    const layers = [stages[0].inputs, ...stages.map(({ units }) => units)];
    // These weights are replaced: the quickest to draw will do.
    const net = await MLP.create<Output>({ layers, activation, output, init: "he-uniform" });
    net.setParameters(parameters);
    return { net, ...(this.scaling && { scaling: this.scaling }) };
  }

  private get last(): Stage {
    return this.stages[this.stages.length - 1];
  }

  private push(stage: Stage): void {
    const { pending } = this;
    this.pending = undefined;
    const affine = pending && this.stages.length === 0 ? this.standardise(pending, stage.inputs) : pending;
    if (affine) scaleInputs(stage, affine);
    this.stages.push(stage);
    this.width = stage.units;
  }

  private apply(applied: Applied): void {
    if (applied.as === "identity") return;
    if (this.pending) this.pushDiagonal();
    const { last } = this;
    if (last?.applied.as !== "identity") {
      const got = last ? `it after ${shown(last.applied)}` : "it after none";
      this.refuse(`apply ${shown(applied)} to the sums of a Dense layer`, got);
    }
    const { factor = 1 } = applied;
    if (factor !== 1) scaleOutputs(last, { scale: Float64Array.of(factor), shift: Float64Array.of(0) });
    last.applied = applied;
  }

  private scale(affine: Affine): void {
    const { pending, last } = this;
    if (pending) this.pending = compose(pending, affine);
    else if (last?.applied.as === "identity") scaleOutputs(last, affine);
    else this.pending = affine;
  }

  /** A layer that only scales. */
  private pushDiagonal(): void {
    const { width } = this;
    this.added += width * width;
    const label = "what scales its numbers";
    if (this.added > MOST_ADDED) this.refuse("scale what a Dense layer takes or gives", `${width} numbers elsewhere`);
    const weights = new Float32Array(width * width);
    for (let i = 0; i < width; i++) weights[i * width + i] = 1;
    const biases = new Float32Array(width);
    this.push({ label, inputs: width, units: width, weights, biases, applied: LINEAR(label) });
  }

  /** Takes out what float32 weights could not do to the rows of the first layer; returns what is left. */
  private standardise({ scale, shift }: Affine, inputs: number): Affine | undefined {
    const isFar = shift.some((value, i) => scale[i] !== 0 && Math.abs(value) > MOST_DEVIATIONS);
    if (!isFar) return { scale, shift };
    const at = Array.from({ length: inputs }, (_, i) => i % scale.length);
    const mean = at.map((i) => (scale[i] === 0 ? 0 : -shift[i] / scale[i]));
    const deviation = at.map((i) => 1 / Math.abs(scale[i] || 1));
    if (![...mean, ...deviation].every(Number.isFinite)) this.refuse("scale its rows by finite numbers", "others");
    this.scaling = { mean, deviation };
    return {
      scale: scale.map((value) => Math.sign(value)),
      shift: shift.map((value, i) => (scale[i] === 0 ? value : 0)),
    };
  }

  private finite(numbers: Float32Array | Float64Array, part: string, label: string): Float32Array {
    const single = numbers instanceof Float32Array ? numbers : Float32Array.from(numbers);
    const odd = single.find((value) => !Number.isFinite(value));
    return odd === undefined ? single : this.refuse(`give ${label} a ${part} of finite numbers`, `${odd}`);
  }
}

/** The second after the first. */
function compose(first: Affine, second: Affine): Affine {
  const length = Math.max(first.scale.length, second.scale.length);
  const at = ({ scale, shift }: Affine, i: number) => [scale[i % scale.length], shift[i % shift.length]];
  const pairs = Array.from({ length }, (_, i) => [...at(first, i), ...at(second, i)]);
  return {
    scale: Float64Array.from(pairs, ([a, , b]) => a * b),
    shift: Float64Array.from(pairs, ([, s, b, t]) => s * b + t),
  };
}

/** W'ij = ai·Wij, b'j = bj + Σi si·Wij. */
function scaleInputs(stage: Stage, { scale, shift }: Affine): void {
  const { inputs, units } = stage;
  const [weights, biases] = [Float64Array.from(stage.weights), Float64Array.from(stage.biases)];
  for (let i = 0; i < inputs; i++) {
    const [a, s] = [scale[i % scale.length], shift[i % shift.length]];
    for (let j = 0, at = i * units; j < units; j++, at++) {
      biases[j] += s * weights[at];
      weights[at] *= a;
    }
  }
  Object.assign(stage, { weights, biases });
}

/** W'ij = Wij·aj, b'j = bj·aj + sj. */
function scaleOutputs(stage: Stage, { scale, shift }: Affine): void {
  const { inputs, units } = stage;
  const [weights, biases] = [Float64Array.from(stage.weights), Float64Array.from(stage.biases)];
  for (let j = 0; j < units; j++) {
    const [a, s] = [scale[j % scale.length], shift[j % shift.length]];
    for (let i = 0; i < inputs; i++) weights[i * units + j] *= a;
    biases[j] = biases[j] * a + s;
  }
  Object.assign(stage, { weights, biases });
}
