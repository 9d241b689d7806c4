/** Activations of TensorFlow.js and Keras, by what Dense and Activation layers call them and as layers of their own. */
import { field } from "../file/json.js";
import { show } from "../ground/check.js";
import { type Activation, nameOf, OUTPUTS, type Output } from "../net/activations.js";
import type { Refuse } from "./refuser.js";

/** What is applied to a layer's sums: what it is here, undefined if nothing is the same, and how errors name it. */
export interface Applied {
  readonly as: Activation | "softmax" | undefined;
  readonly label: string;
  /** What sums are multiplied by first. Default: 1. */
  readonly factor?: number;
}

/** What their names mean here. */
const NAMES: Readonly<Record<string, Activation>> = {
  relu: "relu",
  sigmoid: "sigmoid",
  tanh: "tanh",
  linear: "identity",
  elu: "elu",
  selu: "selu",
  softplus: "softplus",
  softsign: "softsign",
  gelu: "gelu",
  gelu_new: "gelu-tanh",
  relu6: "relu6",
  swish: "silu",
  silu: "silu",
  mish: "mish",
  exponential: "exponential",
  celu: "elu",
  hard_tanh: "hard-tanh",
  leaky_relu: { "leaky-relu": 0.2 },
};

/** Layers that are activations. */
export const ACTIVATION_LAYERS = ["ReLU", "LeakyReLU", "ELU", "Softmax"];

/** The older hard sigmoid, 0.2x + 0.5, is the newer one, x/6 + 0.5, of 1.2x. */
const OLDER = 1.2;

export interface Activating {
  readonly type: unknown;
  readonly config: unknown;
  readonly label: string;
}

/**
 * What a layer does to the sums: a Dense or an Activation by a name, others by what they are.
 * @param version of Keras; where it is not known, and it matters, the layer is refused
 */
export function appliedBy(layer: Activating, version: 2 | 3 | undefined, refuse: Refuse): Applied {
  const { type, config, label } = layer;
  if (ACTIVATION_LAYERS.includes(type as string)) return { as: ofOwn(layer, refuse), label };
  const given = field(config, "activation") ?? "linear";
  const [own, ofFunction] = [field(given, "class_name"), field(given, "config")];
  if (ACTIVATION_LAYERS.includes(own as string)) {
    return { as: ofOwn({ type: own, config: ofFunction, label }, refuse), label };
  }
  const name = own === "function" ? ofFunction : given;
  if (typeof name !== "string") return refuse(`name the activation of ${label}`, show(name));
  if (name === "hard_sigmoid" || name === "hardSigmoid") {
    if (version) return { as: "hard-sigmoid", label: `${show(name)} in ${label}`, factor: version === 2 ? OLDER : 1 };
    refuse("say which hard_sigmoid it has: that of Keras 3 is x/6 + 0.5, that of tfjs 0.2x + 0.5", `one in ${label}`);
  }
  const as = name === "softmax" ? name : Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return { as, label: `${show(name)} in ${label}` };
}

/** A layer of its own, with its number. */
function ofOwn({ type, config, label }: Activating, refuse: Refuse): Activation | "softmax" {
  const number = (...names: string[]) => names.map((name) => field(config, name)).find((value) => value != null);
  const inRange = (name: string, value: unknown, least: number, most: number): number => {
    if (typeof value === "number" && value >= least && value <= most) return value;
    return refuse(`give ${label} ${name} from ${least} to ${most}`, show(value));
  };
  const leaky = (slope: number): Activation => (slope === 0.01 ? "leaky-relu" : { "leaky-relu": slope });
  if (type === "Softmax") {
    const axis = number("axis") ?? -1;
    return axis === -1 || axis === 1 ? "softmax" : refuse(`have its softmax over a row in ${label}`, show(axis));
  }
  if (type === "LeakyReLU") return leaky(inRange("alpha", number("alpha", "negative_slope") ?? 0.3, 0, 1));
  if (type === "ELU") {
    const alpha = inRange("alpha", number("alpha") ?? 1, 2 ** -40, 2 ** 40);
    return alpha === 1 ? "elu" : { elu: alpha };
  }
  const [most, slope = 0, threshold = 0] = ["max_value", "negative_slope", "threshold"].map((name) => number(name));
  if (slope !== 0 && threshold === 0 && most === undefined) return leaky(inRange("negative_slope", slope, 0, 1));
  const isPlain = slope === 0 && threshold === 0 && (most === undefined || most === 6);
  if (!isPlain) refuse(`give ${label} max_value 6 or none and nothing else`, show({ most, slope, threshold }));
  return most === undefined ? "relu" : "relu6";
}

export function hiddenActivation({ as, label }: Applied, refuse: Refuse): Activation {
  if (as !== undefined && as !== "softmax") return as;
  return refuse(`have ${Object.keys(NAMES).join(", ")} in its hidden layers`, label);
}

/** The output of a network that ends so; undefined if it takes a layer more, as an activation with a number does. */
export function outputOf({ as, label }: Applied, refuse: Refuse): Output | undefined {
  if (as === "identity") return "linear";
  if (as === undefined) return refuse(`end in softmax, ${Object.keys(NAMES).join(", ")}`, label);
  return typeof as === "string" ? (OUTPUTS.find((name) => name === as) as Output) : undefined;
}

/** As errors show it. */
export const shown = ({ as, label }: Applied) => (typeof as === "object" ? `${nameOf(as)} in ${label}` : label);
