/** A network of two inputs that is watched while it learns. */
import { MLP, sgd, type Trainer } from "wasmlp";
import { plane, unitSurfaces } from "./forward.js";
import type { PlayFrame, PlaySettings } from "./frames.js";
import { generator } from "./points.js";

const SIZE = 56;
const UNIT_SIZE = 24;

type Net = MLP<"sigmoid">;

interface Part {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

export class Play {
  private epoch = 0;
  private batch = 0;
  private trainer: Trainer;
  private rateEpoch = -1;
  private readonly grid: Float32Array;
  private readonly random: () => number;
  private readonly order: Uint32Array;

  private constructor(
    private readonly net: Net,
    private readonly settings: PlaySettings,
    private readonly learned: Part,
    private readonly held: Part,
  ) {
    const [x, y] = plane(SIZE);
    this.grid = Float32Array.from({ length: 2 * x.length }, (_, i) => (i % 2 === 0 ? x : y)[i >> 1]);
    this.random = generator(settings.seed);
    this.order = Uint32Array.from({ length: learned.y.length }, (_, i) => i);
    this.trainer = this.makeTrainer();
    this.shuffle();
  }

  static async begin(settings: PlaySettings): Promise<Play> {
    const { layers, activation, seed, points } = settings;
    const net = await MLP.create({ layers: [2, ...layers, 1], activation, output: "sigmoid", seed });
    return new Play(net, settings, partOf(points, 0), partOf(points, 1));
  }

  /** Goes on by whole epochs, or by single mini-batches. */
  step(epochs: number, batches: number): PlayFrame {
    const { y } = this.learned;
    if (y.length > 0) {
      const perEpoch = Math.ceil(y.length / this.settings.batchSize);
      for (let left = epochs * perEpoch + batches; left > 0; left--) this.update(perEpoch);
    }
    return this.frame();
  }

  private update(perEpoch: number): void {
    const { batchSize } = this.settings;
    if (this.rateEpoch !== this.epoch && this.settings.decay > 0) this.trainer = this.makeTrainer();
    const rows = this.order.subarray(this.batch * batchSize, (this.batch + 1) * batchSize);
    const x = Float32Array.from({ length: 2 * rows.length }, (_, i) => this.learned.x[2 * rows[i >> 1] + (i % 2)]);
    this.trainer.step(
      x,
      Float32Array.from(rows, (row) => this.learned.y[row]),
    );
    if (++this.batch < perEpoch) return;
    this.batch = 0;
    this.epoch++;
    this.shuffle();
  }

  private makeTrainer(): Trainer {
    const { rate, decay, l1, l2, momentum } = this.settings;
    this.rateEpoch = this.epoch;
    const optimizer = sgd({ learningRate: rate / (1 + decay * this.epoch), momentum });
    return this.net.trainer({ optimizer, l1, l2, ...(this.epoch > 0 && { resume: true }) });
  }

  private shuffle(): void {
    for (let i = this.order.length - 1; i > 0; i--) {
      const j = Math.floor(this.random() * (i + 1));
      [this.order[i], this.order[j]] = [this.order[j], this.order[i]];
    }
  }

  private frame(): PlayFrame {
    const { net, settings, learned, held } = this;
    const weights = net.parameters();
    const [own, other] = [scoresOf(net, learned), scoresOf(net, held)];
    return {
      epoch: this.epoch,
      loss: own.loss,
      heldLoss: other.loss,
      accuracy: other.accuracy,
      surface: net.predictProba(this.grid),
      size: SIZE,
      units: unitSurfaces(weights, settings.activation, UNIT_SIZE),
      unitSize: UNIT_SIZE,
      weights: weights.map((layer) => ({
        weights: layer.weights,
        biases: layer.biases,
        inputs: layer.inputs,
        outputs: layer.outputs,
      })),
    };
  }
}

/** Of two parts, every second pair of points each. */
function partOf({ x, y, label }: PlaySettings["points"], part: number): Part {
  const rows = [...label.keys()].filter((r) => (r >> 1) % 2 === part || label.length < 8);
  return { x: Float32Array.from(rows.flatMap((r) => [x[r], y[r]])), y: Float32Array.from(rows, (r) => label[r]) };
}

function scoresOf(net: Net, { x, y }: Part): { loss: number; accuracy: number } {
  if (y.length === 0) return { loss: 0, accuracy: 0 };
  const said = net.predictProba(x);
  let [loss, right] = [0, 0];
  for (let r = 0; r < y.length; r++) {
    const probability = Math.min(1 - 1e-7, Math.max(1e-7, y[r] === 1 ? said[r] : 1 - said[r]));
    loss -= Math.log(probability);
    if (probability > 0.5) right++;
  }
  return { loss: loss / y.length, accuracy: right / y.length };
}
