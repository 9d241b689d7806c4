/** What rows should come out as, and the doors that look at it. */
import { show } from "../ground/check.js";
import { isSoft, type NetworkShape } from "./design.js";

/** How far from 1 the probabilities of a row's classes may sum up to. */
const TOLERANCE = 1e-4;

/**
 * @param y targets of `rows` rows, flat
 * @param from of these, up to, not including, `to`, the values are looked at. Default: of all
 * @throws RangeError on a wrong count, TypeError or RangeError on a value that is no target, naming its row
 */
export function checkTargets(
  call: string,
  y: ArrayLike<number>,
  rows: number,
  shape: NetworkShape,
  from = 0,
  to = y.length,
): void {
  const { output, sizes } = shape;
  const outputs = sizes[sizes.length - 1];
  const soft = isSoft(shape, y.length / rows);
  const perRow = soft ? outputs : shape.targetsPerRow;
  if (y.length !== rows * perRow) {
    const wanted = output === "softmax" ? "one class id" : `${perRow} target${perRow > 1 ? "s" : ""}`;
    throw new RangeError(`${call}: y must hold ${wanted} for each of ${rows} rows, got ${y.length} numbers.`);
  }
  for (let i = from; i < to; i++) {
    if (!isTarget(y[i], shape, soft)) throw refusal(call, wantedOf(shape, soft), y[i], i, perRow);
    // At the end of each row.
    if (!soft || (i + 1) % outputs !== 0) continue;
    let sum = 0;
    for (let c = 0; c < outputs; c++) sum += y[i - c];
    if (Math.abs(sum - 1) > TOLERANCE) throw refusal(call, wantedOf(shape, soft), sum, i, perRow);
  }
}

function refusal(call: string, wanted: string, got: unknown, place: number, perRow: number): Error {
  const row = Math.floor(place / perRow);
  const kind = typeof got === "number" ? RangeError : TypeError;
  return Object.assign(new kind(`${call}: y must hold ${wanted}, got ${show(got)} at row ${row}.`), { row });
}

function wantedOf({ output, sizes, loss }: NetworkShape, soft: boolean): string {
  if (soft) return "class ids, or probabilities that sum to 1";
  if (output === "softmax") return `class ids from 0 to ${sizes[sizes.length - 1] - 1}`;
  if (output === "sigmoid") return "zeros and ones, or probabilities between them";
  return loss === "poisson" ? "finite numbers >= 0" : "finite numbers";
}

function isTarget(value: number, { output, sizes, loss }: NetworkShape, soft: boolean): boolean {
  if (typeof value !== "number") return false;
  if (soft || output === "sigmoid") return value >= 0 && value <= 1;
  if (output === "softmax") return Number.isInteger(value) && value >= 0 && value < sizes[sizes.length - 1];
  if (loss === "poisson" && !(value >= 0)) return false;
  return Number.isFinite(value) && Number.isFinite(Math.fround(value));
}
