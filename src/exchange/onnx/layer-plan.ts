/** From the steps of a graph to layers: what has no weights before it gets those that change nothing. */
import type { Activation } from "../../net/activations.js";
import { refuse } from "./refusal.js";
import { Tensor, TYPES } from "./tensors.js";
import type { ActivationOperator, Rows, Step } from "./values.js";

/** What scales, shifts and chooses numbers. */
export type Linear = Extract<Step, { kind: "affine" | "select" }>;

export interface Layer {
  /** The node that its weights are of, or what they had to be put before. */
  readonly by: string;
  readonly weights: Tensor;
  readonly inputs: number;
  readonly outputs: number;
  readonly before: readonly Linear[];
  readonly after: Linear[];
  /** What is added to the variance of its sums, if those are normalised; and what comes then. */
  epsilon?: number;
  readonly normalised: Linear[];
  activation?: { readonly operator: ActivationOperator; readonly as?: Activation | undefined; readonly by: string };
}

/** Nodes that scale, shift or choose, in a row: more are no model but work. */
export const MOST_IN_A_ROW = 16;

const ADDED = "weights that change nothing";

/** Weights that change nothing. */
function unit(width: number): Tensor {
  return Tensor.computed(ADDED, [width, width], TYPES.FLOAT, 1, (i) => (i % (width + 1) === 0 ? 1 : 0));
}

class LayerList {
  readonly layers: Layer[] = [];
  private pending: Linear[] = [];

  private push(by: string, weights: Tensor, inputs: number, outputs: number): Layer {
    const layer = { by, weights, inputs, outputs, before: this.pending, after: [], normalised: [] };
    this.pending = [];
    this.layers.push(layer);
    return layer;
  }

  private get last(): Layer | undefined {
    return this.layers.at(-1);
  }

  /** The layer whose sums are at hand. */
  private open(by: string, width: number | undefined): Layer {
    const { last } = this;
    if (last && !last.activation && this.pending.length === 0) return last;
    if (width === undefined) return refuse("count the numbers of its rows", `${by} of rows of any number`);
    return this.push(by, unit(width), width, width);
  }

  dense(by: string, { weights, inputs, outputs }: Extract<Step, { kind: "dense" }>): void {
    this.push(by, weights, inputs, outputs);
  }

  linear(by: string, step: Linear): void {
    const { last } = this;
    const isOpen = last && !last.activation && this.pending.length === 0;
    // What is normalised over all sums cannot lose some of them.
    const isWhole = step.kind === "affine" || last?.epsilon === undefined;
    const list = isOpen && isWhole ? (last.epsilon === undefined ? last.after : last.normalised) : this.pending;
    if (list.push(step) > MOST_IN_A_ROW) refuse(`scale or shift at most ${MOST_IN_A_ROW} times in a row`, by);
  }

  normalise(by: string, epsilon: number, width: number | undefined): void {
    const layer = this.open(by, width);
    // A second time in a row.
    if (layer.epsilon === undefined) layer.epsilon = epsilon;
    else {
      layer.activation = { operator: "Relu", as: "identity", by };
      this.open(by, width).epsilon = epsilon;
    }
  }

  activate(by: string, operator: ActivationOperator, as: Activation | undefined, width: number | undefined): void {
    this.open(by, width).activation = { operator, as, by };
  }

  /** What ends the network must be sums, or what an output makes of them. */
  close(by: string, width: number | undefined, isOutput: (layer: Layer) => boolean): void {
    const { last } = this;
    if (this.pending.length === 0 && last && last.epsilon === undefined && isOutput(last)) return;
    if (last && !last.activation) last.activation = { operator: "Relu", as: "identity", by };
    this.open(by, width);
  }
}

/**
 * The layers of rows, each with what comes before and behind its weights.
 * @param isOutput whether what a layer ends in may end the network
 * @throws Error naming the node that no MLP has in its place
 */
export function readLayers(rows: Rows, isOutput: (layer: Layer) => boolean): Layer[] {
  const steps: Rows[] = [];
  for (let at: Rows | undefined = rows; at?.step; at = at.from) steps.push(at);
  steps.reverse();
  if (!steps.some(({ step }) => step?.kind === "dense"))
    refuse("hold a Gemm or MatMul node", "none on the way to its outputs");
  const widths = widthsBefore(steps);
  const list = new LayerList();
  steps.forEach(({ step, by }, i) => {
    if (step?.kind === "dense") list.dense(by, step);
    else if (step?.kind === "affine" || step?.kind === "select") list.linear(by, step);
    else if (step?.kind === "normalise") list.normalise(by, step.epsilon, widths[i]);
    else if (step?.kind === "activation") list.activate(by, step.operator, step.as, widths[i]);
    else refuse("use what it centres for layer normalisation", by);
  });
  list.close(rows.by, rows.width, isOutput);
  return list.layers;
}

/** How many numbers there are before each step: if the steps before do not tell, those behind do. */
function widthsBefore(steps: readonly Rows[]): (number | undefined)[] {
  const widths = steps.map(({ from }) => from?.width);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { step } = steps[i];
    if (step?.kind === "dense") widths[i] = step.inputs;
    else if (step?.kind !== "select") widths[i] ??= widths[i + 1];
  }
  return widths;
}
