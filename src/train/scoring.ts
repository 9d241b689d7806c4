/** Scores of a network on a dataset, piece by piece. */
import type { RowMaker } from "../data/row-maker.js";
import { forEachSlice } from "../ground/slices.js";
import { argmax, square } from "../ground/statistics.js";
import { hasClasses } from "../net/activations.js";
import { isSoft, pointPlaces } from "../net/design.js";
import { type LossPass, lossPass } from "../net/losses.js";
import { forwardPass } from "../net/passes.js";
import { sumWeights, writeTargets } from "../net/write-targets.js";
import type { ClassificationScores, RegressionScores, Scores } from "./history.js";

/** What is scored: rows and their targets. Every {@link Dataset} fits. */
export interface Scored {
  readonly x: Float32Array | Uint8Array;
  readonly y: Float32Array;
  readonly rows: number;
  readonly targets: number;
  readonly scale: number;
  readonly weights?: Float32Array;
  readonly maker?: RowMaker;
}

/** What a network has of it (src/net/network.ts). */
export interface Network extends LossPass {
  readonly sizes: readonly number[];
  readonly parameters: Float32Array;
  readonly gradients: Float32Array;
  readonly outputs: Float32Array;
  readonly values: Float32Array;
  readonly targets: Float32Array;
  readonly labels: Int32Array;
  rowWeights: Float32Array | undefined;
  hasSoftTargets: boolean;
  skipsZeros: boolean;
  beforeUse: (() => void) | undefined;
  writeInputs(x: ArrayLike<number> | RowMaker, from: number, rows: number, scale: number): boolean;
}

/** The forward pass of a large network in slices (src/net/large-passes.ts), given where turns are. */
export type Slices = (network: Network, rows: number) => Generator<number, void>;

/**
 * Scores the network on a dataset piece by piece: yields the multiply-adds of each piece, keeps nothing in the network in
 * between, returns the scores.
 * @param check refuses the rows at hand; without it, what is not finite becomes part of the scores
 */
export function* scorePieces(
  network: Network,
  data: Scored,
  slices?: Slices,
  check?: (from: number, count: number) => void,
): Generator<number, Scores> {
  const tally = hasClasses(network.output) ? new ClassTally(network, data) : new RegressionTally(network, data);
  let loss = 0;
  for (let from = 0; from < data.rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, data.rows - from);
    network.writeInputs(data.maker ?? data.x, from, count, data.scale);
    if (!writeTargets(network, data.y, data.targets, data.weights, from, count)) throw changed("evaluate", network);
    if (slices && network.layout.isCut) yield* slices(network, count);
    else forwardPass(network, count);
    check?.(from, count);
    tally.add(from, count);
    loss += lossPass(network, count, 1);
    yield count * network.layout.parameterCount;
  }
  const { weights, rows } = data;
  const total = weights ? sumWeights(weights, 0, rows) : rows;
  if (tally instanceof RegressionTally) yield* tally.measure(total);
  return tally.scores(loss / total, total);
}

/** Targets were checked at the door: what is wrong now was written into the dataset later. */
export function changed(call: string, { sizes }: Network): Error {
  const most = sizes[sizes.length - 1] - 1;
  return new RangeError(
    `${call}: y must hold class ids from 0 to ${most} until the end, got others by a change. Change a copy, not a dataset in use.`,
  );
}

class ClassTally {
  private right = 0;

  constructor(
    private readonly network: Network,
    private readonly data: Scored,
  ) {}

  /** Reads the logits of rows `from .. from+count`. */
  add(from: number, count: number): void {
    const { outputs: logits, output, sizes } = this.network;
    const outputs = sizes[sizes.length - 1];
    const { y, weights, targets } = this.data;
    const soft = isSoft(this.network, targets);
    for (let r = 0; r < count; r++) {
      const row = from + r;
      const weight = weights ? weights[row] : 1;
      if (output === "softmax") {
        const label = soft ? argmax(y, row * outputs, outputs) : y[row];
        if (argmax(logits, r * outputs, outputs) === label) this.right += weight;
        continue;
      }
      for (let c = 0; c < outputs; c++) {
        if (logits[r * outputs + c] > 0 === y[row * outputs + c] > 0.5) this.right += weight;
      }
    }
  }

  scores(loss: number, rows: number): ClassificationScores {
    const { output, sizes } = this.network;
    return { loss, accuracy: this.right / (output === "softmax" ? rows : rows * sizes[sizes.length - 1]) };
  }
}

class RegressionTally {
  private absolute = 0;
  private readonly residual: number[];
  private readonly total: number[];

  constructor(
    private readonly network: Network,
    private readonly data: Scored,
  ) {
    this.residual = new Array<number>(data.targets).fill(0);
    this.total = [...this.residual];
  }

  /** Reads the values of rows `from .. from+count`. */
  add(from: number, count: number): void {
    const { network } = this;
    const { values, sizes } = network;
    const outputs = sizes[sizes.length - 1];
    const { y, z } = network.layout.layers[sizes.length - 2];
    network.extras?.outputCurve?.forward(network.kernels, y, z, count * outputs);
    const { targets, weights, y: wanted } = this.data;
    const [first, step] = pointPlaces(network.loss);
    for (let r = 0; r < count; r++) {
      const weight = weights ? weights[from + r] : 1;
      for (let c = 0; c < targets; c++) {
        const error = values[r * outputs + first + c * step] - wanted[(from + r) * targets + c];
        this.absolute += weight * Math.abs(error);
        this.residual[c] += weight * error * error;
      }
    }
  }

  /** The total sum of squares of each target, slice by slice. */
  *measure(total: number): Generator<number, void> {
    const { y, targets, weights } = this.data;
    const weightOf = (i: number) => (weights ? weights[Math.floor(i / targets)] : 1);
    const mean = new Array<number>(targets).fill(0);
    // From the first row on: the mean of a target that never varies must be that target.
    yield* forEachSlice(y.length, (from, to) => {
      for (let i = from; i < to; i++) mean[i % targets] += (weightOf(i) * (y[i] - y[i % targets])) / total;
    });
    for (let c = 0; c < targets; c++) mean[c] += y[c];
    yield* forEachSlice(y.length, (from, to) => {
      for (let i = from; i < to; i++) this.total[i % targets] += weightOf(i) * square(y[i] - mean[i % targets]);
    });
  }

  scores(loss: number, rows: number): RegressionScores {
    const { total, residual } = this;
    const { targets } = this.data;
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    const r2 = residual.map((left, c) => (total[c] > 0 ? 1 - left / total[c] : left === 0 ? 1 : 0));
    return {
      loss,
      meanSquaredError: sum(residual) / (rows * targets),
      meanAbsoluteError: this.absolute / (rows * targets),
      r2: sum(r2) / targets,
    };
  }
}
