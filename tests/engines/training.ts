/** The training that nobody must notice: 784-128-10 on 10,000 dense rows in batches of 64, until it is stopped. */
import { Dataset, MLP } from "wasmlp";
import { fitInWorker } from "wasmlp/worker";
import { Random } from "../../src/ground/random.js";

const ROWS = 10_000;

export class Training {
  private constructor(
    private readonly net: MLP<"softmax">,
    private readonly data: Dataset,
  ) {}

  static async create(): Promise<Training> {
    const random = new Random(1);
    const x = Float32Array.from({ length: ROWS * 784 }, () => random.uniform());
    const y = Int32Array.from({ length: ROWS }, () => random.below(10));
    return new Training(await MLP.create({ layers: [784, 128, 10] }), Dataset.from({ x, y }));
  }

  /** Trains for some time, here or on another thread; returns the epochs that were finished. */
  async run(where: "here" | "worker", milliseconds: number): Promise<number> {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), milliseconds);
    const options = { epochs: 10_000, batchSize: 64, signal: controller.signal };
    const { net, data } = this;
    const { epochs } = await (where === "here" ? net.fit(data, options) : fitInWorker(net, data, options));
    return epochs.length;
  }
}
