/** What only some networks need, loaded when the first of them is made: kernels of the second module, and what calls them. */
import type { Core } from "../core/core.js";
import { addExtra } from "../core/extra-core.js";
import type { ExtraKernels } from "../core/extra-kernels.js";
import type { Kernels } from "../core/kernels.js";
import { type Needs, rowsAtATime } from "../core/layout.js";
import { curvesOf } from "./curves.js";
import { BATCH_ROWS, type Design, hasLevels, lossOf, normalizationsOf, outputsPerTarget } from "./design.js";
import { layerParameters } from "./layer-views.js";
import { normalizersOf } from "./normalizers.js";
import type { OwnExtras } from "./own-extras.js";
import type { Extras, ValueLoss } from "./pass-plan.js";

type All = Kernels & ExtraKernels;

/** The core with the second module, and which of its kernels a network calls. */
export async function loadExtra(core: Core, design: Design): Promise<[core: Core, design: Design, extras: OwnExtras]> {
  const extras = { ...curvesOf(design), normalizers: normalizersOf(design), loss: lossKernel(design) };
  const needs = needsOf(extras, design);
  // Batch normalisation takes mini-batches whole.
  const rows = needs.normalizations.includes("batch") ? BATCH_ROWS : rowsAtATime(design.layers);
  return [await addExtra(core), design, { ...extras, needs, rows, start }];
}

function needsOf({ curves, outputCurve }: Extras, design: Design): Needs {
  const loss = lossOf(design);
  return {
    keepsSums: [...curves, outputCurve].map((curve) => curve?.keepsSum === true),
    isCurved: outputCurve !== undefined,
    levels: hasLevels(loss) ? outputsPerTarget(loss) : 0,
    normalizations: normalizationsOf(design),
  };
}

/** Levels of quantiles; and of layers that are normalised what leaves sums that have mean 0 and variance 1 as they are. */
function start(network: Parameters<OwnExtras["start"]>[0]): void {
  const { layout, learned, design } = network;
  const loss = lossOf(design);
  if (hasLevels(loss)) new Float32Array(learned.buffer, layout.levels, loss.quantiles.length).set(loss.quantiles);
  for (const l of layout.layers.keys()) {
    const { gain, variance } = layerParameters(network, l);
    gain?.fill(1);
    variance?.fill(1);
  }
}

/** The loss's kernel; undefined for those of the core. */
function lossKernel(design: Design): ValueLoss | undefined {
  const loss = lossOf(design);
  const { layers } = design;
  const outputs = layers[layers.length - 1];
  if (loss === "absolute-error") {
    return ({ kernels }, d, z, t, rows, scale) =>
      (kernels as All).absoluteErrorBackward(d, z, t, rows * outputs, scale);
  }
  if (loss === "poisson") {
    return ({ kernels }, d, z, t, rows, scale) => (kernels as All).poissonBackward(d, z, t, rows * outputs, scale);
  }
  if (loss === "gaussian") {
    return ({ kernels }, d, z, t, rows, scale) => (kernels as All).gaussianBackward(d, z, t, rows, outputs / 2, scale);
  }
  if (typeof loss === "object" && "quantiles" in loss) {
    const levels = outputsPerTarget(loss);
    return ({ kernels, layout }, d, z, t, rows, scale) =>
      (kernels as All).quantileBackward(d, z, t, layout.levels, (rows * outputs) / levels, levels, scale);
  }
  if (loss !== "huber" && typeof loss === "string") return undefined;
  const delta = loss === "huber" ? 1 : loss.huber;
  return ({ kernels }, d, z, t, rows, scale) => (kernels as All).huberBackward(d, z, t, rows * outputs, delta, scale);
}
