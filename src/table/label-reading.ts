/** How the targets of a classifier's rows are read: as one label a row, or several. */
import { own } from "../ground/check.js";
import { type LabelWeights, pairsById, weightsById } from "./class-weights.js";
import { readLabelSets } from "./read-label-sets.js";
import { type LabelCells, readLabels } from "./read-labels.js";

interface Weights {
  readonly classWeights?: LabelWeights;
}

/** What reads targets, and what their classes' weights are. */
interface LabelReading {
  readTargets(markers: ReadonlySet<string>): Generator<number, LabelCells>;
  translate(
    options: Weights,
    cells: Pick<LabelCells, "labels">,
  ): { classWeights: readonly number[] | "balanced" | undefined };
}

/** Targets are lists of labels if that of the first row is. */
export function readingOf(call: string, rows: readonly object[], target: string): LabelReading {
  if (!Array.isArray(own(rows[0], target))) {
    return {
      readTargets: (markers) => readLabels(call, rows, target, markers),
      translate: ({ classWeights }, { labels }) => ({ classWeights: weightsById(call, classWeights, labels) }),
    };
  }
  const reading = {
    readTargets: (markers: ReadonlySet<string>) => readLabelSets(call, rows, target, markers),
    translate: ({ classWeights }: Weights, { labels }: Pick<LabelCells, "labels">) => ({
      classWeights: pairsById(call, classWeights, labels),
    }),
  };
  // Of another output, which a Classifier's types do not tell of.
  return reading as object as LabelReading;
}
