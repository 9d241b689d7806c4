/** What a search tries that is given no space: what the table, and the options that are open, leave to choose. */
import type { Candidates } from "./candidates.js";
import type { TableOptions } from "./options.js";
import type { SearchSpace } from "./search-space.js";

/** Of fewer rows batches are small, and networks are more, whatever their sizes: those of the recipe of a fit are. */
const MANY_ROWS = 1500;

/** Texts of a column that each have a feature anyway: of no more there is nothing to choose. */
const FEW_TEXTS = 20;

const SIZES = {
  few: { hidden: [[], [16], [64], [256], [64, 32]], batchSize: [16, 32, 64] },
  many: { hidden: [[], [64], [128], [256], [128, 64], [256, 128]], batchSize: [64, 128, 256] },
} as const;

/**
 * Options that are given are settled: they are not searched. Rates and decays lie around those of the recipe of a fit
 * (src/table/fit-options.ts).
 */
export function ownSpace<M, S, T>(
  { rows, mostTexts }: Candidates<M, S, T>,
  given: Omit<TableOptions, "target">,
): SearchSpace {
  const isWatched =
    typeof given.validation === "number" ? given.validation > 0 : given.validation !== undefined || rows >= 60;
  const hasOptimizer = given.optimizer !== undefined;
  const space: SearchSpace = {
    ...SIZES[rows < MANY_ROWS ? "few" : "many"],
    dropout: { low: 0, high: 0.4 },
    ...(!hasOptimizer && {
      learningRate: { low: 0.001, high: 0.01, log: true },
      ...(isWatched ? { weightDecay: { low: 0.03, high: 3, log: true } } : { l2: { low: 1e-4, high: 0.1, log: true } }),
    }),
    ...(mostTexts > FEW_TEXTS && {
      maxCategories: [10, FEW_TEXTS, 50, 100, 300].filter((most) => most < 2 * mostTexts),
    }),
  };
  const isFew = rows < MANY_ROWS && given.hidden === undefined;
  const whole = { ...space, ...(isFew && { ensemble: [8] }) };
  const isOpen = ([name]: [string, unknown]) => given[name as keyof typeof given] === undefined;
  return Object.fromEntries(Object.entries(whole).filter(isOpen));
}
