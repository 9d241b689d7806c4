/** Activations of the second module, by name: which kernels, with which constants, and what their slope is computed from. */
import type { ExtraKernels } from "../core/extra-kernels.js";
import type { Kernels } from "../core/kernels.js";
import {
  type Activation,
  type ActivationName,
  COMMON_ACTIVATIONS,
  COMMON_OUTPUTS,
  type Output,
  partsOf,
  perLayer,
} from "./activations.js";
import { type Design, normalizationsOf } from "./design.js";
import type { Curve, Extras } from "./pass-plan.js";

type All = Kernels & ExtraKernels;
type Smooth = "gelu" | "geluTanh" | "silu" | "mish" | "softplus" | "softsign";

/** Of kernels without constants. */
const plain = (name: Smooth, keepsSum = true): Curve => ({
  keepsSum,
  forward: (kernels, y, x, n) => (kernels as All)[`${name}Forward`](y, x, n),
  backward: (kernels, dz, dy, kept, n) => (kernels as All)[`${name}Backward`](dz, dy, kept, n),
});

const elu = (scale: number, alpha: number): Curve => ({
  keepsSum: false,
  forward: (kernels, y, x, n) => (kernels as All).eluForward(y, x, n, scale, alpha),
  backward: (kernels, dz, dy, y, n) => (kernels as All).eluBackward(dz, dy, y, n, scale, alpha),
});

const leakyRelu = (slope: number): Curve => ({
  keepsSum: false,
  forward: (kernels, y, x, n) => (kernels as All).leakyReluForward(y, x, n, slope),
  backward: (kernels, dz, dy, y, n) => (kernels as All).leakyReluBackward(dz, dy, y, n, slope),
});

/** Slopes are those of sums strictly between the corners: an output that dropout scaled and scaled back may have left its corner. */
const clamp = (low: number, high: number): Curve => ({
  keepsSum: true,
  forward: (kernels, y, x, n) => (kernels as All).clampForward(y, x, n, low, high),
  backward: (kernels, dz, dy, z, n) => (kernels as All).clampBackward(dz, dy, z, n, low, high, 1),
});

/** Klambauer et al. 2017. */
const SELU = [1.0507009873554805, 1.6732632423543772] as const;

const CURVES: { readonly [name in ActivationName]?: (given: number | undefined) => Curve } = {
  "leaky-relu": (slope = 0.01) => leakyRelu(slope),
  elu: (alpha = 1) => elu(1, alpha),
  selu: () => elu(...SELU),
  gelu: () => plain("gelu"),
  "gelu-tanh": () => plain("geluTanh"),
  silu: () => plain("silu"),
  mish: () => plain("mish"),
  softplus: () => plain("softplus"),
  softsign: () => plain("softsign", false),
  "hard-sigmoid": () => ({
    keepsSum: true,
    forward: (kernels, y, x, n) => (kernels as All).hardSigmoidForward(y, x, n),
    backward: (kernels, dz, dy, z, n) => (kernels as All).clampBackward(dz, dy, z, n, -3, 3, 1 / 6),
  }),
  "hard-tanh": () => clamp(-1, 1),
  relu6: () => clamp(0, 6),
  exponential: () => ({
    keepsSum: false,
    forward: (kernels, y, x, n) => (kernels as All).expForward(y, x, n),
    backward: (kernels, dz, dy, y, n) => (kernels as All).expBackward(dz, dy, y, n),
  }),
  // As outputs, after which a loss of values comes; hidden layers have theirs in the core.
  relu: () => clamp(0, Number.POSITIVE_INFINITY),
  tanh: () => ({
    keepsSum: false,
    forward: (kernels, y, x, n) => kernels.tanhForward(y, x, n),
    backward: (kernels, dz, dy, y, n) => (kernels as All).tanhBackward(dz, dy, y, n),
  }),
};

/** max(x, 0), exact, of sums that were normalised: dense kernels cannot make it then. Its slope is in the kernel of the next layer. */
const laterRelu = clamp(0, Number.POSITIVE_INFINITY);

/** The kernels of the activations of a network, where passes do not know them themselves. */
export function curvesOf(design: Design): Pick<Extras, "curves" | "outputCurve"> {
  const { layers, activation, output } = design;
  const hidden = perLayer(activation, layers.length - 2);
  const normalizations = normalizationsOf(design);
  return {
    curves: hidden.map((own, l) => {
      if (own === "relu" && normalizations[l] !== "none") return laterRelu;
      return (COMMON_ACTIVATIONS as readonly unknown[]).includes(own) ? undefined : curveOf(own);
    }),
    outputCurve: (COMMON_OUTPUTS as readonly Output[]).includes(output) ? undefined : curveOf(output as Activation),
  };
}

function curveOf(activation: Activation): Curve | undefined {
  const [name, given] = partsOf(activation);
  return CURVES[name]?.(given);
}
