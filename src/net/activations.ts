/** What layers apply to their sums, by name: hidden layers an activation, the last layer an output. */

/** The names of activations. */
export type ActivationName =
  | "relu"
  | "sigmoid"
  | "tanh"
  | "identity"
  | "leaky-relu"
  | "elu"
  | "selu"
  | "gelu"
  | "gelu-tanh"
  | "silu"
  | "mish"
  | "softplus"
  | "softsign"
  | "hard-sigmoid"
  | "hard-tanh"
  | "relu6"
  | "exponential";

/**
 * An activation of hidden layers: a name (leaky ReLU's slope is 0.01 then, ELU's alpha 1), or a name with its number:
 * `{ "leaky-relu": 0.2 }`, `{ elu: 1.5 }`. docs/vocabulary.md has their formulas.
 */
export type Activation = ActivationName | { readonly "leaky-relu": number } | { readonly elu: number };

/**
 * The last layer's output: probabilities of classes that exclude each other (`"softmax"`), of things that do not (`"sigmoid"`), or
 * values: the sums themselves (`"linear"`) or what an activation makes of them.
 */
export type Output = "softmax" | "sigmoid" | "linear" | Exclude<ActivationName, "sigmoid" | "identity">;

/** Those that the core has. */
export const COMMON_ACTIVATIONS = ["relu", "sigmoid", "tanh", "identity"] as const;
export const COMMON_OUTPUTS = ["softmax", "sigmoid", "linear"] as const;

export const ACTIVATIONS: readonly ActivationName[] = [
  ...COMMON_ACTIVATIONS,
  ...(["leaky-relu", "elu", "selu", "gelu", "gelu-tanh", "silu", "mish", "softplus", "softsign"] as const),
  ...(["hard-sigmoid", "hard-tanh", "relu6", "exponential"] as const),
];
export const OUTPUTS: readonly Output[] = [
  ...COMMON_OUTPUTS,
  ...ACTIVATIONS.filter((name) => name !== "sigmoid" && name !== "identity"),
];

/** One activation for all hidden layers, or a list with one for each. */
export type Activations = Activation | readonly Activation[];

/** Its name, and its number if it was given one. */
export function partsOf(activation: Activation): [name: ActivationName, number: number | undefined] {
  if (typeof activation === "string") return [activation, undefined];
  const [[name, number]] = Object.entries(activation);
  return [name as ActivationName, number];
}

/** As people read it: "leaky-relu(0.2)". */
export function nameOf(activation: Activation): string {
  const [name, number] = partsOf(activation);
  return number === undefined ? name : `${name}(${number})`;
}

/** One name if the hidden layers share it, else a list; "identity" without hidden layers. */
export function oneForAll(activations: readonly Activation[]): Activations {
  const [first = "identity"] = activations;
  const isFirst = (own: Activation) => nameOf(own) === nameOf(first);
  return activations.every(isFirst) ? first : [...activations];
}

/** The activation of each of `hidden` layers. */
export function perLayer(activation: Activations, hidden: number): readonly Activation[] {
  return Array.isArray(activation) ? activation : new Array<Activation>(hidden).fill(activation as Activation);
}

/** Whether an output is of classes: what is decided is not what was computed. */
export function hasClasses(output: Output): output is "softmax" | "sigmoid" {
  return output === "softmax" || output === "sigmoid";
}
