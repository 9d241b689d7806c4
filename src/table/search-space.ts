/** What a search may try: options, the values of each, and which of them are drawn. */
import { checkOptions } from "../ground/check.js";
import type { Signal } from "../ground/web.js";
import { checkValues, numberAt, type SearchRange } from "../study/space.js";

export type { SearchRange };

const SEARCHED = [
  ...["hidden", "activation", "init", "learningRate", "l1", "l2", "dropout", "clipNorm", "batchSize", "epochs"],
  ...["classWeights", "maxCategories", "ensemble", "weightDecay"],
] as const;

/**
 * What a search may try: by option a list to choose from, or a range of numbers. All are options of a fit: settings that were
 * tried can be given to one.
 */
export type SearchSpace = { readonly [K in (typeof SEARCHED)[number]]?: readonly unknown[] | SearchRange };

/**
 * Refuses what is no space. What its values must be the doors of a fit know, see {@link checkChoices}.
 * @returns copies of the lists and ranges: what is read twice could say something else the second time
 */
export function checkSpace(call: string, space: unknown): SearchSpace {
  // Values have no classes.
  const known = SEARCHED.filter((name) => name !== "classWeights" || !call.startsWith("Regressor"));
  checkOptions(call, space, known);
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError(`${call}: the space must name an option to search over, got none.`);
  return Object.fromEntries(entries.map(([name, values]) => [name, checkValues(call, name, values)]));
}

/** What fits models to rows that were read: {@link Candidates} do. */
interface Fits<T> {
  readonly rows: number;
  fit(options: T, rowNumbers?: Uint32Array): Promise<unknown>;
}

/** Options of a fit that may be ended. */
type Ended = { readonly signal?: Signal | undefined; readonly onWarning?: unknown; readonly pool?: unknown };

/** Rows that a choice is checked with: enough to make columns of. */
const LOOKED_AT = 1000;

/** Has the doors of a fit look at the options, at each value that is listed, and at both ends of each range and between them. */
export async function checkChoices<T extends Ended>(
  candidates: Fits<T>,
  space: SearchSpace,
  options: T,
): Promise<void> {
  const { rows } = candidates;
  const few = Uint32Array.from({ length: Math.min(rows, LOOKED_AT) }, (_, i) => Math.floor((i * rows) / LOOKED_AT));
  const numbers = rows > LOOKED_AT ? few : undefined;
  const { signal } = options;
  // A fit that was aborted before it began checks all and trains nothing. What is no signal it refuses.
  const isSignal = signal === undefined || typeof signal?.aborted === "boolean";
  const ended = isSignal ? ({ aborted: true } as Signal) : signal;
  const looking: T = { ...options, signal: ended, onWarning: undefined, pool: undefined };
  const look = (settings: Record<string, unknown>, rowNumbers?: Uint32Array) =>
    candidates.fit(apply(looking, settings), rowNumbers);
  // These few rows may lack what all have together: only all of them show what is wrong.
  const check = (settings: Record<string, unknown>) => look(settings, numbers).catch(() => look(settings));
  await check({});
  for (const [name, values] of Object.entries(space)) {
    for (const value of choicesOf(values)) {
      await check({ [name]: value }).catch((error) => checkBeside(space, { [name]: value }, check, error));
    }
  }
}

/** Activations, one a layer, fit some sizes only: a choice of either may need one of the other. */
async function checkBeside(
  space: SearchSpace,
  choice: Record<string, unknown>,
  check: (settings: Record<string, unknown>) => Promise<unknown>,
  error: unknown,
): Promise<void> {
  const other = "hidden" in choice ? "activation" : "hidden";
  const isOfLayers = "hidden" in choice || "activation" in choice;
  for (const value of isOfLayers ? choicesOf(space[other] ?? []) : []) {
    const fits = await check({ ...choice, [other]: value }).then(
      () => true,
      () => false,
    );
    if (fits) return;
  }
  throw error;
}

/** The values of a list; of a range both ends, and a number between them, to be whole only if all that is drawn is. */
function choicesOf(values: readonly unknown[] | SearchRange): readonly unknown[] {
  if (Array.isArray(values)) return values;
  return [0, 1, 0.618].map((share) => numberAt(values as SearchRange, share));
}

/** The options with what was drawn. */
export function apply<T extends object>(options: T, settings: Record<string, unknown>): T {
  return { ...options, ...settings };
}
