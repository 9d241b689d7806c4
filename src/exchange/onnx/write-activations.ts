/** Activations as ONNX operators: those of operator set 13, and what takes several of them. */
import { type Activation, partsOf } from "../../net/activations.js";
import type { GraphWriter } from "./graph-writer.js";

/** Klambauer et al. 2017, as float32. */
const SELU = { gamma: 1.0507009873554805, alpha: 1.6732632423543772 };

/** Operators without attributes. */
const PLAIN = {
  relu: "Relu",
  sigmoid: "Sigmoid",
  tanh: "Tanh",
  softplus: "Softplus",
  softsign: "Softsign",
  exponential: "Exp",
} as const;

/**
 * @param sums the name of what it is applied to
 * @param output the name that the result must have, if it is the graph's
 * @returns the name of the result
 */
export function writeActivation(graph: GraphWriter, activation: Activation, sums: string, output?: string): string {
  const [name, number] = partsOf(activation);
  const prefix = output ?? sums;
  const end = (operator: string, input: readonly string[], attributes?: Record<string, number>) =>
    output === undefined
      ? graph.node(operator, input, `${sums}.${name}`, attributes)
      : graph.result(operator, input, output, attributes);
  const step = (operator: string, ...input: string[]) => graph.node(operator, input, `${prefix}.${operator}`);
  const constant = (value: number) => graph.floats(`${prefix}.${value}`, [1], Float32Array.of(value));
  const scalar = (value: number) => graph.floats(`${prefix}.${value}`, [], Float32Array.of(value));
  if (name in PLAIN) return end(PLAIN[name as keyof typeof PLAIN], [sums]);
  switch (name) {
    case "leaky-relu":
      return end("LeakyRelu", [sums], { alpha: number ?? 0.01 });
    case "elu":
      return end("Elu", [sums], { alpha: number ?? 1 });
    case "selu":
      return end("Selu", [sums], SELU);
    case "hard-sigmoid":
      return end("HardSigmoid", [sums], { alpha: 1 / 6, beta: 0.5 });
    case "hard-tanh":
      return end("Clip", [sums, scalar(-1), scalar(1)]);
    case "relu6":
      return end("Clip", [sums, scalar(0), scalar(6)]);
    case "silu":
      return end("Mul", [sums, step("Sigmoid", sums)]);
    case "mish":
      return end("Mul", [sums, step("Tanh", step("Softplus", sums))]);
    case "gelu": {
      const share = step("Add", step("Erf", step("Mul", sums, constant(Math.SQRT1_2))), constant(1));
      return end("Mul", [step("Mul", sums, constant(0.5)), share]);
    }
    case "gelu-tanh": {
      // x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³): no sum of nearly opposite numbers.
      const square = step("Mul", sums, sums);
      const cubic = step("Add", step("Mul", square, constant(0.0713548162726)), constant(1.5957691216057308));
      return end("Mul", [sums, step("Sigmoid", step("Mul", sums, cubic))]);
    }
    default:
      return end("Identity", [sums]);
  }
}
