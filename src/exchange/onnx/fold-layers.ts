/** From the steps of a graph to the layers of a network: what scales and shifts is folded into the weights, in float64. */
import { show } from "../../ground/check.js";
import { type Activation, OUTPUTS, type Output } from "../../net/activations.js";
import type { Normalization } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import { type Layer, type Linear, readLayers } from "./layer-plan.js";
import { refuse } from "./refusal.js";
import type { Rows } from "./values.js";

/** What a network of ours is made of. */
export interface Layers {
  readonly sizes: readonly number[];
  /** Of each hidden layer. */
  readonly activations: readonly Activation[];
  readonly normalizations: readonly Normalization[];
  readonly output: Output;
  readonly parameters: readonly LayerParameters[];
}

/** How the first layer reads its inputs, if not as the graph does. */
export interface FirstLayer {
  readonly width: number;
  make(layer: Layer): LayerParameters;
}

export interface Plan {
  readonly first: Layer;
  /** @param limit bytes that the parameters may take in float32 */
  build(limit: number, first?: FirstLayer): Layers;
}

/** How the scores are to be read. */
export interface Ending {
  /** One sigmoid output stands for two probabilities. */
  readonly isPair: boolean;
  /** Classes are told by the largest score alone. */
  readonly isDecision: boolean;
  /** The outputs are those of a table's model: classes or values. */
  readonly isTable: boolean;
  /** What logits are to become. */
  readonly output: "softmax" | "sigmoid" | undefined;
}

/**
 * Plans the layers that compute the scores.
 * @throws Error naming the node that no MLP has in its place
 */
export function planLayers(rows: Rows, ending: Ending): Plan {
  const layers = readLayers(rows, (layer) => isSums(layer) || mayEnd(layer, ending));
  const { isPair } = ending;
  const last = layers[layers.length - 1];
  const output = isPair ? "softmax" : endOf(last, ending);
  const activations = layers.slice(0, -1).map(hiddenActivation);
  const normalizations = layers.slice(0, -1).map(({ epsilon }) => (epsilon === undefined ? "none" : "layer"));
  const build = (limit: number, first?: FirstLayer): Layers => {
    const sizes = [first?.width ?? inputsOf(layers[0]), ...layers.map(outputsOf)];
    if (isPair) sizes[layers.length] = 2;
    const bytes = 4 * layers.reduce((sum, _, l) => sum + (sizes[l] + 1) * sizes[l + 1], 0);
    // The same weights may serve many layers: what they come to is not bounded by the file.
    if (!(bytes <= limit))
      refuse(`hold the weights of its layers once each (${limit} bytes)`, `layers of ${bytes} bytes`);
    const parameters = layers.map((layer, l) => (l === 0 && first ? first.make(layer) : fold(layer)));
    if (isPair) parameters.push(pairUp(parameters.pop() as LayerParameters));
    return { sizes, output, activations, normalizations, parameters };
  };
  return { first: layers[0], build };
}

const isSums = ({ activation }: Layer) => activation === undefined;

/** Whether what a layer ends in may end the network. */
function mayEnd(layer: Layer, { isPair, isDecision, isTable }: Ending): boolean {
  const output = outputOf(layer);
  if (isPair || output === "softmax") return output !== undefined;
  return !isDecision && !isTable && output !== undefined;
}

function hiddenActivation({ activation }: Layer): Activation {
  if (!activation) return "identity";
  return activation.as ?? refuse("have an activation after each of its hidden layers", activation.by);
}

/** Of those with a number there is an output for the usual one. */
function outputOf({ activation }: Layer): Output | undefined {
  if (!activation) return "linear";
  const { operator, as } = activation;
  if (operator === "Softmax" || operator === "LogSoftmax") return "softmax";
  return as === undefined ? undefined : OUTPUTS.find((name) => name === as);
}

function endOf(last: Layer, { isDecision, output: asked }: Ending): Output {
  const output = isDecision ? "softmax" : (outputOf(last) as Output);
  if (!asked || asked === output) return output;
  if (output !== "linear") refuse(`end in logits for { output: "${asked}" }`, last.activation?.by ?? output);
  if (asked === "softmax" && outputsOf(last) < 2) {
    refuse('have two logits at least for { output: "softmax" }', "one: ask for sigmoid");
  }
  return asked;
}

/** Several steps as one: of the numbers there were, which ones, times scale, plus shift. */
export interface Composed {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Undefined for all, in their order. */
  readonly places: Int32Array | undefined;
}

export function compose(steps: readonly Linear[], count: number): Composed {
  let scale = new Float64Array(count).fill(1);
  let shift = new Float64Array(count);
  let places: Int32Array | undefined;
  for (const step of steps) {
    if (step.kind === "select") {
      const own = Int32Array.from({ length: step.count }, (_, i) => step.place(i));
      if (own.some((place) => place < 0 || place >= scale.length))
        refuse("choose numbers that its rows have", "others");
      [scale, shift] = [own, own].map((list, i) =>
        Float64Array.from(list, (place) => (i === 0 ? scale : shift)[place]),
      );
      places = places ? own.map((place) => (places as Int32Array)[place]) : own;
      continue;
    }
    for (let i = 0; i < scale.length; i++) {
      const factor = step.scale(i);
      scale[i] *= factor;
      shift[i] = shift[i] * factor + step.shift(i);
    }
  }
  return { scale, shift, places };
}

/** How many numbers a layer reads, and how many it gives, once chosen. */
const inputsOf = ({ before, inputs }: Layer) => before.find((step) => step.kind === "select")?.of ?? inputs;
const outputsOf = ({ after, outputs }: Layer) =>
  after.reduce((count, step) => (step.kind === "select" ? step.count : count), outputs);

/**
 * What the shifts before a layer may come to in one of its sums. x·w - m·w stands for (x - m)·w then, and float32 rounds
 * numbers of that size by up to 2⁻¹⁹: within 10⁻⁵ for a few of them.
 */
export const MOST_SHIFT = 64;

/** Of the library's layer normalisation. */
const EPSILON = Math.fround(1e-5);

/** ((x · s + t) · W) · u + v as x · W' + b': W' = s · W · u, b' = (t · W) · u + v; then what normalises it. */
export function fold(layer: Layer, onLarge: OnLarge = refuseShift): LayerParameters {
  const { weights: tensor } = layer;
  const before = layer.before.length > 0 ? compose(layer.before, inputsOf(layer)) : undefined;
  const after = layer.after.length > 0 ? compose(layer.after, layer.outputs) : undefined;
  // Sums c times as large have a variance c² times as large: so any epsilon becomes the library's.
  const spread = layer.epsilon === undefined || isNear(layer.epsilon) ? 1 : Math.sqrt(EPSILON / layer.epsilon);
  const [inputs, outputs] = [inputsOf(layer), outputsOf(layer)];
  const weights = new Float32Array(inputs * outputs);
  const biases = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const factor = (after ? after.scale[o] : 1) * spread;
    const column = after?.places ? after.places[o] : o;
    let shifts = 0;
    for (let i = 0; i < layer.inputs; i++) {
      const stored = tensor.at(i * layer.outputs + column);
      if (!Number.isFinite(stored)) refuseNumber(layer, stored);
      const scale = before ? before.scale[i] : 1;
      const weight = Math.fround(stored * scale * factor);
      const place = (before?.places ? before.places[i] : i) * outputs + o;
      // Numbers that were chosen twice have two weights, whose sum is theirs.
      weights[place] = weights[place] === 0 ? weight : weights[place] + weight;
      if (!before || before.shift[i] === 0) continue;
      // By the weight as float32 rounded it: where x · s is -t, the two cancel whatever the rounding was.
      const shift = before.shift[i] * (weight === 0 || scale === 0 ? stored * factor : weight / scale);
      shifts += checkShift(layer, shift, onLarge);
    }
    biases[o] = checkShift(layer, shifts, onLarge) + (after ? after.shift[o] * spread : 0);
  }
  return normalise(layer, { weights, biases, inputs, outputs });
}

const isNear = (epsilon: number) => Math.abs(epsilon - EPSILON) <= 1e-7 * EPSILON;

function normalise(layer: Layer, parameters: LayerParameters): LayerParameters {
  const { outputs } = parameters;
  const numbers = [parameters.weights, parameters.biases];
  let all = parameters;
  if (layer.epsilon !== undefined) {
    const { scale, shift } = compose(layer.normalised, outputs);
    all = { ...parameters, gain: Float32Array.from(scale), shift: Float32Array.from(shift) };
    numbers.push(all.gain as Float32Array, all.shift as Float32Array);
  }
  // What scaling makes of finite numbers may not be.
  for (const list of numbers) {
    const found = list.findIndex((number) => !Number.isFinite(number));
    if (found >= 0) refuseNumber(layer, list[found]);
  }
  return all;
}

function refuseNumber({ by, weights }: Layer, number: number): never {
  return refuse(`have weights that are finite in float32 at ${by}`, `${number} by ${show(weights.name)}`);
}

function checkShift(layer: Layer, shift: number, onLarge: OnLarge): number {
  return Math.abs(shift) > MOST_SHIFT ? onLarge(layer, shift) : shift;
}

type OnLarge = (layer: Layer, shift: number) => number;

function refuseShift({ by }: Layer, shift: number): never {
  return refuse(`shift what ${by} reads by no more than float32 can hold beside it (${MOST_SHIFT})`, `${shift}`);
}

/** One sigmoid output z as two of a softmax, by exact algebra: e⁰ / (e⁰ + eᶻ) = 1 - σ(z), eᶻ / (e⁰ + eᶻ) = σ(z). */
function pairUp({ weights, biases, inputs }: LayerParameters): LayerParameters {
  const both = new Float32Array(2 * inputs);
  for (let i = 0; i < inputs; i++) both[2 * i + 1] = weights[i];
  return { weights: both, biases: Float32Array.of(0, biases[0]), inputs, outputs: 2 };
}
