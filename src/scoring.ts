/** Scores of a network on a dataset, piece by piece. */
import type { Dataset } from "./dataset.js";
import { argmax } from "./metrics.js";
import type { Network, Output } from "./network.js";
import { writeTargets } from "./targets.js";

/** What {@link MLP.evaluate} returns for softmax and sigmoid outputs. */
export interface ClassificationScores {
  /** As defined for the output, without penalties: mean over rows. */
  loss: number;
  /** The share of rows (softmax) or of single outputs (sigmoid) predicted right, 0 to 1. */
  accuracy: number;
}

/** What {@link MLP.evaluate} returns for linear outputs. */
export interface RegressionScores {
  /** Half the squared error summed over outputs, mean over rows. */
  loss: number;
  /** Means over rows and outputs. */
  meanSquaredError: number;
  meanAbsoluteError: number;
  /** 1 - residual/total sum of squares, mean over outputs; for a target that never varies 1 if predicted exactly, else 0. */
  r2: number;
}

/** Scores by kind of output. */
export type Scores<O extends Output = Output> = {
  softmax: ClassificationScores;
  sigmoid: ClassificationScores;
  linear: RegressionScores;
}[O];

/**
 * Scores the network on a dataset piece by piece: yields the multiply-adds of each piece, keeps nothing in the network in
 * between, returns the scores.
 */
export function* scorePieces(network: Network, data: Dataset): Generator<number, Scores> {
  const tally = network.output === "linear" ? new RegressionTally(network, data) : new ClassTally(network, data);
  let loss = 0;
  for (let from = 0; from < data.rows; from += network.layout.rows) {
    const count = Math.min(network.layout.rows, data.rows - from);
    network.writeInputs(data.x, from, count, data.scale);
    writeTargets(network, data.y, from, count);
    network.forward(count);
    tally.add(from, count);
    loss += network.loss(count, 1);
    yield count * network.layout.parameterCount;
  }
  return tally.scores(loss / data.rows);
}

class ClassTally {
  private right = 0;

  constructor(
    private readonly network: Network,
    private readonly data: Dataset,
  ) {}

  /** Reads the logits of rows `from .. from+count`. */
  add(from: number, count: number): void {
    const { outputs: logits, output, sizes } = this.network;
    const outputs = sizes[sizes.length - 1];
    const { y } = this.data;
    if (output === "softmax") {
      for (let r = 0; r < count; r++) if (argmax(logits, r * outputs, outputs) === y[from + r]) this.right++;
    } else for (let i = 0; i < count * outputs; i++) if (logits[i] > 0 === (y[from * outputs + i] === 1)) this.right++;
  }

  scores(loss: number): ClassificationScores {
    return { loss, accuracy: this.right / this.data.y.length };
  }
}

class RegressionTally {
  private absolute = 0;
  private readonly residual: number[];

  constructor(
    private readonly network: Network,
    private readonly data: Dataset,
  ) {
    this.residual = new Array<number>(data.targets).fill(0);
  }

  /** Reads the values of rows `from .. from+count`. */
  add(from: number, count: number): void {
    const { outputs: values } = this.network;
    const { y, targets } = this.data;
    for (let i = 0; i < count * targets; i++) {
      const error = values[i] - y[from * targets + i];
      this.absolute += Math.abs(error);
      this.residual[i % targets] += error * error;
    }
  }

  scores(loss: number): RegressionScores {
    const { y, targets, rows } = this.data;
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    const mean = new Array<number>(targets).fill(0);
    const total = new Array<number>(targets).fill(0);
    // From the first row on: the mean of a target that never varies must be that target.
    for (let i = 0; i < y.length; i++) mean[i % targets] += (y[i] - y[i % targets]) / rows;
    for (let c = 0; c < targets; c++) mean[c] += y[c];
    for (let i = 0; i < y.length; i++) {
      const distance = y[i] - mean[i % targets];
      total[i % targets] += distance * distance;
    }
    const r2 = this.residual.map((left, c) => (total[c] > 0 ? 1 - left / total[c] : left === 0 ? 1 : 0));
    return {
      loss,
      meanSquaredError: sum(this.residual) / y.length,
      meanAbsoluteError: this.absolute / y.length,
      r2: sum(r2) / targets,
    };
  }
}
