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

export function checkTensor(
  call: string,
  tensor: StoredTensor | undefined,
  name: string,
  shape: readonly number[],
): StoredTensor {
  if (tensor?.shape.join() !== shape.join()) {
    throw new Error(`${call}: the file must hold ${name} of shape ${show(shape)}, got ${show(tensor?.shape)}.`);
  }
  if (TYPES.includes(tensor.type)) return tensor;
  throw new Error(`${call}: the file must hold ${name} as ${TYPES.join(" or ")}, got ${tensor.type}.`);
}

export function readFinite(call: string, tensor: StoredTensor): Float32Array {
  const numbers = tensor.read();
  if (numbers.every(Number.isFinite)) return numbers;
  throw new Error(`${call}: the file must hold finite numbers, got others in ${tensor.name}.`);
}

export function refuseNegative(call: string, name: string, variances: Float32Array): void {
  if (variances.every((value) => value >= 0)) return;
  throw new Error(`${call}: the file must hold numbers >= 0 in ${name}, got others.`);
}
