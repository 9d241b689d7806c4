/** The weights of a tfjs model: little-endian bytes, and a manifest that names them one after the other. */

import { bytesOf, joinBytes } from "../file/bytes.js";
import { readFloat16 } from "../file/half-floats.js";
import { field } from "../file/json.js";
import { isBuffer, isWalkable, show } from "../ground/check.js";
import { isSizes } from "./keras-operations.js";
import type { StoredWeight } from "./keras-weights.js";
import type { Refuse } from "./refuser.js";

/** Bytes as they come from a file, a response or a save handler. */
export type TfjsBytes = ArrayBuffer | ArrayBufferView;

/** Bytes per number, by type. */
const WIDTHS = new Map<unknown, number>(
  Object.entries({ float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2, uint32: 4, int64: 8 }),
);

/** Those of weights; what else a model counts may be of any type. */
const FLOATS = ["float32", "float16", "uint8", "uint16"];

/** Joins the bytes of all parts, whether given as an argument or in the model. */
export function weightBytes(call: string, given: unknown, own: unknown): Uint8Array {
  if (given !== undefined && own !== undefined) {
    throw new TypeError(`${call}: weights must be left out if the model brings its weightData, got both.`);
  }
  const list = given ?? own;
  const parts = [...walkable(list)].map((part: unknown) => {
    if (isBuffer(part) || ArrayBuffer.isView(part)) return bytesOf(part);
    throw new TypeError(`${call}: weights must be bytes, or an array of them in order, got ${show(part)}.`);
  });
  return joinBytes(parts);
}

const walkable = (value: unknown) => (isWalkable(value) ? value : [value]);

interface Stored {
  readonly name: string;
  readonly shape: readonly number[];
  readonly coding: unknown;
  readonly dtype: unknown;
  readonly type: unknown;
  /** Where its bytes end. */
  readonly end: number;
}

const product = (shape: readonly number[]) => shape.reduce((sum, size) => sum * size, 1);

const KEYS = ["name", "shape", "dtype", "quantization", "group"] as const;

/** The weights of the manifest, in the order of their bytes, but for those of an optimizer. */
export function readManifest(call: string, file: unknown, bytes: Uint8Array, refuse: Refuse): StoredWeight[] {
  const groups = field(file, "weightsManifest");
  const listed = isWalkable(groups) ? groups.flatMap((group) => walkable(field(group, "weights"))) : groups;
  const specs = field(file, "weightSpecs") ?? listed;
  if (!isWalkable(specs)) return refuse("hold a weightsManifest or weightSpecs", show(specs));
  let end = 0;
  const stored = [...specs].flatMap((spec) => {
    // The type of a quantization is that of the numbers as they lie.
    const [name, shape, dtype, coding, group] = KEYS.map((key) => field(spec, key));
    if (typeof name !== "string") return refuse("name its weights", show(name));
    if (!isSizes(shape, 0)) return refuse(`give ${show(name)} a shape of whole numbers`, show(shape));
    const type = field(coding, "dtype") ?? dtype;
    const width = WIDTHS.get(type);
    if (!width) return refuse(`give ${show(name)} a type among ${[...WIDTHS.keys()].join(", ")}`, show(type));
    end += width * product(shape);
    if (group === "optimizer") return [];
    const own: Stored = { name, shape, dtype, coding, type, end };
    return [{ name, shape, read: () => readNumbers(own, bytes, refuse) }];
  });
  if (end === bytes.length) return stored;
  throw new Error(`${call}: weights must be the ${end} bytes that the model's manifest names, got ${bytes.length}.`);
}

function readNumbers(stored: Stored, bytes: Uint8Array, refuse: Refuse): Float32Array {
  const { name, shape, dtype, coding, type, end } = stored;
  const known = dtype === "float32" ? type : dtype;
  if (known !== type || !FLOATS.includes(type as string)) refuse(`hold ${show(name)} in float32`, show(known));
  const [width, numbers] = [WIDTHS.get(type) as number, new Float32Array(product(shape))];
  const view = new DataView(bytes.buffer, bytes.byteOffset + end - width * numbers.length, width * numbers.length);
  const [scale, min] = ["scale", "min"].map((key) => field(coding, key) as number);
  const isLevel = type === "uint8" || type === "uint16";
  if (isLevel && !(Number.isFinite(scale) && Number.isFinite(min))) {
    refuse(`give ${show(name)} a finite scale and min`, `${show(scale)} and ${show(min)}`);
  }
  for (let i = 0; i < numbers.length; i++) {
    if (type === "float32") numbers[i] = view.getFloat32(4 * i, true);
    else if (type === "float16") numbers[i] = readFloat16(view.getUint16(2 * i, true));
    else numbers[i] = (type === "uint8" ? view.getUint8(i) : view.getUint16(2 * i, true)) * scale + min;
  }
  return numbers;
}
