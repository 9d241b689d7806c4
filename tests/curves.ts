/**
 * The activations of the second module, for suites of kernels and for scripts/accuracy.ts: the kernels that a network calls, with
 * its constants; float64 values that are quick enough for every float32; the errors that assembly/ states.
 */
import type { Activation } from "../src/net/activations.js";
import { nameOf } from "../src/net/activations.js";
import { curvesOf } from "../src/net/curves.js";
import type { Curve } from "../src/net/pass-plan.js";
import { curveOf, normalShare } from "./reference-curves.js";

export interface CurveCase {
  name: string;
  activation: Activation;
  curve: Curve;
  /** The value in float64, in units far below those of float32. */
  exact(x: number): number;
  /** The slope at the sum x. */
  slope(x: number): number;
  /** In ulp, over every float32. */
  stated: number;
  /** Of the slope, relative to max(1, |slope|), in units of 2⁻²⁴. */
  slopeStated: number;
}

/** Up to here two terms of the series at 0 are enough. */
const NEAR = 2 ** -30;
/** From here on float32 holds x, or 0 below. */
const FAR = 120;

/** A function that is start + x·(slope + x·bend) near 0, x far above and `below` far below: most float32 lie there. */
function quick(f: (x: number) => number, [start, slope, bend]: number[], below: (x: number) => number) {
  return (x: number) => {
    if (x < -FAR) return below(x);
    if (x > FAR) return x;
    // Without adding a start of 0, which -0 would not outlast.
    if (x > -NEAR && x < NEAR) return start === 0 ? x * (slope + x * bend) : start + x * (slope + x * bend);
    return f(x);
  };
}

/** Steps of the table of Φ in 1. */
const STEPS = 32;
const TERMS = 13;
/** Φ's Taylor coefficients at -16, -16 + 1/32, ..., 16: its derivatives are φ times Hermite polynomials. */
const table = Array.from({ length: 32 * STEPS + 1 }, (_, i) => {
  const x = i / STEPS - 16;
  const terms = [normalShare(x), Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)];
  let [before, own, factorial] = [1, x, 1];
  for (let k = 2; k < TERMS; k++) {
    factorial *= k;
    terms.push(((k % 2 === 0 ? -1 : 1) * own * terms[1]) / factorial);
    [before, own] = [own, x * own - (k - 1) * before];
  }
  return Float64Array.from(terms);
});

function quickGelu(x: number): number {
  if (!(Math.abs(x) <= 16)) return x < 0 ? -0 : x;
  const place = Math.round((x + 16) * STEPS);
  const h = x + 16 - place / STEPS;
  const terms = table[place];
  let sum = terms[TERMS - 1];
  for (let k = TERMS - 2; k >= 0; k--) sum = sum * h + terms[k];
  return x * sum;
}

const isNaught = () => -0;
const gelu = [0, 0.5, 1 / Math.sqrt(2 * Math.PI)];

/** Slopes are float32. */
const LEAKY = { "leaky-relu": Math.fround(0.01) };

type Row = [activation: Activation, exact: (x: number) => number, stated: number, slopeStated: number];

const f = (activation: Activation) => curveOf(activation).f;
/** scale·x above 0, below from depth·x to -depth. */
function bent(activation: Activation, scale: number, depth: number) {
  const below = quick(f(activation), [0, depth, depth / 2], () => -depth);
  return (x: number) => (x > 0 ? scale * x : x === 0 ? 0 : below(x));
}

const rows: Row[] = [
  ["gelu", quick(quickGelu, gelu, isNaught), 0.51, 1.02],
  ["gelu-tanh", quick(f("gelu-tanh"), gelu, isNaught), 0.51, 1.02],
  ["silu", quick(f("silu"), [0, 0.5, 0.25], isNaught), 0.51, 1.02],
  ["mish", quick(f("mish"), [0, 0.6, 0.32], isNaught), 0.51, 1.02],
  ["softplus", quick(f("softplus"), [Math.LN2, 0.5, 0.125], () => 0), 0.51, 0.51],
  ["elu", bent("elu", 1, 1), 0.51, 1],
  [{ elu: 1.5 }, bent({ elu: 1.5 }, 1, 1.5), 0.51, 1.5],
  ["selu", bent("selu", 1.0507009873554805, 1.0507009873554805 * 1.6732632423543772), 0.51, 1.5],
  ["leaky-relu", f(LEAKY), 0.5, 0.01],
  ["softsign", (x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))), 1.5, 2],
  ["hard-sigmoid", f("hard-sigmoid"), 1, 0.1],
  ["hard-tanh", f("hard-tanh"), 0, 0],
  ["relu6", (x) => (x === 0 ? x : f("relu6")(x)), 0, 0],
];

export const curves: CurveCase[] = rows.map(([activation, exact, stated, slopeStated]) => ({
  name: nameOf(activation),
  activation,
  curve: curvesOf({ layers: [1, 1, 1], activation, output: "linear" }).curves[0] as Curve,
  exact,
  slope: curveOf(activation === "leaky-relu" ? LEAKY : activation).slope,
  stated,
  slopeStated,
}));
