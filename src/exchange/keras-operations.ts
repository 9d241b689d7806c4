/** What the layers of a chain do to its rows, one after the other: sums, scalings, activations. */
import { field } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import { ACTIVATION_LAYERS, type Applied, appliedBy } from "./keras-activations.js";
import type { Chain, Layer } from "./keras-layers.js";
import type { Refuse } from "./refuser.js";

/** A weight that a layer must have. */
export interface Wanted {
  readonly part: string;
  readonly shape: readonly number[];
}

/** Numbers by part, as they were found. */
export type Parts = Readonly<Record<string, Float32Array>>;

/** Rows multiplied and shifted: each number by that of its place modulo the length of these. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

interface Common {
  readonly layer: Layer;
  readonly wanted: readonly Wanted[];
}

export type Operation = Common &
  (
    | { readonly kind: "dense"; readonly inputs: number; readonly units: number; readonly bias: boolean }
    | { readonly kind: "affine"; readonly size: number; of(parts: Parts): Affine }
    | { readonly kind: "activation"; readonly applied: Applied }
  );

/** Layers that pass their inputs on unchanged when a model predicts. */
const IDLE = [
  ...["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"],
  "ActivityRegularization",
];
const AFFINE = ["BatchNormalization", "Rescaling", "Normalization"];
const CLASSES = ["InputLayer", "Dense", "Activation", ...ACTIVATION_LAYERS, ...AFFINE, "Flatten", "Reshape", ...IDLE];

/** Layers that scale or shift, in a row: more are no model but work. */
const MOST_IN_A_ROW = 16;

const product = (shape: readonly number[]) => shape.reduce((sum, size) => sum * size, 1);

/** Whether a value is an array of whole numbers; holes, which `every` and `map` skip, are not. */
export function isSizes(value: unknown, least: number): value is number[] {
  return isWalkable(value) && [...value].every((size) => Number.isSafeInteger(size) && (size as number) >= least);
}

/** @throws Error naming the layer that no MLP has in its place */
export function readOperations({ layers, rows }: Chain, version: 2 | 3 | undefined, refuse: Refuse): Operation[] {
  const operations: Operation[] = [];
  let shape = (rows as unknown[]).slice(1) as number[];
  let inARow = 0;
  for (const layer of layers) {
    const { type, label } = layer;
    const isActivation = type === "Activation" || ACTIVATION_LAYERS.includes(type as string);
    if (!CLASSES.includes(type as string)) refuse(`consist of ${CLASSES.join(", ")} layers`, label, remedyFor(type));
    if (!isSizes(shape, 1)) return refuse(`say how many numbers a row has at ${label}`, show(rows));
    inARow = AFFINE.includes(type as string) ? inARow + 1 : 0;
    if (inARow > MOST_IN_A_ROW) refuse(`have ${MOST_IN_A_ROW} layers that scale in a row at most`, label);
    if (type === "Dense") {
      const [dense, applied] = readDense(layer, shape, version, refuse);
      operations.push(dense, { kind: "activation", layer, wanted: [], applied });
      shape = [dense.units];
    } else if (isActivation) {
      operations.push({ kind: "activation", layer, wanted: [], applied: appliedBy(layer, version, refuse) });
    } else if (AFFINE.includes(type as string)) operations.push(readAffine(layer, shape, refuse));
    else if (type === "Flatten" || type === "Reshape") shape = [flatten(layer, shape, refuse)];
  }
  if (!operations.some(({ kind }) => kind === "dense")) refuse("have a Dense layer", "none");
  return operations;
}

function remedyFor(type: unknown): { remedy?: string } {
  const isImage =
    typeof type === "string" && /^(Conv|Depthwise|Separable|MaxPool|AveragePool|GlobalAverage)/.test(type);
  if (!isImage) return {};
  return {
    remedy: "Run what comes before its first Dense layer in its own library, and save the layers from there on.",
  };
}

function readDense(layer: Layer, shape: readonly number[], version: 2 | 3 | undefined, refuse: Refuse) {
  const { config, label } = layer;
  if (shape.length !== 1) refuse(`flatten its rows before ${label}`, `rows of shape ${show(shape)}`);
  const [units, bias] = [field(config, "units"), field(config, "use_bias") ?? true];
  if (!isSizes([units], 1)) refuse(`give ${label} a whole number of units`, show(units));
  if (typeof bias !== "boolean") return refuse(`give ${label} true or false as use_bias`, show(bias));
  const [inputs, width] = [shape[0], units as number];
  const wanted: Wanted[] = [{ part: "kernel", shape: [inputs, width] }];
  if (bias) wanted.push({ part: "bias", shape: [width] });
  const dense = { kind: "dense", layer, wanted, inputs, units: width, bias } as const;
  return [dense, appliedBy(layer, version, refuse)] as const;
}

function readAffine(layer: Layer, shape: readonly number[], refuse: Refuse): Operation {
  const { type, config, label } = layer;
  const size = product(shape);
  const number = (name: string, otherwise: number): number => {
    const value = field(config, name) ?? otherwise;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    return refuse(`give ${label} a finite number as ${name}`, show(value));
  };
  if (type === "Rescaling") {
    const [scale, shift] = [constants(field(config, "scale"), 1), constants(field(config, "offset") ?? 0, 1)];
    const width = Math.max(scale?.length ?? 0, shift?.length ?? 0);
    if (!scale || !shift || shape[shape.length - 1] % width || width % scale.length || width % shift.length) {
      return refuse(
        `give ${label} numbers as scale and offset`,
        show([field(config, "scale"), field(config, "offset")]),
      );
    }
    return {
      kind: "affine",
      layer,
      wanted: [],
      size,
      of: () => ({ scale: spread(scale, width), shift: spread(shift, width) }),
    };
  }
  const channels = channelsOf(layer, shape, refuse);
  if (type === "Normalization") return readNormalization(layer, size, channels, refuse);
  const epsilon = number("epsilon", 1e-3);
  const [hasScale, hasShift] = ["scale", "center"].map((name) => field(config, name) ?? true);
  const names = [...(hasScale ? ["gamma"] : []), ...(hasShift ? ["beta"] : []), "moving_mean", "moving_variance"];
  const wanted = names.map((part) => ({ part, shape: [channels] }));
  const of = ({ gamma, beta, moving_mean: mean, moving_variance: variance }: Parts) => {
    const scale = Float64Array.from(variance, (v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + epsilon));
    return { scale, shift: scale.map((s, i) => (beta?.[i] ?? 0) - mean[i] * s) };
  };
  return { kind: "affine", layer, wanted, size, of };
}

/** (x - mean) / max(deviation, 1e-7), or with `invert` back; both may be in the configuration. */
function readNormalization(layer: Layer, size: number, channels: number, refuse: Refuse): Operation {
  const { config, label } = layer;
  const given = ["mean", "variance"].map((name) => constants(field(config, name) ?? undefined, channels));
  const isGiven = field(config, "mean") != null;
  if (isGiven && given.some((list) => list?.length !== 1 && list?.length !== channels)) {
    refuse(`give ${label} ${channels} numbers as mean and variance`, show(field(config, "mean")));
  }
  const shape = field(config, "axis") === null ? [] : [channels];
  const isBack = field(config, "invert") === true;
  const of = ({ mean, variance }: { mean: ArrayLike<number>; variance: ArrayLike<number> }) => {
    const width = Math.max(mean.length, variance.length);
    const deviation = spread(variance, width).map((v) => Math.max(Math.sqrt(v), 1e-7));
    const means = spread(mean, width);
    if (isBack) return { scale: deviation, shift: means };
    return { scale: deviation.map((d) => 1 / d), shift: means.map((m, i) => -m / deviation[i]) };
  };
  if (isGiven) {
    const [mean, variance] = given as number[][];
    return { kind: "affine", layer, wanted: [], size, of: () => of({ mean, variance }) };
  }
  const wanted = [
    { part: "mean", shape },
    { part: "variance", shape },
  ];
  return {
    kind: "affine",
    layer,
    wanted,
    size,
    of: (parts) => of(parts as { mean: Float32Array; variance: Float32Array }),
  };
}

/** How many numbers are normalised each by its own: those along the last axis. */
function channelsOf({ config, label, type }: Layer, shape: readonly number[], refuse: Refuse): number {
  const axis = field(config, "axis");
  const sole = isWalkable(axis) && axis.length === 1 ? axis[0] : (axis ?? -1);
  if (axis === null && type === "Normalization") return 1;
  if (sole === -1 || sole === shape.length) return shape[shape.length - 1];
  return refuse(`normalise the last axis in ${label}`, show(axis));
}

/** A number or a list of them, however nested it is: [[0.1, 0.2]]. */
function constants(value: unknown, most: number): number[] | undefined {
  let inner = value;
  for (let level = 0; level < 4 && isWalkable(inner) && inner.length === 1; level++) inner = inner[0];
  const list = isWalkable(inner) ? inner : [inner];
  const isRight = list.length <= Math.max(most, 4096) && list.length > 0 && list.every(Number.isFinite);
  return isRight ? (list as number[]) : undefined;
}

function spread(numbers: ArrayLike<number>, length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => numbers[i % numbers.length]);
}

/** Returns how many numbers a flattened row has. */
function flatten({ type, config, label }: Layer, shape: readonly number[], refuse: Refuse): number {
  const [format, target] = [field(config, "data_format") ?? "channels_last", field(config, "target_shape")];
  const size = product(shape);
  if (type === "Flatten") {
    const isMoved = shape.length > 1 && format !== "channels_last" && format !== "channelsLast";
    if (isMoved) refuse(`have its channels last in ${label}`, show(format));
  } else if (!Array.isArray(target) || target.length !== 1 || ![size, -1, null].includes(target[0])) {
    refuse(`reshape to flat rows of ${size} in ${label}`, show(target));
  }
  return size;
}
