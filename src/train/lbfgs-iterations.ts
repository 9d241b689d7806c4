/**
 * L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5): steps of a quasi-Newton method over all rows. Vectors are float64, but
 * parameters are what float32 holds, and differences are taken between those; sums run in the order of the parameters.
 */
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { type Fit, FullBatch } from "./full-batch.js";
import { ROUNDING, searchLine, type Trial } from "./line-search.js";
import type { Iterate, Iteration, Objective } from "./objective.js";
import type { Lbfgs } from "./optimizer-kinds.js";

/** Iterations one after the other that gained no more than float32 leaves open of the loss: there is no more to gain. */
const IDLE = 5;

/** A step s and what it did to the gradient, y; rho = 1 / s·y. */
interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

/** The iterations of one fit: they share what they know of the curvature, and the gradient where they are. */
class Iterations {
  private pairs: Pair[] = [];
  private here: Trial | undefined;
  private idle = 0;

  constructor(private readonly options: Lbfgs) {}

  *iterate(objective: Objective): Generator<number, Iteration | undefined> {
    const x = new Float64Array(objective.parameters);
    this.here ??= yield* tryAt(objective, x, 0);
    const from = this.here;
    if (!from) return undefined;
    const { loss, dataLoss } = from;
    const steepest = largest(from.gradient);
    // A gradient that float32 cannot hold is refused as a loss would be.
    if (!Number.isFinite(steepest)) return { loss: steepest, dataLoss, step: 0, isDone: true };
    let found: Trial | "none" | undefined = "none";
    if (Number.isFinite(loss) && steepest > this.options.tolerance) {
      found = yield* this.search(objective, x, from);
      if (found === "none" && this.pairs.length > 0) {
        // What was learned may mislead.
        this.pairs = [];
        found = yield* this.search(objective, x, from);
      }
      yield* objective.move(typeof found === "object" ? found.x : x);
    }
    if (found === undefined) return undefined;
    if (found === "none") return { loss, dataLoss, step: 0, isDone: true };
    yield* this.learn(x, from, found);
    const isDone = this.idle >= IDLE || largest(found.gradient) <= this.options.tolerance;
    return { loss, dataLoss, step: found.step, isDone };
  }

  private *search(objective: Objective, x: Float64Array, from: Trial): Generator<number, Trial | "none" | undefined> {
    const direction = yield* descend(from.gradient, this.pairs);
    const slope = yield* dot(from.gradient, direction);
    if (!(slope < 0)) return "none";
    const first = this.pairs.length > 0 ? 1 : 1 / Math.max(1, yield* sumOfSizes(from.gradient));
    const at = (step: number) => tryAlong(objective, x, direction, step);
    return yield* searchLine(at, { ...from, step: 0, slope }, first, this.options.evaluations);
  }

  private *learn(x: Float64Array, from: Trial, to: Trial): Generator<number, void> {
    const pair = yield* pairOf(x, from.gradient, to);
    // Curvature that is not positive would make the next direction no way down.
    if (pair) this.pairs = [...this.pairs.slice(this.pairs.length < this.options.memory ? 0 : 1), pair];
    this.here = to;
    this.idle = to.loss < from.loss - ROUNDING * Math.abs(from.loss) ? 0 : this.idle + 1;
  }
}

/** The iterations of one fit. */
export function iterations(options: Lbfgs, fit: Fit): Iterate {
  const [all, objective] = [new Iterations(options), new FullBatch(fit)];
  return () => all.iterate(objective);
}

/** Loss and gradient at these parameters; undefined if the signal ended the fit. */
function* tryAt(objective: Objective, x: Float64Array, step: number): Generator<number, Trial | undefined> {
  const evaluated = yield* objective.evaluate();
  if (!evaluated) return undefined;
  const { gradient: floats } = objective;
  const gradient = yield* vector(x.length, (i) => floats[i]);
  return { ...evaluated, x, gradient, step, slope: 0 };
}

function* tryAlong(
  objective: Objective,
  start: Float64Array,
  direction: Float64Array,
  step: number,
): Generator<number, Trial | undefined> {
  const x = yield* vector(start.length, (i) => Math.fround(start[i] + step * direction[i]));
  yield* objective.move(x);
  const trial = yield* tryAt(objective, x, step);
  return trial && { ...trial, slope: yield* dot(trial.gradient, direction) };
}

/** -H·g, H the inverse of the curvature as the pairs tell it: the two loops, from the newest pair to the oldest and back. */
function* descend(gradient: Float64Array, pairs: readonly Pair[]): Generator<number, Float64Array> {
  const q = yield* vector(gradient.length, (i) => -gradient[i]);
  const shares: number[] = [];
  for (const { s, y, rho } of [...pairs].reverse()) {
    const share = rho * (yield* dot(s, q));
    shares.push(share);
    yield* add(q, -share, y);
  }
  const newest = pairs.at(-1);
  if (newest) {
    const scale = 1 / (newest.rho * (yield* dot(newest.y, newest.y)));
    yield* each(q.length, (from, to) => {
      for (let i = from; i < to; i++) q[i] *= scale;
    });
  }
  for (const { s, y, rho } of pairs) yield* add(q, (shares.pop() as number) - rho * (yield* dot(y, q)), s);
  return q;
}

function* pairOf(
  x: Float64Array,
  before: Float64Array,
  { x: to, gradient }: Trial,
): Generator<number, Pair | undefined> {
  const s = yield* vector(x.length, (i) => to[i] - x[i]);
  const y = yield* vector(x.length, (i) => gradient[i] - before[i]);
  const product = yield* dot(s, y);
  return product > 1e-10 * (yield* dot(y, y)) ? { s, y, rho: 1 / product } : undefined;
}

/** Numbers at a time. */
const STRETCH = 2 ** 17;

function vector(length: number, of: (i: number) => number): Generator<number, Float64Array> {
  return fillSlices(new Float64Array(length), of, STRETCH);
}

function each(count: number, work: (from: number, to: number) => void): Generator<number, void> {
  return forEachSlice(count, work, STRETCH);
}

function* dot(a: Float64Array, b: Float64Array): Generator<number, number> {
  let sum = 0;
  yield* each(a.length, (from, to) => {
    for (let i = from; i < to; i++) sum += a[i] * b[i];
  });
  return sum;
}

/** a += factor·b */
function add(a: Float64Array, factor: number, b: Float64Array): Generator<number, void> {
  return each(a.length, (from, to) => {
    for (let i = from; i < to; i++) a[i] += factor * b[i];
  });
}

function* sumOfSizes(a: Float64Array): Generator<number, number> {
  let sum = 0;
  yield* each(a.length, (from, to) => {
    for (let i = from; i < to; i++) sum += Math.abs(a[i]);
  });
  return sum;
}

function largest(a: Float64Array): number {
  let most = 0;
  for (const value of a) {
    if (Number.isNaN(value)) return value;
    most = Math.max(most, Math.abs(value));
  }
  return most;
}
