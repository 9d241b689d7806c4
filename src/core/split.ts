/**
 * How the calls of kernels are split among threads: by rows, by columns or by elements of what they write, never inside a sum, so
 * that the bits are those of the whole call, whatever the number of shares.
 */
import type { Kernels } from "./kernels.js";

/** What a share makes of an argument of the whole call. */
type Part =
  /** It is the same for all. */
  | "same"
  /** An address of elements, 4 bytes each, one for each that is counted. */
  | "elements"
  /** An address of as many bytes. */
  | "bytes"
  /** The number of the first element. */
  | "from"
  /** Scratch: each share has its own. */
  | "scratch"
  /** Floats between rows: columns of other shares lie there too. */
  | "gap"
  /** How many there are of what is split. */
  | "count"
  /** An address of rows that are as long as the argument of this number says. */
  | number;

/** How a kernel's calls are split. */
export interface Split {
  /** One for each argument. */
  readonly parts: readonly Part[];
  /** Where the count is among the arguments. */
  readonly count: number;
  /** Arguments whose product is the work, in multiply-adds or elements. */
  readonly work: readonly number[];
  /** So much work, in multiply-adds or elements, is worth another thread. */
  readonly worth: number;
  /** Shares begin at multiples of so many: whole tiles and cache lines. */
  readonly unit: number;
  /** Whether the results of the shares, whole numbers, are added up; else there is none. */
  readonly adds: boolean;
}

/** Multiply-adds of a product that take about two microseconds. */
export const PRODUCT = 50_000;

/** Elements of cheap passes, and of such as compute an exponential or a square root for each, that take two microseconds. */
const CHEAP = 8192;
const DEAR = 2048;

/** The arguments of products follow four addresses: B rows, I inputs, O outputs. */
const [B, I, O] = [5, 6, 7];

const FORWARD = split([O, I, "same", "same", "scratch", "count", "same", "same"], [B, I, O], PRODUCT, 8);

/** dW has a row for each column of X. */
const WEIGHTS = split([6, "elements", "same", "scratch", "same", "count", "same", "gap"], [4, 5, 6], PRODUCT, 16);

const INPUTS = split([5, 6, "same", "scratch", "count", "same", "same"], [4, 5, 6], PRODUCT, 8);
const INPUTS_RELU = split([6, 7, "same", 6, "scratch", "count", "same", "same"], [B, I, O], PRODUCT, 8);

/** So many addresses of elements, their count, and so many numbers that are the same for all. */
function elementwise(addresses: number, further: number, worth: number): Split {
  const parts = [...Array<Part>(addresses).fill("elements"), "count" as const, ...Array<Part>(further).fill("same")];
  return split(parts, [addresses], worth, 64);
}

function split(parts: readonly Part[], work: readonly number[], worth: number, unit: number, adds = false): Split {
  return { parts, count: parts.indexOf("count"), work, worth, unit, adds };
}

/** The kernels that are split. Those that add up losses, norms or column sums run on one thread. */
export const SPLITS = {
  denseForward: FORWARD,
  denseReluForward: FORWARD,
  sparseForward: FORWARD,
  sparseReluForward: FORWARD,
  weightsBackward: WEIGHTS,
  weightsAccumulate: WEIGHTS,
  sparseWeightsBackward: WEIGHTS,
  sparseWeightsAccumulate: WEIGHTS,
  inputsBackward: INPUTS,
  inputsReluBackward: INPUTS_RELU,
  softmaxForward: split([3, 3, "count", "same"], [2, 3], DEAR, 8),
  expForward: elementwise(2, 0, DEAR),
  logForward: elementwise(2, 0, DEAR),
  sigmoidForward: elementwise(2, 0, DEAR),
  tanhForward: elementwise(2, 0, DEAR),
  sigmoidBackward: elementwise(3, 0, CHEAP),
  tanhBackward: elementwise(3, 0, CHEAP),
  dropoutForward: split(["elements", "elements", "count", "from", "same", "same", "same", "same"], [2], CHEAP, 64),
  bytesForward: split(["elements", "bytes", "count", "same"], [2], 4 * CHEAP, 64, true),
  clipStep: elementwise(1, 1, CHEAP),
  clampStep: elementwise(1, 1, CHEAP),
  sgdStep: elementwise(2, 1, CHEAP),
  momentumStep: elementwise(3, 2, CHEAP),
  nesterovStep: elementwise(3, 2, CHEAP),
  adamStep: elementwise(4, 7, DEAR),
  amsgradStep: elementwise(5, 7, DEAR),
  nadamStep: elementwise(4, 8, DEAR),
  rmspropStep: elementwise(5, 5, DEAR),
  adagradStep: elementwise(3, 3, DEAR),
  lionStep: elementwise(3, 5, CHEAP),
} as const satisfies Partial<Record<keyof Kernels, Split>>;

/** The kernels that are split, by the numbers under which threads know them. */
export const SPLIT_NAMES = Object.keys(SPLITS) as readonly (keyof typeof SPLITS)[];

/** No kernel has more arguments. */
export const MOST_ARGUMENTS = 13;

/**
 * How many of at most `most` shares a call is worth; 1 if it runs alone.
 * @param share of the work that is worth another thread as a rule
 */
export function sharesOf({ work, worth, count, unit }: Split, all: Float64Array, most: number, share = 1): number {
  let size = 1;
  for (const at of work) size *= all[at];
  const shares = Math.min(most, size / (share * worth), Math.ceil(all[count] / unit));
  // Cut to an integer of the engine's: another number would be garbage at every call.
  return shares > 1 ? shares >>> 0 : 1;
}

/**
 * The arguments of share number `share` of `shares`.
 * @param all the arguments of the whole call
 * @param own is written into
 * @param scratch the bytes of scratch that a share has
 * @returns whether there is anything to do
 */
export function writeShare(
  { parts, count, unit }: Split,
  all: Float64Array,
  own: Float64Array,
  share: number,
  shares: number,
  scratch: number,
): boolean {
  const total = all[count];
  const units = Math.ceil(total / unit);
  const from = Math.min(total, unit * Math.floor((share * units) / shares));
  const to = Math.min(total, unit * Math.floor(((share + 1) * units) / shares));
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i];
    const whole = all[i];
    if (part === "same") own[i] = whole;
    else if (part === "count") own[i] = to - from;
    // An address of 0 says that there is no such array.
    else if (part === "elements") own[i] = whole === 0 ? 0 : whole + 4 * from;
    else if (part === "bytes" || part === "from") own[i] = whole + from;
    else if (part === "scratch") own[i] = whole + share * scratch;
    // Who names no gap has none.
    else if (part === "gap") own[i] = (whole || 0) + total - (to - from);
    else own[i] = whole + 4 * from * all[part];
  }
  return to > from;
}
