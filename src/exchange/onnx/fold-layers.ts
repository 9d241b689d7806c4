/** From the steps of a graph to the layers of a network: what scales and shifts is folded into the weights, in float64. */
import { show } from "../../ground/check.js";
import { type Activation, nameOf, OUTPUTS, type Output } from "../../net/activations.js";
import type { LayerParameters } from "../../net/layer-views.js";
import { refuse } from "./refusal.js";
import type { ActivationOperator, Constant, Factor, Rows, Scores } from "./values.js";

/** What a network of ours is made of. */
export interface Layers {
  readonly sizes: readonly number[];
  /** Of each hidden layer. */
  readonly activations: readonly Activation[];
  readonly output: Output;
  /** Made when asked for. */
  parameters(): LayerParameters[];
}

interface Affine {
  readonly scale: Factor;
  readonly shift: Factor;
}

interface Layer {
  readonly by: string;
  readonly weights: Constant;
  readonly inputs: number;
  readonly outputs: number;
  readonly before: readonly Affine[];
  readonly after: Affine[];
  activation?: { readonly operator: ActivationOperator; readonly as?: Activation | undefined; readonly by: string };
}

/** Nodes that scale or shift, in a row: more are no model but work. */
const MOST_IN_A_ROW = 16;

/**
 * Plans the layers that compute the scores.
 * @param limit bytes that the parameters may take in float32
 * @throws Error naming the node that no MLP has in its place
 */
export function planLayers(scores: Scores, limit: number): Layers {
  const layers = readLayers(scores.kind === "pair" ? scores.of : scores);
  const last = layers[layers.length - 1];
  const output = scores.kind === "pair" ? "softmax" : outputOf(last);
  const sizes = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
  if (scores.kind === "pair") sizes[layers.length] = 2;
  const bytes = 4 * layers.reduce((sum, layer) => sum + (layer.inputs + 1) * layer.outputs, 0);
  // The same weights may serve many layers: what they come to is not bounded by the file.
  if (bytes > limit) refuse(`hold the weights of its layers once each (${limit} bytes)`, `layers of ${bytes} bytes`);
  return {
    sizes,
    output,
    activations: layers.slice(0, -1).map(hiddenActivation),
    parameters: () => {
      const parameters = layers.map(fold);
      if (scores.kind === "pair") parameters.push(pairUp(parameters.pop() as LayerParameters));
      return parameters;
    },
  };
}

function readLayers(rows: Rows): Layer[] {
  const steps: Rows[] = [];
  for (let at: Rows | undefined = rows; at?.step; at = at.from) steps.push(at);
  const layers: Layer[] = [];
  let pending: Affine[] = [];
  for (const { step, by } of steps.reverse()) {
    const layer = layers.at(-1);
    if (step?.kind === "dense") {
      layers.push({
        by,
        weights: step.weights,
        inputs: step.inputs,
        outputs: step.outputs,
        before: pending,
        after: [],
      });
      pending = [];
    } else if (step?.kind === "affine") {
      const list = layer && !layer.activation ? layer.after : pending;
      if (list.push(step) > MOST_IN_A_ROW) refuse(`scale or shift at most ${MOST_IN_A_ROW} times in a row`, by);
    } else if (step?.kind === "activation") {
      if (!layer) return refuse("begin with a Gemm or MatMul", by);
      if (layer.activation || pending.length > 0) refuse("have weights between two activations", by);
      layer.activation = { operator: step.operator, as: step.as, by };
    }
  }
  if (layers.length === 0) refuse("hold a Gemm or MatMul node", "none on the way to its outputs");
  if (pending.length > 0) refuse("end with weights or an activation", rows.by);
  return layers;
}

function hiddenActivation({ activation }: Layer): Activation {
  if (!activation) return "identity";
  return activation.as ?? refuse("have an activation after each of its hidden layers", activation.by);
}

function outputOf({ activation }: Layer): Output {
  if (!activation) return "linear";
  const { operator, as, by } = activation;
  if (operator === "Softmax" || operator === "LogSoftmax") return "softmax";
  if (as === undefined) return refuse("end with Softmax, LogSoftmax or an activation", by);
  // Of those with a number there is an output for the usual one.
  return (
    OUTPUTS.find((name) => name === as) ?? refuse("end with an activation without a number", `${nameOf(as)} by ${by}`)
  );
}

/** Several scalings and shifts as one: x · scale[i] + shift[i]; undefined for none. */
function compose(steps: readonly Affine[], count: number): { scale: Float64Array; shift: Float64Array } | undefined {
  if (steps.length === 0) return undefined;
  const scale = new Float64Array(count).fill(1);
  const shift = new Float64Array(count);
  for (const step of steps) {
    for (let i = 0; i < count; i++) {
      const factor = step.scale(i);
      scale[i] *= factor;
      shift[i] = shift[i] * factor + step.shift(i);
    }
  }
  return { scale, shift };
}

/**
 * What the shifts before a layer may come to in one of its sums. x·w - m·w stands for (x - m)·w then, and float32 rounds
 * numbers of that size by up to 2⁻¹⁹: within 10⁻⁵ for a few of them.
 */
const MOST_SHIFT = 64;

/** ((x · s + t) · W) · u + v as x · W' + b': W' = s · W · u, b' = (t · W) · u + v. */
function fold(layer: Layer): LayerParameters {
  const { inputs, outputs } = layer;
  const { tensor, transposed } = layer.weights;
  const before = compose(layer.before, inputs);
  const after = compose(layer.after, outputs);
  const weights = new Float32Array(inputs * outputs);
  const biases = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const factor = after ? after.scale[o] : 1;
    let shifts = 0;
    for (let i = 0; i < inputs; i++) {
      const stored = tensor.at(transposed ? o * inputs + i : i * outputs + o);
      if (!Number.isFinite(stored)) refuseNumber(layer, stored);
      const scale = before ? before.scale[i] : 1;
      const weight = Math.fround(stored * scale * factor);
      weights[i * outputs + o] = weight;
      if (!before || before.shift[i] === 0) continue;
      // By the weight as float32 rounded it: where x · s is -t, the two cancel whatever the rounding was.
      const shift = before.shift[i] * (weight === 0 || scale === 0 ? stored * factor : weight / scale);
      shifts += checkShift(layer, shift);
    }
    biases[o] = checkShift(layer, shifts) + (after ? after.shift[o] : 0);
  }
  // What scaling makes of finite numbers may not be.
  for (const numbers of [weights, biases]) {
    const found = numbers.findIndex((number) => !Number.isFinite(number));
    if (found >= 0) refuseNumber(layer, numbers[found]);
  }
  return { weights, biases, inputs, outputs };
}

function refuseNumber({ by, weights }: Layer, number: number): never {
  return refuse(`have weights that are finite in float32 at ${by}`, `${number} by ${show(weights.tensor.name)}`);
}

function checkShift({ by }: Layer, shift: number): number {
  if (!(Math.abs(shift) > MOST_SHIFT)) return shift;
  return refuse(`shift what ${by} reads by no more than float32 can hold beside it (${MOST_SHIFT})`, `${shift}`);
}

/** One sigmoid output z as two of a softmax, by exact algebra: e⁰ / (e⁰ + eᶻ) = 1 - σ(z), eᶻ / (e⁰ + eᶻ) = σ(z). */
function pairUp({ weights, biases, inputs }: LayerParameters): LayerParameters {
  const both = new Float32Array(2 * inputs);
  for (let i = 0; i < inputs; i++) both[2 * i + 1] = weights[i];
  return { weights: both, biases: Float32Array.of(0, biases[0]), inputs, outputs: 2 };
}
