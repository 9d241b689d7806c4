/** Starting weights; biases start at zero. */
import { checkName, checkNumber } from "../ground/check.js";
import type { Random } from "../ground/random.js";
import { fillSlices } from "../ground/slices.js";

/** Name, kind of distribution, and its standard deviation (normal) or limit (uniform in ±limit). */
const FORMULAS = {
  "he-normal": { kind: "normal", size: (inputs: number) => Math.sqrt(2 / inputs) },
  "he-uniform": { kind: "uniform", size: (inputs: number) => Math.sqrt(6 / inputs) },
  "xavier-normal": { kind: "normal", size: (inputs: number, outputs: number) => Math.sqrt(2 / (inputs + outputs)) },
  "xavier-uniform": { kind: "uniform", size: (inputs: number, outputs: number) => Math.sqrt(6 / (inputs + outputs)) },
  "lecun-normal": { kind: "normal", size: (inputs: number) => Math.sqrt(1 / inputs) },
  gaussian: { kind: "normal", size: () => 1 },
} as const;

export type InitializerName = keyof typeof FORMULAS;

/**
 * How weights start: normal or uniform, drawn from the model's seeded generator, row by row, first layer first.
 *
 * | name | standard deviation, or limit | from |
 * |---|---|---|
 * | `"he-normal"`, `"he-uniform"` | √(2/inputs), √(6/inputs) | He et al. 2015 |
 * | `"xavier-normal"`, `"xavier-uniform"` | √(2/(inputs+outputs)), √(6/(inputs+outputs)) | Glorot and Bengio 2010 |
 * | `"lecun-normal"` | √(1/inputs) | LeCun et al. 1998; Klambauer et al. 2017 |
 * | `"gaussian"`, `{ gaussian: σ }` | 1, σ | |
 */
export type Initializer = InitializerName | { readonly gaussian: number };

const INITIALIZER_NAMES = Object.keys(FORMULAS) as readonly InitializerName[];

export function checkInitializer(call: string, init: unknown): asserts init is Initializer {
  if (typeof init === "object" && init !== null) {
    checkNumber(call, "init.gaussian", (init as { gaussian: unknown }).gaussian, 0);
  } else checkName(call, "init", init, INITIALIZER_NAMES);
}

/** Weights drawn between two looks at the clock. */
const DRAWN = 2 ** 13;

/** Fills `weights`, [inputs, outputs] row-major, slice by slice. */
export function initialize(
  weights: Float32Array,
  inputs: number,
  outputs: number,
  initializer: Initializer,
  random: Random,
): Generator<number, Float32Array> {
  const isNamed = typeof initializer === "string";
  const { kind } = FORMULAS[isNamed ? initializer : "gaussian"];
  const size = isNamed ? FORMULAS[initializer].size(inputs, outputs) : initializer.gaussian;
  const draw = () => size * (kind === "normal" ? random.normal() : 2 * random.uniform() - 1);
  return fillSlices(weights, draw, DRAWN);
}
