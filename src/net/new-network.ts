/** A network with fresh weights, from the options of `MLP.create`. */
import { createCore } from "../core/core.js";
import { checkName, checkOptions, checkWhole } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { type Activation, type Activations, OUTPUTS, type Output } from "./activations.js";
import { checkInitializer, type Initializer, initialize } from "./initializers.js";
import { checkActivations, checkLayers } from "./layers.js";
import { Network } from "./network.js";

/** What {@link MLP.create} makes of a network. */
export interface MLPOptions<O extends Output = Output> {
  /** Inputs, hidden..., outputs: at least two whole numbers >= 1. */
  layers: readonly number[];
  /** Of hidden layers: one for all, or a list with one for each. Default: `"relu"`. */
  activation?: Activations;
  /** Of the last layer, and so the loss. Default: `"softmax"`. */
  output?: O;
  /** How weights start. Default: `"he-normal"` for layers of relu, `"xavier-normal"` for the others. */
  init?: Initializer;
  /** A whole number from 0 to 2⁵³ - 1. Same seed, same bytes, on every engine. Default: 0. */
  seed?: number;
}

/** How the weights of a layer start unless told otherwise, by its activation. */
const STARTS: Record<Activation, Initializer> = {
  relu: "he-normal",
  sigmoid: "xavier-normal",
  tanh: "xavier-normal",
  identity: "xavier-normal",
};

/**
 * @returns the network, and the generator after it has drawn the weights
 * @throws TypeError, RangeError on options outside their domain or layers too large for memory
 */
export async function newNetwork(
  call: string,
  options: MLPOptions<Output>,
): Promise<[network: Network, random: Random]> {
  checkOptions(call, options, ["layers", "activation", "output", "init", "seed"]);
  const { layers, activation = "relu", output = "softmax", init, seed = 0 } = options;
  checkLayers(call, layers);
  checkActivations(call, activation, layers.length - 2);
  checkName(call, "output", output, OUTPUTS);
  if (init !== undefined) checkInitializer(call, init);
  checkWhole(call, "seed", seed, 0);
  const network = new Network(await createCore(call), [...layers], activation, output);
  const random = new Random(seed);
  for (let l = 0; l + 1 < layers.length; l++) {
    // The last layer has no activation of its own: its weights start as those before it.
    const own = network.activations[l] ?? network.activations[l - 1] ?? activation;
    const start = init ?? STARTS[own as Activation];
    await turn.run(initialize(network.layerParameters(l).weights, layers[l], layers[l + 1], start, random));
  }
  return [network, random];
}
