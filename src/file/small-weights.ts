/** Weights in 16 or 8 bits, where a file is asked to be small: what they are made back into is float32, and so is all arithmetic. */
import { checkName } from "../ground/check.js";
import { SUBNORMAL, writeFloat16 } from "./write-half.js";

/**
 * How a file has weights: as they are, in 16 bits, or in 8. Biases, and what normalises a layer, stay as they are.
 *
 * - `"float32"`: nothing is lost; of a table's network whose parameters are halves (as a rule they are), as halves.
 * - `"f16"`: each as the nearest IEEE 754 half, ties to even. A layer some of whose outputs have a largest weight beyond 65,504 or
 *   below 2⁻¹⁴ stays as it is: halves would lose it.
 * - `"int8"`: each as a whole number from -127 to 127, ties to even, times a scale of its output: that of the largest weight is 127.
 */
export type StoredWeights = "float32" | "f16" | "int8";

/** What rounds. */
export type Rounding = Exclude<StoredWeights, "float32">;

/** Weights as a file has them. */
export interface SmallWeights {
  /** Halves' words, whole numbers, or the weights themselves. */
  readonly data: Float32Array | Uint16Array | Int8Array;
  /** Of whole numbers: what those of each output are multiplied by. */
  readonly scales?: Float32Array;
}

/** @throws TypeError, RangeError if it is none of the names */
export function checkWeights(call: string, weights: unknown = "float32"): Rounding | undefined {
  checkName<StoredWeights>(call, "weights", weights, ["float32", "f16", "int8"]);
  return weights === "float32" ? undefined : weights;
}

/** Added to a number and taken away again, it leaves what float64 rounds to a whole number, ties to even. */
const WHOLE = 1.5 * 2 ** 52;

/** 127 times its 127th, rounded up, is a float32 still; larger ones, up to 3.40282e38, are as good as the same. */
const MOST = 3.4028e38;

/**
 * Rounds a layer's weights.
 *
 * A scale is the 127th of the column's largest weight, rounded up to 17 bits: a whole number of 7 bits times it is a float32, so
 * nothing is rounded when weights are made back, and those are rounded to themselves. Of zeros it is 0; so it is below 10⁻⁴³. Where the
 * largest weight is below 10⁻³⁶ scales are multiples of 2⁻¹⁴², and what is made back may be rounded otherwise the next time.
 * @param numbers finite; weights are [inputs, outputs], what is not has no `outputs` and stays as it is
 */
export function shrinkWeights(numbers: Float32Array, outputs?: number, rounding?: Rounding): SmallWeights {
  if (!rounding || !outputs) return { data: numbers };
  const scales = new Float32Array(outputs);
  numbers.forEach((weight, i) => {
    scales[i % outputs] = Math.max(scales[i % outputs], Math.abs(weight));
  });
  if (rounding === "f16") {
    const isKept = scales.every((size) => !size || (size >= SUBNORMAL && size < 65_520));
    return { data: isKept ? Uint16Array.from(numbers, writeFloat16) : numbers };
  }
  const words = new Uint32Array(scales.buffer);
  scales.forEach((size, j) => {
    scales[j] = Math.min(size, MOST) / 127;
    words[j] = (words[j] + 127) & ~127;
  });
  const data = new Int8Array(numbers.length);
  numbers.forEach((weight, i) => {
    data[i] = weight / scales[i % outputs] + WHOLE - WHOLE;
  });
  return { data, scales };
}
