/** What every protocol asks of a model, whatever its kind. */
import { Refusal } from "../ground/refusal.js";
import type { Tensor, TensorType } from "./tensor.js";

/** A model that answers rows: objects for tables, lists of numbers for networks. */
export interface Answering {
  /** "wasmlp_classifier", "wasmlp_regressor", "wasmlp_network". */
  readonly platform: string;
  readonly inputs: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  /** What else metadata tell: the labels of probabilities, in their order. */
  readonly properties: Readonly<Record<string, string>>;
  /** Whether a body of plain JSON is a list of rows, not one row. */
  isList(body: unknown): body is readonly unknown[];
  /**
   * The rows that tensors hold.
   * @throws Refusal if these are not the model's inputs
   */
  readRows(tensors: readonly Tensor[]): readonly unknown[];
  /**
   * The answers to rows: one tensor of each of {@link outputs}, in their order, bit for bit what the library says.
   * @throws Refusal in the library's words, naming row and column
   */
  answer(rows: readonly unknown[]): Tensor[];
  /** The answer to row `r` as JSON for people. */
  text(answers: readonly Tensor[], r: number): string;
  /** What is predicted of row `r` as JSON, and nothing else. */
  prediction(answers: readonly Tensor[], r: number): string;
}

/** What the library refuses of a request's rows is the sender's to mend. */
export function ask<T>(question: () => T): T {
  try {
    return question();
  } catch (error) {
    // The library's refusals begin with the name of a call; errors of the engine do not.
    const isRefused = error instanceof TypeError || error instanceof RangeError;
    if (isRefused && /^(predict|partialFit)\w*: /.test(error.message)) {
      throw new Refusal(400, error.message, { cause: error }, (error as { row?: number }).row);
    }
    throw error;
  }
}

/** The number of rows that tensors have in common. */
export function rowsIn(tensors: readonly Tensor[]): number {
  const [first, ...others] = tensors;
  const rows = first.shape[0];
  for (const { name, shape } of others) {
    if (shape[0] === rows) continue;
    throw new Refusal(
      400,
      `inputs must have one number of rows, got ${rows} in "${first.name}", ${shape[0]} in "${name}".`,
    );
  }
  return rows;
}

/** Writes a number as JSON has it. */
export const numberText = (value: unknown): string => (Number.isFinite(value) ? String(value) : "null");
