/** The model: what users hold. */
import { checkName, checkOptions, checkWhole, show } from "./check.js";
import { createCore } from "./core.js";
import type { Dataset } from "./dataset.js";
import type { DropoutSeed } from "./dropout.js";
import { checkDataset, type FitOptions, type FitPlan, type History, planFit } from "./fit.js";
import { decodeModel, encodeModel, type SavedModel, type SavedTable } from "./formats/model.js";
import { decodeStateDict, encodeStateDict } from "./formats/torch.js";
import { checkInitializer, type Initializer, initialize } from "./initializers.js";
import {
  checkActivations,
  checkLayers,
  checkParameters,
  type LayerParameters,
  type LayerParametersLike,
} from "./layers.js";
import { checkResume, type FitState, Loop, startState } from "./loop.js";
import { type Activations, Network, OUTPUTS, type Output } from "./network.js";
import { decide, type Predictions, predictProbabilities } from "./predict.js";
import { Random } from "./random.js";
import type { Rows } from "./rows.js";
import { type Scores, scorePieces } from "./scoring.js";
import { describeHistory, describeNetwork } from "./summary.js";
import {
  checkTrainerOptions,
  TRAINER_KEYS,
  Trainer,
  type TrainerOptions,
  type TrainerState,
  type TrainingPlan,
} from "./trainer.js";
import { runThrough } from "./turn.js";

/** What {@link MLP.create} makes of a network. */
export interface MLPOptions<O extends Output = Output> {
  /** Inputs, hidden..., outputs: at least two whole numbers >= 1. */
  layers: readonly number[];
  /** Of hidden layers: one for all, or a list with one for each; `"relu"` if left out. */
  activation?: Activations;
  /** Of the last layer, and so the loss; `"softmax"` if left out. */
  output?: O;
  /** How weights start; `"he-normal"` for relu and `"xavier-normal"` otherwise if left out. */
  init?: Initializer;
  /** A whole number from 0 to 2⁵³ - 1; 0 if left out. Same seed, same bytes, on every engine. */
  seed?: number;
}

/** What a file keeps beside the model. */
export interface SaveOptions {
  /** Whether the file keeps what is needed to go on training: two to three more numbers a parameter; false if left out. */
  resume?: boolean;
}

/**
 * A multilayer perceptron: dense layers, hidden activations, and a softmax, sigmoid or linear output with the loss that
 * belongs to it. Nothing to dispose: dropping the model frees its memory.
 * @example
 * const net = await MLP.create({ layers: [2, 10, 2], seed: 1 });
 * await net.fit(Dataset.from({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0] }), { epochs: 200 });
 * net.predict([[0, 1], [1, 1]]); // Int32Array [1, 0]
 */
export class MLP<O extends Output = Output> {
  private latest: Trainer | undefined;
  private fitting = false;
  /** Where the latest fit ended, until something else changes the parameters. */
  private fitState: FitState | undefined;
  private latestHistory: History<O> | undefined;
  /** Of the file that the model came from, until it is trained. */
  private trainerState: TrainerState | undefined;

  private constructor(
    private readonly network: Network,
    private readonly random: Random,
  ) {}

  /**
   * Makes a model with fresh weights.
   * @throws TypeError, RangeError on options outside their domain or layers too large for memory
   * @example
   * const net = await MLP.create({ layers: [784, 128, 10], activation: "relu", output: "softmax", seed: 42 });
   * net.parameterCount; // 101770
   */
  static async create<O extends Output = "softmax">(options: MLPOptions<O>): Promise<MLP<O>> {
    const call = "MLP.create";
    checkOptions(call, options, ["layers", "activation", "output", "init", "seed"]);
    const { layers, activation = "relu", output = "softmax", init, seed = 0 } = options;
    checkLayers(call, layers);
    checkActivations(call, activation, layers.length - 2);
    checkName(call, "output", output, OUTPUTS);
    if (init !== undefined) checkInitializer(call, init);
    checkWhole(call, "seed", seed, 0);
    const network = new Network(await createCore(), [...layers], activation, output);
    const random = new Random(seed);
    for (let l = 0; l + 1 < layers.length; l++) {
      const own = network.activations[l] ?? network.activations[l - 1] ?? activation;
      const start = init ?? (own === "relu" ? "he-normal" : "xavier-normal");
      initialize(network.layerParameters(l).weights, layers[l], layers[l + 1], start, random);
    }
    return new MLP<O>(network, random);
  }

  /**
   * Makes the model that {@link MLP.save} wrote.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged model
   * @example
   * const again = await MLP.load<"softmax">(net.save());
   * again.layers; // [64, 32, 10]
   */
  static async load<O extends Output = Output>(bytes: Uint8Array): Promise<MLP<O>> {
    return MLP.restore<O>(decodeModel("MLP.load", bytes));
  }

  /**
   * Makes a model from a PyTorch state dict of Linear layers in safetensors: weights [outputs, inputs] in F32, F64, F16 or
   * BF16, layers in the order of the numbers in their names.
   * @param options `activation` of the hidden layers and `output`, which such files do not hold
   * @throws TypeError, RangeError on options outside their domain, Error saying what is wrong with the file
   * @example
   * // save_file(net.state_dict(), "net.safetensors") in Python
   * const net = await MLP.fromSafetensors(bytes, { activation: "relu", output: "softmax" });
   */
  static async fromSafetensors<O extends Output = "softmax">(
    bytes: Uint8Array,
    options: Pick<MLPOptions<O>, "activation" | "output" | "seed"> = {},
  ): Promise<MLP<O>> {
    const call = "MLP.fromSafetensors";
    checkOptions(call, options, ["activation", "output", "seed"]);
    const layers = decodeStateDict(call, bytes);
    const sizes = [layers[0].inputs, ...layers.map(({ outputs }) => outputs)];
    const net = await MLP.create<O>({ layers: sizes, ...options });
    net.setParameters(layers);
    return net;
  }

  /** @internal The model that a file holds. */
  static async restore<O extends Output>(saved: SavedModel): Promise<MLP<O>> {
    const { layers, activation, output } = saved;
    const model = new MLP<O>(new Network(await createCore(), layers, activation, output), new Random(0));
    model.adopt(saved);
    return model;
  }

  /** Becomes the model of a file for the same layers. */
  private adopt({ parameters, random, history, training }: SavedModel): void {
    const { network } = this;
    let at = 0;
    network.layout.layers.forEach(({ inputs, outputs }, l) => {
      const weights = parameters.subarray(at, at + inputs * outputs);
      at += weights.length + outputs;
      network.setLayerParameters(l, weights, parameters.subarray(at - outputs, at));
    });
    this.random.state = random;
    this.latestHistory = history as History<O> | undefined;
    this.latest = undefined;
    if (training) {
      network.states[0].set(training.state1);
      network.states[1].set(training.state2);
    }
    this.trainerState = training?.trainer;
    this.fitState = training?.fit;
  }

  /**
   * @internal Lets another thread fit: `train` is given the model's bytes and gives back those of the trained one.
   */
  async fitElsewhere(train: (model: Uint8Array) => Promise<Uint8Array>): Promise<History<O> | undefined> {
    const before = this.saveWith("fit", { resume: true }, undefined);
    this.fitting = true;
    try {
      this.adopt(decodeModel("fit", await train(before)));
      return this.latestHistory;
    } finally {
      this.fitting = false;
    }
  }

  /** What the latest fit reported; none before the first. */
  get history(): History<O> | undefined {
    return this.latestHistory;
  }

  /** Layer sizes: inputs, hidden..., outputs. */
  get layers(): number[] {
    return [...this.network.sizes];
  }

  /** Of the hidden layers: one name if they share it, else one a layer; `"identity"` without hidden layers. */
  get activation(): Activations {
    const { activations } = this.network;
    return activations.every((own) => own === activations[0]) ? (activations[0] ?? "identity") : [...activations];
  }

  /** Of the last layer. */
  get output(): O {
    return this.network.output as O;
  }

  /** Weights and biases in all. */
  get parameterCount(): number {
    return this.network.layout.parameterCount;
  }

  /**
   * Trains on a dataset, giving the event loop its turn at least every 10 ms. Predicting meanwhile is fine.
   * @returns the history; `stopped` says what ended it. With early stopping the model holds the weights of the best epoch,
   * also when the signal ended the fit
   * @throws TypeError, RangeError on bad data or options; Error if the loss becomes NaN or infinite (the model is then
   * as it was before the fit) or the model is being fitted already
   * @example
   * await net.fit(data, { epochs: 10, batchSize: 64, optimizer: sgd({ learningRate: 0.1 }) });
   */
  async fit(data: Dataset, options: FitOptions<O> = {}): Promise<History<O>> {
    this.refuseWhileFitting("fit");
    const { network, random } = this;
    const { resume = false } = options;
    if (typeof resume !== "boolean") throw new TypeError(`fit: resume must be true or false, got ${show(resume)}.`);
    const stopped = resume ? this.fitState : undefined;
    if (resume && !stopped) {
      throw new Error("fit: resume must come after a fit of this model, got none. Leave it out to start one.");
    }
    const plan = this.plan(data, options as FitOptions, stopped);
    const state = stopped ?? startState(plan, random, this.drawDropoutSeed(plan.training));
    const goOn = stopped && { steps: stopped.history.steps, epoch: stopped.epoch };
    const trainer = new Trainer(network, () => false, plan.training, state.dropoutSeed, goOn);
    const loop = new Loop(network, random, trainer, plan, state);
    this.latest = trainer;
    this.fitState = undefined;
    this.fitting = true;
    try {
      await loop.run();
    } finally {
      if (!loop.failed) {
        this.fitState = state;
        this.latestHistory = { ...state.history, epochs: [...state.history.epochs] } as History<O>;
      }
      this.fitting = false;
    }
    return this.latestHistory as History<O>;
  }

  /** What `fit` shall do; the generator is as it was if it refuses. */
  private plan(data: Dataset, options: FitOptions, stopped: FitState | undefined): FitPlan {
    const before = this.random.state;
    try {
      const plan = planFit(this.network, this.random, data, options, stopped?.splitSeed);
      if (stopped) checkResume(stopped, plan);
      return plan;
    } catch (error) {
      this.random.state = before;
      throw error;
    }
  }

  /**
   * Makes a trainer for single updates, with fresh optimizer state unless it shall `resume`; it replaces the model's earlier
   * trainer.
   * @throws TypeError, RangeError on options outside their domain, Error while the model is being fitted or if there is
   * nothing to resume
   * @example
   * const trainer = net.trainer({ optimizer: adam() });
   * for (const { x, y } of data.batches({ size: 64 })) trainer.step(x, y);
   */
  trainer(options: TrainerOptions): Trainer {
    this.refuseWhileFitting("trainer");
    checkOptions("trainer", options, TRAINER_KEYS);
    const plan = checkTrainerOptions("trainer", options, this.network);
    const goOn = options.resume ? this.checkTrainerState(plan) : undefined;
    const isLatest = (trainer: Trainer) => trainer === this.latest && !this.fitting;
    this.latest = new Trainer(this.network, isLatest, plan, goOn?.dropoutSeed ?? this.drawDropoutSeed(plan), goOn);
    this.fitState = undefined;
    return this.latest;
  }

  private checkTrainerState({ optimizer }: TrainingPlan): TrainerState {
    const state = this.latest?.state ?? this.trainerState;
    if (!state) throw new Error("trainer: resume must come after training of this model, got none.");
    if (state.optimizer === optimizer.name) return state;
    throw new RangeError(
      `trainer: resume must have the optimizer of the training it goes on with (${state.optimizer}), got ${show(optimizer.name)}.`,
    );
  }

  /** Only where units are left out: what is drawn here would move everything drawn later. */
  private drawDropoutSeed({ dropout }: TrainingPlan): DropoutSeed | undefined {
    return dropout.input > 0 || dropout.hidden > 0 ? [this.random.word(), this.random.word()] : undefined;
  }

  /**
   * Computes probabilities (softmax, sigmoid) or values (linear).
   * @param x [rows, inputs], flat or one array a row, or a Dataset; finite, never written
   * @param out takes the result when given, [rows, outputs]: then nothing is allocated for a Float32Array `x`
   * @returns `out`, or a new array, [rows, outputs] row-major
   * @throws TypeError, RangeError on rows of a wrong kind, width or value, or an `out` of a wrong size
   * @example
   * const out = new Float32Array(10);
   * net.predictProba(row, out);
   */
  predictProba(x: Rows | Dataset, out?: Float32Array): Float32Array {
    return predictProbabilities(this.network, x, out);
  }

  /**
   * Decides: class ids for softmax (Int32Array [rows], the first of equals), 0 or 1 for sigmoid (Uint8Array [rows,
   * outputs], 1 where the probability is above ½), values for linear (Float32Array [rows, outputs]).
   * @param x [rows, inputs], flat or one array a row, or a Dataset; finite, never written
   * @throws TypeError, RangeError on rows of a wrong kind, width or value
   * @example
   * const [digit] = net.predict(row);
   */
  predict(x: Rows | Dataset): Predictions<O> {
    return decide(this.network, x) as Predictions<O>;
  }

  /**
   * Scores the model: loss (without penalties) and accuracy, or the errors of a regression.
   * @throws TypeError, RangeError if the data does not fit the model
   * @example
   * net.evaluate(test); // { loss, accuracy }
   */
  evaluate(data: Dataset): Scores<O> {
    checkDataset("evaluate", "data", data, this.network);
    return runThrough(scorePieces(this.network, data)) as Scores<O>;
  }

  /**
   * Copies the parameters, first layer first.
   * @example
   * const [{ weights, inputs, outputs }] = net.parameters();
   * weights.length === inputs * outputs; // true
   */
  parameters(): LayerParameters[] {
    return this.network.layout.layers.map(({ inputs, outputs }, l) => {
      const { weights, biases } = this.network.layerParameters(l);
      return { weights: weights.slice(), biases: biases.slice(), inputs, outputs };
    });
  }

  /**
   * Replaces all parameters with copies of those given, first layer first, shaped as {@link MLP.parameters} returns them.
   * @throws TypeError, RangeError if a count or a value is wrong, and Error while the model is being fitted: nothing is
   * replaced then
   * @example
   * const net = await MLP.create({ layers: [2, 1], output: "linear" });
   * net.setParameters([{ weights: [2, 3], biases: [1] }]);
   * net.predict([[10, 100]]); // Float32Array [321]
   */
  setParameters(layers: readonly LayerParametersLike[]): void {
    const call = "setParameters";
    this.refuseWhileFitting(call);
    const plans = this.network.layout.layers;
    if (!Array.isArray(layers)) throw new TypeError(`${call}: layers must be an array, got ${show(layers)}.`);
    if (layers.length !== plans.length) {
      throw new RangeError(`${call}: layers must be ${plans.length} layers, got ${layers.length}.`);
    }
    plans.forEach(({ inputs, outputs }, l) => {
      checkParameters(call, `layers[${l}].weights`, layers[l]?.weights, inputs * outputs, outputs);
      checkParameters(call, `layers[${l}].biases`, layers[l]?.biases, outputs, outputs);
    });
    this.fitState = undefined;
    layers.forEach(({ weights, biases }, l) => {
      this.network.setLayerParameters(l, weights, biases);
    });
  }

  /**
   * Writes layers, parameters, history and the generator's state as bytes for {@link MLP.load}; same model, same bytes.
   * @param options `resume`: also what is needed to go on with `fit` or a `trainer` bit for bit
   * @throws Error while the model is being fitted with `resume`
   * @example
   * writeFileSync("digits.model", net.save());
   */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    return this.saveWith("save", options, undefined);
  }

  /**
   * Writes the parameters alone as a PyTorch state dict in safetensors, for `nn.Sequential(Linear, activation, Linear, ...)`:
   * "0.weight" [outputs, inputs], "0.bias", "2.weight", ...
   * @param options `layout`: `"torch"`, the only one
   * @example
   * writeFileSync("net.safetensors", net.toSafetensors()); // net.load_state_dict(load_file("net.safetensors"))
   */
  toSafetensors(options: { layout: "torch" } = { layout: "torch" }): Uint8Array<ArrayBuffer> {
    checkOptions("toSafetensors", options, ["layout"]);
    checkName("toSafetensors", "layout", options.layout, ["torch"]);
    return encodeStateDict(this.parameters());
  }

  /** @internal The same with what a table knows beside its network. */
  saveWith(call: string, options: SaveOptions, table: SavedTable | undefined): Uint8Array<ArrayBuffer> {
    checkOptions(call, options, ["resume"]);
    if (options.resume) this.refuseWhileFitting(call);
    const { sizes, output, parameters, states } = this.network;
    const { activation } = this;
    const trainer = options.resume ? (this.latest?.state ?? this.trainerState) : undefined;
    const training = trainer && { trainer, fit: this.fitState, state1: states[0], state2: states[1] };
    const random = this.random.state;
    const history = this.latestHistory as History | undefined;
    return encodeModel({ layers: sizes, activation, output, random, parameters, history, table, training });
  }

  /**
   * Layers, parameters and the latest fit as a few lines of plain text.
   * @example
   * console.log(net.summary());
   */
  summary(): string {
    const { history } = this;
    return [...describeNetwork(this), ...(history ? ["", ...describeHistory(history as History)] : [])].join("\n");
  }

  private refuseWhileFitting(call: string): void {
    if (!this.fitting) return;
    throw new Error(
      `${call}: the model must not be inside fit, got a call before it ended. Await fit or abort it first.`,
    );
  }
}
