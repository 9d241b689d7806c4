/** What layers apply to their sums, by name: hidden layers an activation, the last layer an output, which fixes the loss. */

/** An activation of hidden layers. */
export type Activation = "relu" | "sigmoid" | "tanh" | "identity";

/** The last layer's output; it fixes the loss. */
export type Output = "softmax" | "sigmoid" | "linear";

export const ACTIVATIONS = ["relu", "sigmoid", "tanh", "identity"] as const;
export const OUTPUTS = ["softmax", "sigmoid", "linear"] as const;

/** One activation for all hidden layers, or a list with one for each. */
export type Activations = Activation | readonly Activation[];

/** What must be known of a network to check rows, targets and options for it. */
export interface NetworkShape {
  /** Inputs, hidden layers, outputs. */
  readonly sizes: readonly number[];
  readonly output: Output;
}

/** One name if the hidden layers share it, else a list; "identity" without hidden layers. */
export function oneForAll(activations: readonly Activation[]): Activations {
  return activations.every((own) => own === activations[0]) ? (activations[0] ?? "identity") : [...activations];
}

/** The activation of each of `hidden` layers. */
export function perLayer(activation: Activations, hidden: number): readonly Activation[] {
  return typeof activation === "string" ? new Array<Activation>(hidden).fill(activation) : activation;
}
