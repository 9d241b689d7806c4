/** Whether peers compute the same: no time of a peer counts before its results agree with wasmlp's. */
import { readFileSync, writeFileSync } from "node:fs";
import { brainPrediction, brainUpdate } from "./brain.js";
import type { Case } from "./cases.js";

/** Of probabilities, and of a loss as its share: float32 sums in another order are within 1e-5. */
const BOUND = 1e-4;
/** Of what an update changed, as a share of the largest change: also what rounding of the weights themselves allows. */
const CHANGE_BOUND = 1e-3;
/** Rows whose predictions are compared. */
const ROWS = 16;

export interface Agreement {
  readonly agrees: boolean;
  /** "3.1e-7 of 1e-4" and what was compared. */
  readonly text: string;
  /** The largest error as a share of its bound. */
  readonly share: number;
}

/** Compares what a peer wrote with what wasmlp wrote, or with brain.js's own formula. */
export function compare(folder: string, peer: string, name: string, one: Case): Agreement {
  const got = floats(`${folder}/${peer}.${name}.f32`);
  const start = floats(`${folder}/${one.weights}`);
  const wanted = peer === "brain" ? brainWanted(folder, one, start) : floats(`${folder}/wasmlp.${name}.f32`);
  if (one.kind === "predict") {
    const count = Math.min(one.rows, ROWS) * one.layers[one.layers.length - 1];
    return judge([{ what: "predictions", error: largest(count, (i) => got[i] - wanted[i]), bound: BOUND }]);
  }
  const found: Finding[] = [];
  // NaN stands for a loss that the peer does not tell; a short file for weights that are not the same weights.
  if (!Number.isNaN(got[0])) found.push({ what: "loss", error: Math.abs(got[0] / wanted[0] - 1), bound: BOUND });
  if (got.length === wanted.length) {
    const change = largest(start.length, (i) => wanted[i + 1] - start[i]);
    const error = largest(start.length, (i) => got[i + 1] - wanted[i + 1]);
    found.push({ what: "change", error: error / change, bound: CHANGE_BOUND });
  }
  return judge(found);
}

/** Whether wasmlp's result with one planted error, twice its bound, still passes: it must not. */
export function control(folder: string, name: string, one: Case): boolean {
  const values = floats(`${folder}/wasmlp.${name}.f32`);
  if (one.kind === "predict") values[0] += 2 * BOUND;
  else {
    const start = floats(`${folder}/${one.weights}`);
    values[1] += 2 * CHANGE_BOUND * largest(start.length, (i) => values[i + 1] - start[i]);
  }
  writeFileSync(`${folder}/control.${name}.f32`, values);
  return compare(folder, "control", name, one).agrees;
}

interface Finding {
  what: string;
  error: number;
  bound: number;
}

/** An error that is no number, or nothing to compare, is no agreement. */
function judge(findings: readonly Finding[]): Agreement {
  const agrees = findings.length > 0 && findings.every(({ error, bound }) => error <= bound);
  const text = findings.map(({ what, error, bound }) => `${what} ${error.toExponential(1)} of ${bound}`).join(", ");
  const share = Math.max(...findings.map(({ error, bound }) => error / bound));
  return { agrees, text: text || "nothing to compare", share };
}

function brainWanted(folder: string, one: Case, start: Float32Array): ArrayLike<number> {
  const { layers, rows, learningRate } = one;
  const x = floats(`${folder}/${one.x}`);
  if (one.kind === "predict") return brainPrediction(layers, start, x);
  const ids = new Int32Array(bytes(`${folder}/${one.y}`)).subarray(0, rows);
  return [Number.NaN, ...brainUpdate(layers, start, x, ids, learningRate / layers[0])];
}

/** Infinity where one is no number. */
function largest(count: number, difference: (index: number) => number): number {
  let most = 0;
  for (let i = 0; i < count; i++) {
    const size = Math.abs(difference(i));
    if (!(size <= most)) most = Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
  }
  return most;
}

function bytes(file: string): ArrayBuffer {
  return new Uint8Array(readFileSync(file)).buffer;
}

function floats(file: string): Float32Array {
  return new Float32Array(bytes(file));
}
