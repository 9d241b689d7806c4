/** Activations of TensorFlow.js and Keras, by what Dense and Activation layers call them and as layers of their own. */
import { field } from "../file/json.js";
import { show } from "../ground/check.js";
import { type Activation, nameOf, OUTPUTS, type Output } from "../net/activations.js";
import { refuse } from "./tfjs-weights.js";

/** What is applied to a layer's sums: what it is here, undefined if nothing is the same, and how errors name it. */
export interface Applied {
  readonly as: Activation | "softmax" | undefined;
  readonly label: string;
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
};

/** Layers that are activations. */
export const ACTIVATION_LAYERS = ["ReLU", "LeakyReLU", "ELU"];

interface Layer {
  readonly type: unknown;
  readonly config: unknown;
  readonly label: string;
}

/** What a layer does to the sums: a Dense or an Activation by a name, others by what they are. */
export function appliedBy(layer: Layer): Applied {
  const { type, config, label } = layer;
  if (ACTIVATION_LAYERS.includes(type as string)) return { as: ofOwn(layer), label };
  const name = field(config, "activation") ?? "linear";
  if (typeof name !== "string") return refuse(`name the activation of ${label}`, show(name));
  if (name === "hard_sigmoid" || name === "hardSigmoid") {
    refuse("have no hard_sigmoid, which is 0.2x + 0.5 there and x/6 + 0.5 here", `one in ${label}`);
  }
  const as = name === "softmax" ? name : Object.hasOwn(NAMES, name) ? NAMES[name] : undefined;
  return { as, label: `${show(name)} in ${label}` };
}

/** A layer of its own, with its number. */
function ofOwn({ type, config, label }: Layer): Activation {
  const number = (...names: string[]) => names.map((name) => field(config, name)).find((value) => value != null);
  const inRange = (name: string, value: unknown, least: number, most: number): number => {
    if (typeof value === "number" && value >= least && value <= most) return value;
    return refuse(`give ${label} ${name} from ${least} to ${most}`, show(value));
  };
  if (type === "LeakyReLU") {
    const slope = inRange("alpha", number("alpha", "negative_slope") ?? 0.3, 0, 1);
    return slope === 0.01 ? "leaky-relu" : { "leaky-relu": slope };
  }
  if (type === "ELU") {
    const alpha = inRange("alpha", number("alpha") ?? 1, 2 ** -40, 2 ** 40);
    return alpha === 1 ? "elu" : { elu: alpha };
  }
  const [most, slope, threshold] = ["max_value", "negative_slope", "threshold"].map((name) => number(name));
  const isPlain = (slope ?? 0) === 0 && (threshold ?? 0) === 0 && (most === undefined || most === 6);
  if (!isPlain) refuse(`give ${label} max_value 6 or none and nothing else`, show({ most, slope, threshold }));
  return most === undefined ? "relu" : "relu6";
}

export function hiddenActivation({ as, label }: Applied): Activation {
  if (as !== undefined && as !== "softmax") return as;
  return refuse(`have ${Object.keys(NAMES).join(", ")} in its hidden layers`, label);
}

export function outputOf({ as, label }: Applied): Output {
  if (as === "identity") return "linear";
  if (as === "softmax") return as;
  const found = OUTPUTS.find((name) => name === as);
  if (found) return found;
  if (as === undefined) return refuse(`end in softmax, ${Object.keys(NAMES).join(", ")}`, label);
  return refuse("end in an activation without a number", `${nameOf(as)} in ${label}`);
}
