/** The weights of a tfjs model: little-endian bytes, and a manifest that names them one after the other. */

import { bytesOf, joinBytes } from "../file/bytes.js";
import { readFloat16 } from "../file/half-floats.js";
import { field } from "../file/json.js";
import { isBuffer, isWalkable, show } from "../ground/check.js";
import type { LayerParametersLike } from "../net/layer-views.js";

/** Bytes as they come from a file, a response or a save handler. */
export type TfjsBytes = ArrayBuffer | ArrayBufferView;

/** The sizes of a Dense layer, which its weights have to fit. */
interface DenseShape {
  readonly name: string;
  /** What errors call it. */
  readonly label: string;
  readonly inputs: number;
  readonly units: number;
  readonly bias: boolean;
}

/** Bytes per number, by type. */
const WIDTHS = new Map<unknown, number>(
  Object.entries({ float32: 4, int32: 4, bool: 1, float16: 2, uint8: 1, uint16: 2 }),
);

export function refuse(what: string, got: string, cause?: unknown): never {
  throw new Error(`fromTfjs: the model must ${what}, got ${got}.`, cause === undefined ? undefined : { cause });
}

/** Whether a value is an array of whole numbers; holes, which `every` and `map` skip, are not. */
export function isSizes(value: unknown, least: number): value is number[] {
  return isWalkable(value) && [...value].every((size) => Number.isSafeInteger(size) && (size as number) >= least);
}

export const product = (shape: readonly number[]) => shape.reduce((sum, size) => sum * size, 1);

/** Joins the bytes of all parts, whether given as an argument or in the model. */
export function weightBytes(given: unknown, own: unknown): Uint8Array {
  if (given !== undefined && own !== undefined) {
    throw new TypeError("fromTfjs: weights must be left out if the model brings its weightData, got both.");
  }
  const list = given ?? own;
  const parts = [...walkable(list)].map((part: unknown) => {
    if (isBuffer(part) || ArrayBuffer.isView(part)) return bytesOf(part);
    throw new TypeError(`fromTfjs: weights must be bytes, or an array of them in order, got ${show(part)}.`);
  });
  return joinBytes(parts);
}

const walkable = (value: unknown) => (isWalkable(value) ? value : [value]);

type Stored = ReturnType<typeof readManifest>[number];

const KEYS = ["name", "shape", "dtype", "quantization", "group"] as const;

/** The weights of the manifest, in the order of their bytes. */
function readManifest(file: unknown, size: number) {
  const groups = field(file, "weightsManifest");
  const listed = isWalkable(groups) ? groups.flatMap((group) => walkable(field(group, "weights"))) : groups;
  const specs = field(file, "weightSpecs") ?? listed;
  if (!isWalkable(specs)) return refuse("hold a weightsManifest or weightSpecs", show(specs));
  let end = 0;
  const stored = [...specs].map((spec) => {
    // The type of a quantization is that of the numbers as they lie.
    const [name, shape, dtype, coding, group] = KEYS.map((key) => field(spec, key));
    if (typeof name !== "string") return refuse("name its weights", show(name));
    if (!isSizes(shape, 0)) return refuse(`give ${show(name)} a shape of whole numbers`, show(shape));
    const type = field(coding, "dtype") ?? dtype;
    const width = WIDTHS.get(type);
    if (!width) return refuse(`give ${show(name)} a type among ${[...WIDTHS.keys()].join(", ")}`, show(type));
    end += width * product(shape);
    return { name: name.replace(/:0$/, ""), shape, dtype, coding, group, type, end };
  });
  if (end === size) return stored;
  throw new Error(`fromTfjs: weights must be the ${end} bytes that the model's manifest names, got ${size}.`);
}

/** Kernels and biases, found by their names, or by their order where those are not the layers'. */
export function readParameters(layers: readonly DenseShape[], file: unknown, bytes: Uint8Array): LayerParametersLike[] {
  const parts = (bias: boolean) => (bias ? ["kernel", "bias"] : ["kernel"]);
  const wanted = layers.flatMap(({ name, bias }) => parts(bias).map((part) => `${name}/${part}`));
  const own = readManifest(file, bytes.length).filter(({ group }) => group !== "optimizer");
  if (own.length !== wanted.length) refuse(`hold ${wanted.length} weights for its Dense layers`, `${own.length}`);
  // Keras may put the model's name in front: sequential/dense/kernel.
  const named = new Map(own.map((each) => [each.name.split("/").slice(-2).join("/"), each]));
  for (const each of own) named.set(each.name, each);
  const found = wanted.map((name) => named.get(name));
  const isFound = !found.includes(undefined) && new Set(found).size === found.length;
  const queue = (isFound ? (found as Stored[]) : own).values();
  const take = (label: string, part: string, shape: number[]) => {
    const each = queue.next().value as Stored;
    if (each.shape.join() !== shape.join()) refuse(`give ${label} a ${part} of shape ${show(shape)}`, show(each.shape));
    const numbers = readNumbers(each, bytes);
    const odd = numbers.find((value) => !Number.isFinite(value));
    return odd === undefined ? numbers : refuse(`give ${label} a ${part} of finite numbers`, `${odd}`);
  };
  return layers.map(({ label, inputs, units, bias }) => ({
    weights: take(label, "kernel", [inputs, units]),
    biases: bias ? take(label, "bias", [units]) : new Float32Array(units),
  }));
}

function readNumbers({ name, shape, dtype, coding, type, end }: Stored, bytes: Uint8Array): Float32Array {
  const known = dtype === "float32" ? type : dtype;
  if (known !== type || type === "int32" || type === "bool") refuse(`hold ${show(name)} in float32`, show(known));
  const [width, numbers] = [WIDTHS.get(type) as number, new Float32Array(product(shape))];
  const view = new DataView(bytes.buffer, end - width * numbers.length, width * numbers.length);
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
