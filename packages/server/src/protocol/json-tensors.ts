/** Tensors as JSON has them: elements in a list, flat or nested as the shape is. */
import type { Datatype, Tensor } from "../answers/tensor.js";
import { Refusal, shown } from "../ground/refusal.js";

/** The smallest and the largest whole number of a type. */
const RANGES: Partial<Record<Datatype, readonly [number, number]>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** The largest number of FP16. */
const MOST_HALF = 65_504;

/** Refuses an element of another type; null is a missing value in any. */
function check(name: string, datatype: Datatype, element: unknown): void {
  if (element === null) return;
  const range = RANGES[datatype];
  if (range) {
    if (Number.isInteger(element) && (element as number) >= range[0] && (element as number) <= range[1]) return;
  } else if (datatype === "FP16") {
    if (Number.isFinite(element) && Math.abs(element as number) <= MOST_HALF) return;
  } else if (
    datatype === "BYTES"
      ? typeof element === "string"
      : datatype === "BOOL"
        ? typeof element === "boolean"
        : Number.isFinite(element)
  ) {
    return;
  }
  throw new Refusal(400, `input "${name}" must hold elements of ${datatype}, got ${shown(element)}.`);
}

/** The elements of a nested list, which is refused where it is not of this shape. */
function flatten(
  name: string,
  data: readonly unknown[],
  shape: readonly number[],
  depth: number,
  flat: unknown[],
): void {
  if (data.length !== shape[depth]) {
    throw new Refusal(
      400,
      `input "${name}" must hold ${shape[depth]} elements in dimension ${depth} for its shape, got ${data.length}.`,
    );
  }
  if (depth === shape.length - 1) {
    for (const element of data) flat.push(element);
    return;
  }
  for (const part of data) {
    if (!Array.isArray(part))
      throw new Refusal(400, `input "${name}" must be nested as its shape is, or flat, got ${shown(part)}.`);
    flatten(name, part, shape, depth + 1, flat);
  }
}

/**
 * Reads the elements of a tensor.
 * @param count the product of its shape
 * @throws Refusal if they are others than the shape and the type say
 */
export function readData(
  name: string,
  datatype: Datatype,
  shape: readonly number[],
  data: unknown,
  count: number,
): unknown[] {
  if (!Array.isArray(data)) throw new Refusal(400, `input "${name}" must have its data as a list, got ${shown(data)}.`);
  const isNested = shape.length > 1 && Array.isArray(data[0]);
  const flat: unknown[] = isNested ? [] : data;
  if (isNested) flatten(name, data, shape, 0, flat);
  if (flat.length !== count)
    throw new Refusal(400, `input "${name}" must hold ${count} elements for its shape, got ${flat.length}.`);
  for (const element of flat) check(name, datatype, element);
  return flat;
}

/** Writes a tensor of an answer: as JSON knows no numbers but finite ones, others are null. */
export function writeTensor({ name, datatype, shape, data }: Tensor): string {
  const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(",")}],"data":`;
  if (datatype === "BYTES") return `${head}${JSON.stringify(data)}}`;
  let elements = "";
  for (let i = 0; i < data.length; i++) {
    const element = data[i];
    if (i > 0) elements += ",";
    elements += element === true || element === false || Number.isFinite(element) ? String(element) : "null";
  }
  return `${head}[${elements}]}`;
}
