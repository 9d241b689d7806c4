/** From the last sums to the loss and, in their place or beside them, its derivative. */
import type { Loss } from "./design.js";
import type { Pass } from "./pass-plan.js";

/** What losses need beside what passes need. */
export interface LossPass extends Pass {
  /** What rows at hand count, if they do not count alike. */
  readonly rowWeights: Float32Array | undefined;
  /** Whether softmax's targets are probabilities of all classes, not class ids. */
  readonly hasSoftTargets: boolean;
  readonly loss: Loss;
  /** Targets of a row. */
  readonly targetsPerRow: number;
  /** For sigmoid what a 0 and a 1 count of each output, if they do not count alike. */
  readonly hasPairWeights: boolean;
}

/**
 * The loss of the rows at hand, summed, each times its weight; the derivative of their share of the mini-batch's mean takes the
 * place where the last layer's `dy` is.
 * @param total weights of the rows of the whole mini-batch; not 1/total, which would be 16 bytes of garbage a call
 * @param weighted whether rows count by their class's weight
 */
export function lossPass(pass: LossPass, rows: number, total: number, weighted = false): number {
  const { rowWeights, extras, kernels, layout } = pass;
  if (!extras && !rowWeights) return lossOfRows(pass, 0, rows, 1 / total, weighted);
  const { y, z, dy, outputs } = layout.layers[layout.layers.length - 1];
  const curve = isOfSums(pass) ? undefined : extras?.outputCurve;
  curve?.forward(kernels, y, z, rows * outputs);
  let loss = 0;
  if (!rowWeights) loss = lossOfRows(pass, 0, rows, 1 / total, weighted);
  else {
    for (let r = 0; r < rows; r++) {
      const weight = rowWeights[r];
      loss += weight * lossOfRows(pass, r, 1, total > 0 ? weight / total : 0, weighted);
    }
  }
  curve?.backward(kernels, dy, dy, curve.keepsSum ? z : y, rows * outputs);
  return loss;
}

/** Whether the loss is computed from the sums, whatever the values that are made of them. */
function isOfSums({ loss }: LossPass): boolean {
  return loss === "poisson";
}

/** The loss of rows `from .. from+rows` of those at hand, summed. */
function lossOfRows(pass: LossPass, from: number, rows: number, scale: number, weighted: boolean): number {
  const { kernels, layout, output, extras } = pass;
  const { ones, classWeights, layers } = layout;
  const last = layers[layers.length - 1];
  const { dy, outputs } = last;
  const start = 4 * from * outputs;
  const d = dy + start;
  const z = start + (isOfSums(pass) ? last.z : last.y);
  const t = layout.targets + start;
  const n = rows * outputs;
  if (output === "softmax") {
    if (pass.hasSoftTargets) return kernels.softmaxTargetsBackward(d, z, t, rows, outputs, scale);
    const weights = weighted ? classWeights : ones;
    return kernels.softmaxCrossEntropyBackward(d, z, layout.targets + 4 * from, weights, rows, outputs, scale);
  }
  if (output === "sigmoid") {
    if (weighted && pass.hasPairWeights)
      return kernels.sigmoidPairsBackward(d, z, t, classWeights, rows, outputs, scale);
    return kernels.sigmoidCrossEntropyBackward(d, z, t, n, scale);
  }
  if (!extras?.loss) return kernels.squaredErrorBackward(d, z, t, n, scale);
  // Of a row there may be fewer targets than outputs.
  const perRow = pass.targetsPerRow;
  return extras.loss(pass, d, z, layout.targets + 4 * from * perRow, rows, scale);
}
