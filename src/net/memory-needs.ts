/** What a network's design asks of the plan of its memory (src/core/layout.ts). */
import { type Needs, rowsAtATime } from "../core/layout.js";
import { BATCH_ROWS, type Design, hasLevels, lossOf, normalizationsOf, outputsPerTarget } from "./design.js";
import type { Extras } from "./pass-plan.js";

/** What memory is planned for beside the usual. */
export function needsOf({ curves, outputCurve }: Extras, design: Design): Needs {
  const loss = lossOf(design);
  return {
    keepsSums: [...curves, outputCurve].map((curve) => curve?.keepsSum === true),
    isCurved: outputCurve !== undefined,
    levels: hasLevels(loss) ? outputsPerTarget(loss) : 0,
    normalizations: normalizationsOf(design),
  };
}

/** How many rows pass through at a time. */
export function rowsOf(design: Pick<Design, "layers" | "normalization">): number {
  return normalizationsOf(design).includes("batch") ? BATCH_ROWS : rowsAtATime(design.layers);
}
