/** What is played with, and what is seen of it: plain data. */

export interface PlaySettings {
  readonly layers: readonly number[];
  readonly activation: "relu" | "tanh" | "sigmoid" | "identity";
  readonly rate: number;
  /** The rate falls as rate / (1 + decay × epochs). */
  readonly decay: number;
  readonly l1: number;
  readonly l2: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly momentum: number;
  readonly points: PlayPoints;
}

/** Points of the plane from -1 to 1, of two classes; every other one is kept for the second curve. */
export interface PlayPoints {
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly label: readonly number[];
}

export interface PlayFrame {
  readonly epoch: number;
  readonly loss: number;
  readonly heldLoss: number;
  readonly accuracy: number;
  /** [size, size] probabilities, from the top left. */
  readonly surface: Float32Array;
  readonly size: number;
  /** By hidden layer, by unit: [unitSize, unitSize]. */
  readonly units: readonly (readonly Float32Array[])[];
  readonly unitSize: number;
  readonly weights: readonly {
    readonly weights: Float32Array;
    readonly biases: Float32Array;
    readonly inputs: number;
    readonly outputs: number;
  }[];
}
