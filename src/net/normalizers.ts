/** Normalisation of hidden layers: which kernels of the second module, on which slabs (src/core/layout.ts has the picture). */
import type { ExtraKernels } from "../core/extra-kernels.js";
import type { Kernels } from "../core/kernels.js";
import type { LayerPlan, Normalization, NormalizationPlan } from "../core/memory-map.js";
import { WORTH_A_LOOK } from "../ground/slices.js";
import { type Design, normalizationsOf } from "./design.js";
import type { ForwardKernels, NormalisedLayer, Normalizer } from "./pass-plan.js";

type All = Kernels & ExtraKernels;
const all = (kernels: ForwardKernels | Kernels) => kernels as All;

/** Layers that are asked for have a plan. */
const planOf = ({ norm }: Pick<LayerPlan, "norm">) => norm as NormalizationPlan;

/** Units `from .. from+count` of the rows at hand: a mini-batch passes as a whole, so nothing is ever added up. */
function batchForward(kernels: All, layer: NormalisedLayer, rows: number, from: number, count: number): void {
  const { z, u, outputs } = layer;
  const { gain, shift, moments } = planOf(layer);
  const at = 4 * from;
  const [sums, taken, own] = [z + at, u + at, moments + 2 * at];
  kernels.batchNormalizationForward(taken, sums, own, sums, gain + at, shift + at, rows, outputs, count);
}

function batchBackward(kernels: All, layer: LayerPlan, rows: number, from: number, count: number): void {
  const { z, dy, outputs } = layer;
  const { gain, dgain, dshift, moments } = planOf(layer);
  const at = 4 * from;
  const [d, own] = [dy + at, moments + 2 * at];
  kernels.batchNormalizationBackward(d, dgain + at, dshift + at, d, z + at, own, gain + at, rows, outputs, count);
}

function runningForward(kernels: All, layer: NormalisedLayer, rows: number, from = 0): void {
  const { z, u, outputs } = layer;
  const { mean, variance, gain, shift } = planOf(layer);
  const at = 4 * from * outputs;
  kernels.runningNormalizationForward(u + at, z + at, mean, variance, gain, shift, rows, outputs);
}

/** Rows `from .. from+rows` of those at hand. */
function layerForward(kernels: All, layer: NormalisedLayer, rows: number, from = 0): void {
  const { z, u, outputs } = layer;
  const { gain, shift, moments } = planOf(layer);
  const [at, own] = [4 * from * outputs, moments + 8 * from];
  kernels.layerNormalizationForward(u + at, z + at, own, z + at, gain, shift, rows, outputs);
}

function layerBackward(kernels: All, layer: LayerPlan, rows: number, first: boolean, from = 0): void {
  const { z, dy, outputs } = layer;
  const { gain, dgain, dshift, moments } = planOf(layer);
  const at = 4 * from * outputs;
  const [d, h] = [dy + at, z + at];
  if (first) {
    kernels.gainsBackward(dgain, d, h, rows, outputs);
    kernels.biasesBackward(dshift, d, rows, outputs);
  } else {
    kernels.gainsAccumulate(dgain, d, h, rows, outputs);
    kernels.biasesAccumulate(dshift, d, rows, outputs);
  }
  kernels.layerNormalizationBackward(d, d, h, moments + 8 * from, gain, rows, outputs);
}

/** Parts of `size` of so many, one after the other. */
function* inParts(count: number, size: number, work: (from: number, count: number) => void): Generator<number, void> {
  for (let from = 0; from < count; from += size) {
    work(from, Math.min(size, count - from));
    yield WORTH_A_LOOK;
  }
}

/** Units of a part, a multiple of the lanes of a register. */
const unitsOf = (rows: number, part: number) => 4 * Math.max(1, Math.floor(part / (4 * rows)));
const rowsOf = ({ outputs }: Pick<LayerPlan, "outputs">, part: number) => Math.max(1, Math.floor(part / outputs));

const batch: Normalizer = {
  forward: (kernels, layer, rows, training) =>
    training ? batchForward(all(kernels), layer, rows, 0, layer.outputs) : runningForward(all(kernels), layer, rows),
  backward: (kernels, layer, rows) => batchBackward(all(kernels), layer, rows, 0, layer.outputs),
  forwardSlices: (kernels, layer, rows, training, part) =>
    training
      ? inParts(layer.outputs, unitsOf(rows, part), (from, count) =>
          batchForward(all(kernels), layer, rows, from, count),
        )
      : inParts(rows, rowsOf(layer, part), (from, count) => runningForward(all(kernels), layer, count, from)),
  backwardSlices: (kernels, layer, rows, _, part) =>
    inParts(layer.outputs, unitsOf(rows, part), (from, count) => batchBackward(all(kernels), layer, rows, from, count)),
  step(kernels, layer, rows) {
    const { mean, variance, moments } = planOf(layer);
    all(kernels).runningMomentsStep(mean, variance, moments, rows, layer.outputs);
  },
};

const layer: Normalizer = {
  forward: (kernels, own, rows) => layerForward(all(kernels), own, rows),
  backward: (kernels, own, rows, first) => layerBackward(all(kernels), own, rows, first),
  forwardSlices: (kernels, own, rows, _, part) =>
    inParts(rows, rowsOf(own, part), (from, count) => layerForward(all(kernels), own, count, from)),
  backwardSlices: (kernels, own, rows, first, part) =>
    inParts(rows, rowsOf(own, part), (from, count) =>
      layerBackward(all(kernels), own, count, first && from === 0, from),
    ),
};

const NORMALIZERS: { readonly [name in Normalization]: Normalizer | undefined } = { batch, layer, none: undefined };

/** Of the hidden layers. */
export function normalizersOf(design: Design): (Normalizer | undefined)[] {
  return normalizationsOf(design).map((name) => NORMALIZERS[name]);
}
