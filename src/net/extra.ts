/** What only some networks need, loaded when the first of them is made: kernels of the second module, and what calls them. */
import type { Core } from "../core/core.js";
import { addExtra } from "../core/extra-core.js";
import type { ExtraKernels } from "../core/extra-kernels.js";
import type { Kernels } from "../core/kernels.js";
import { curvesOf } from "./curves.js";
import { type Design, lossOf, outputsPerTarget } from "./design.js";
import { normalizersOf } from "./normalizers.js";
import type { Extras, ValueLoss } from "./pass-plan.js";

type All = Kernels & ExtraKernels;

/** The core with the second module, and which of its kernels a network calls. */
export async function loadExtra(core: Core, design: Design): Promise<[core: Core, design: Design, extras: Extras]> {
  return [
    await addExtra(core),
    design,
    { ...curvesOf(design), normalizers: normalizersOf(design), loss: lossKernel(design) },
  ];
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
