/** Activations as ONNX operators: those of operator set 13, and what takes several of them. */
import { type Activation, type ActivationName, partsOf } from "../../net/activations.js";
import type { GraphWriter } from "./graph-writer.js";

/** An operator, its inputs beside the rows, its attributes. */
type Step = readonly [operator: string, inputs: readonly string[], attributes?: Readonly<Record<string, number>>];

/** What one activation is written with. */
interface Pen {
  /** The name of what it is applied to. */
  readonly x: string;
  /** Writes a node before the last and names its result. */
  step(operator: string, ...inputs: string[]): string;
  /** Constants of one number: one a row, or without an axis. */
  constant(value: number): string;
  scalar(value: number): string;
}

/** The nodes before the last, and the last, which the result is named by. */
type Writer = (pen: Pen, number: number | undefined) => Step;

const plain =
  (operator: string): Writer =>
  ({ x }) => [operator, [x]];

const clip =
  (low: number, high: number): Writer =>
  ({ x, scalar }) => ["Clip", [x, scalar(low), scalar(high)]];

/** Klambauer et al. 2017. */
const SELU = { gamma: 1.0507009873554805, alpha: 1.6732632423543772 };

const WRITERS: Readonly<Record<ActivationName, Writer>> = {
  relu: plain("Relu"),
  sigmoid: plain("Sigmoid"),
  tanh: plain("Tanh"),
  identity: plain("Identity"),
  softplus: plain("Softplus"),
  softsign: plain("Softsign"),
  exponential: plain("Exp"),
  "leaky-relu": ({ x }, alpha = 0.01) => ["LeakyRelu", [x], { alpha }],
  elu: ({ x }, alpha = 1) => ["Elu", [x], { alpha }],
  selu: ({ x }) => ["Selu", [x], SELU],
  "hard-sigmoid": ({ x }) => ["HardSigmoid", [x], { alpha: 1 / 6, beta: 0.5 }],
  "hard-tanh": clip(-1, 1),
  relu6: clip(0, 6),
  silu: ({ x, step }) => ["Mul", [x, step("Sigmoid", x)]],
  mish: ({ x, step }) => ["Mul", [x, step("Tanh", step("Softplus", x))]],
  gelu: ({ x, step, constant }) => {
    const share = step("Add", step("Erf", step("Mul", x, constant(Math.SQRT1_2))), constant(1));
    return ["Mul", [step("Mul", x, constant(0.5)), share]];
  },
  "gelu-tanh": ({ x, step, constant }) => {
    // x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³): no sum of nearly opposite numbers.
    const square = step("Mul", x, x);
    const factor = step("Add", step("Mul", square, constant(0.0713548162726)), constant(1.5957691216057308));
    return ["Mul", [x, step("Sigmoid", step("Mul", x, factor))]];
  },
};

/** How results are called that activations made: `writeActivation` ends names so. */
export const WRITTEN_ACTIVATIONS = Object.keys(WRITERS) as ActivationName[];

/**
 * @param sums the name of what it is applied to
 * @param output the name that the result must have, if it is the graph's
 * @returns the name of the result
 */
export function writeActivation(graph: GraphWriter, activation: Activation, sums: string, output?: string): string {
  const [name, number] = partsOf(activation);
  const prefix = output ?? sums;
  const constant = (dims: readonly number[]) => (value: number) =>
    graph.floats(`${prefix}.${value}`, dims, Float32Array.of(value));
  const pen: Pen = {
    x: sums,
    step: (operator, ...inputs) => graph.node(operator, inputs, `${prefix}.${operator}`),
    constant: constant([1]),
    scalar: constant([]),
  };
  const [operator, inputs, attributes] = WRITERS[name](pen, number);
  return output === undefined
    ? graph.node(operator, inputs, `${sums}.${name}`, attributes)
    : graph.result(operator, inputs, output, attributes);
}
