/** Tensors of a model's file: their shapes and numbers are not trusted. */
import { show } from "../ground/check.js";

/** A tensor as {@link decodeSafetensors} gives it. */
interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: string;
  read(): Float32Array;
}

/** Types of numbers that a model's own file has. */
const TYPES: readonly string[] = ["F32", "F16"];

/** And those of weights. */
const WEIGHT_TYPES: readonly string[] = [...TYPES, "I8"];

export function checkTensor(
  call: string,
  tensor: StoredTensor | undefined,
  name: string,
  shape: readonly number[],
): StoredTensor {
  if (tensor?.shape.join() !== shape.join()) {
    throw new Error(`${call}: the file must hold ${name} of shape ${show(shape)}, got ${show(tensor?.shape)}.`);
  }
  const types = shape.length > 1 ? WEIGHT_TYPES : TYPES;
  if (types.includes(tensor.type)) return tensor;
  throw new Error(`${call}: the file must hold ${name} as ${types.join(" or ")}, got ${tensor.type}.`);
}

/** Weights in 8 bits, each times the scale of its output. */
export function readScaled(call: string, weights: StoredTensor, scales: StoredTensor): Float32Array {
  const factors = readFinite(call, scales);
  refuseNegative(call, scales.name, factors);
  const numbers = weights.read();
  for (let i = 0; i < numbers.length; i++) numbers[i] *= factors[i % factors.length];
  return checkFinite(call, weights.name, numbers);
}

export function readFinite(call: string, tensor: StoredTensor): Float32Array {
  return checkFinite(call, tensor.name, tensor.read());
}

/** A loop: `every` makes a call of each of the numbers, which are most of a file. */
function areFinite(numbers: Float32Array): boolean {
  for (let i = 0; i < numbers.length; i++) if (!(Math.abs(numbers[i]) < Number.POSITIVE_INFINITY)) return false;
  return true;
}

function checkFinite(call: string, name: string, numbers: Float32Array): Float32Array {
  if (areFinite(numbers)) return numbers;
  throw new Error(`${call}: the file must hold finite numbers, got others in ${name}.`);
}

export function refuseNegative(call: string, name: string, variances: Float32Array): void {
  if (variances.every((value) => value >= 0)) return;
  throw new Error(`${call}: the file must hold numbers >= 0 in ${name}, got others.`);
}
