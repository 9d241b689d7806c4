/** The model: what users hold. */
import type { Dataset } from "../data/dataset.js";
import {
  type AskedFile,
  checkSave,
  encodeModel,
  type SavedModel,
  type SaveOptions,
  type WrittenNetwork,
} from "../file/write-model.js";
import { encodeStateDict } from "../file/write-state-dict.js";
import { checkBytes, checkOptions } from "../ground/check.js";
import { once } from "../ground/once.js";
import { Random } from "../ground/random.js";
import { runThrough } from "../ground/turn.js";
import type { Output } from "../net/activations.js";
import type { LayerParameters, LayerParametersLike } from "../net/layer-views.js";
import type { MLPOptions } from "../net/mlp-options.js";
import type { Network } from "../net/network.js";
import { makeNetwork, newNetwork } from "../net/new-network.js";
import { copyLists, copyParameters } from "../net/parameters.js";
import { refuseNonFinite } from "../net/predict.js";
import { checkDataset } from "../train/check-dataset.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History, Scores } from "../train/history.js";
import type { TrainerOptions } from "../train/optimizer-kinds.js";
import { type Slices, scorePieces } from "../train/scoring.js";
import type { Trainer } from "../train/trainer.js";
import { Training } from "../train/training.js";
import { Predictor } from "./predictor.js";
import { describeModel } from "./summary.js";

/** @internal What runs fits. Who only predicts carries neither this nor what reads files. */
export const fits = once(() => import("../train/run-fit.js"));
const readFiles = once(() => import("../file/read-files.js"));

/** Reads bytes as they are at the call: a copy of them if the reader has yet to be loaded. */
async function readNow<R>(
  call: string,
  bytes: unknown,
  read: (reader: typeof import("../file/read-files.js"), file: Uint8Array) => R,
): Promise<R> {
  const file = checkBytes(call, "bytes", bytes);
  const reader = readFiles();
  if (!(reader instanceof Promise)) return read(reader, file);
  const copy = file.slice();
  return read(await reader, copy);
}

/**
 * A multilayer perceptron: dense layers, hidden activations, and an output of probabilities or values with a loss that goes with
 * it. Nothing to dispose: dropping the model frees its memory.
 * @example
 * const net = await MLP.create({ layers: [2, 10, 2], seed: 1 });
 * await net.fit(Dataset.from({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }), { epochs: 200 });
 * net.predict([[0, 1], [1, 1]]); // Int32Array [1, 0]
 */
export class MLP<O extends Output = Output> extends Predictor<O> {
  /** @internal */
  readonly training: Training;

  private constructor(network: Network, random: Random) {
    super(network, random instanceof Random);
    this.training = new Training(network, random);
  }

  /**
   * Makes a model with fresh weights.
   * @throws TypeError, RangeError on options outside their domain or layers too large for memory
   * @example
   * const net = await MLP.create({ layers: [784, 128, 10], activation: "relu", output: "softmax", seed: 42 });
   * net.parameterCount; // 101770
   */
  static async create<O extends Output = "softmax">(options: MLPOptions<O>): Promise<MLP<O>> {
    return new MLP<O>(...(await newNetwork("MLP.create", options)));
  }

  /**
   * Makes the model that {@link MLP.save} wrote, or the network of a table's model that has no more than one.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged model, or one of several networks
   * @example
   * const again = await MLP.load<"softmax">(net.save()); // again.layers: [64, 32, 10]
   */
  static async load<O extends Output = Output>(bytes: Uint8Array): Promise<MLP<O>> {
    const call = "MLP.load";
    const saved = await readNow(call, bytes, ({ decodeNetwork }, file) => decodeNetwork(call, file));
    return MLP.restore<O>(saved, call);
  }

  /**
   * Makes a model from a PyTorch state dict of Linear layers in safetensors: weights [outputs, inputs] in F32, F64, F16 or
   * BF16, layers in the one order that numbers in names and shapes allow, or in that of `layers: ["encoder.0", "decoder.0"]`.
   * @param options `activation` of the hidden layers and `output`, which such files do not hold; `layers`, names in order
   * @throws TypeError, RangeError on options outside their domain, Error saying what is wrong with the file
   * @example
   * // save_file(net.state_dict(), "net.safetensors") in Python
   * const net = await MLP.fromSafetensors(bytes, { activation: "relu", output: "softmax" });
   */
  static async fromSafetensors<O extends Output = "softmax">(
    bytes: Uint8Array,
    options: Pick<MLPOptions<O>, "activation" | "output" | "seed"> & { layers?: readonly string[] } = {},
  ): Promise<MLP<O>> {
    const call = "MLP.fromSafetensors";
    checkOptions(call, options, ["activation", "output", "seed", "layers"]);
    const given = { ...options };
    const { sizes, parameters } = await readNow(call, bytes, ({ decodeStateDict }, file) =>
      decodeStateDict(call, file, given.layers),
    );
    const net = new MLP<O>(...(await newNetwork(call, { ...given, layers: sizes })));
    net.setParameters(parameters);
    return net;
  }

  /** @internal The model that a file holds. */
  static async restore<O extends Output>(saved: SavedModel, call: string): Promise<MLP<O>> {
    const model = new MLP<O>(await makeNetwork(call, saved.design), new Random(0));
    model.training.restore(saved);
    return model;
  }

  /** What the latest fit reported; none before the first. */
  get history(): History<O> | undefined {
    return this.training.history as History<O> | undefined;
  }

  /**
   * Trains on a dataset, giving the event loop its turn at least every 10 ms. Predicting meanwhile is fine.
   * @returns the history; `stopped` says what ended it. With early stopping the model holds the weights of the best epoch,
   * also when the signal ended the fit
   * @throws TypeError, RangeError on bad data or options; Error if the loss becomes NaN or infinite, or inside a fit: the model is
   * then as it was. What `onEpoch` throws: it then keeps what it has learned, and `history.stopped` is `"aborted"`
   * @example
   * await net.fit(data, { epochs: 10, batchSize: 64, optimizer: sgd({ learningRate: 0.1 }) });
   */
  fit(data: Dataset, options: FitOptions<O> = {}): Promise<History<O>> {
    const { training } = this;
    return training.fit(options as FitOptions, async (given) => {
      const { runFit } = await fits();
      return runFit(training, data, given, async () => this.save({ resume: true }));
    }) as Promise<History<O>>;
  }

  /**
   * Makes a trainer for single updates, with fresh optimizer state unless `resume` is true, in place of the earlier one.
   * @throws TypeError, RangeError on options outside their domain, Error inside a fit or with nothing to resume
   * @example
   * const trainer = net.trainer({ optimizer: adam() });
   * for (const { x, y } of data.batches({ size: 64 })) trainer.step(x, y);
   */
  trainer(options: TrainerOptions): Trainer {
    return this.training.trainer(options);
  }

  /**
   * Scores the model: loss (without penalties) and accuracy, or the errors of a regression. Synchronous, as above.
   * @throws TypeError, RangeError if the data does not fit the model, or sums of a row are more than float32 holds
   * @example
   * net.evaluate(test); // { loss, accuracy }
   */
  evaluate(data: Dataset): Scores<O> {
    return runThrough(this.scoreSlices(data));
  }

  /** @internal The same in turns, given the passes that have some (src/net/large-passes.ts). */
  *scoreSlices(data: Dataset, slices?: Slices): Generator<number, Scores<O>> {
    yield* checkDataset("evaluate", "data", data, this.network);
    const { network } = this;
    const check = (from: number, count: number) => refuseNonFinite("evaluate", network, from, count);
    return (yield* scorePieces(network, data, slices, check)) as Scores<O>;
  }

  /**
   * Copies the parameters, first layer first.
   * @example
   * const [{ weights, inputs, outputs }] = net.parameters();
   * weights.length === inputs * outputs; // true
   */
  parameters(): LayerParameters[] {
    this.network.beforeUse?.();
    return copyParameters(this.network);
  }

  /**
   * Replaces all parameters with copies of those given, first layer first, shaped as {@link MLP.parameters} returns them.
   * @throws TypeError, RangeError on a wrong count or value, Error inside a fit: nothing is replaced then
   * @example
   * const net = await MLP.create({ layers: [2, 1], output: "linear" });
   * net.setParameters([{ weights: [2, 3], biases: [1] }]);
   * net.predict([[10, 100]]); // Float32Array [321]
   */
  setParameters(layers: readonly LayerParametersLike[]): void {
    this.training.replaceParameters("setParameters", copyLists(layers));
  }

  /**
   * Writes layers, parameters, history and the generator's state as bytes for {@link MLP.load}; same model, same bytes.
   * @param options `resume`: also what `fit` or a `trainer` needs to go on, bit for bit; inside `onEpoch` it is a checkpoint; `weights`:
   * rounded, in half the size (`"f16"`) or a quarter (`"int8"`)
   * @throws TypeError, RangeError on options outside their domain, Error inside a fit, with `resume`
   * @example
   * writeFileSync("digits.model", net.save());
   */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    return encodeModel(this.savedWith(checkSave(options)));
  }

  /**
   * Writes the parameters alone as a PyTorch state dict in safetensors, for `nn.Sequential(Linear, activation, Linear, ...)`:
   * "0.weight" [outputs, inputs], "0.bias", "2.weight", ...
   * @param options `layout`: `"torch"`, the only one
   * @example
   * writeFileSync("net.safetensors", net.toSafetensors()); // net.load_state_dict(load_file("net.safetensors"))
   */
  toSafetensors(options: { layout: "torch" } = { layout: "torch" }): Uint8Array<ArrayBuffer> {
    return encodeStateDict("toSafetensors", this.parameters(), options);
  }

  /** @internal What a file keeps of it. */
  savedWith({ resume, weights }: AskedFile): WrittenNetwork {
    return { design: this.design, ...this.training.save("save", resume), weights };
  }

  /**
   * Layers, parameters and the latest fit as a few lines of plain text.
   * @example
   * console.log(net.summary());
   */
  summary(): string {
    return describeModel(this, this.training.history);
  }
}
