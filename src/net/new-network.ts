/** A network with fresh weights, from the options of `MLP.create`. */
import { createCore } from "../core/core.js";
import { checkOptions, checkWhole } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { type Activation, type Output, partsOf } from "./activations.js";
import { type Design, needsExtra } from "./design.js";
import { checkInitializer, type Initializer, initialize } from "./initializers.js";
import { layerParameters } from "./layer-views.js";
import { checkActivations, checkBias, checkLayers, checkNormalization, checkOutput } from "./layers.js";
import type { MLPOptions } from "./mlp-options.js";
import { Network } from "./network.js";

/** How the weights of a layer start unless told otherwise, by its activation. */
const RECTIFIERS = ["relu", "leaky-relu", "elu", "gelu", "gelu-tanh", "silu", "mish", "relu6"];

function startOf(activation: Activation): Initializer {
  const [name] = partsOf(activation);
  if (name === "selu") return "lecun-normal";
  return RECTIFIERS.includes(name) ? "he-normal" : "xavier-normal";
}

/** A network of this design, whose weights are 0 yet; what only some need is loaded first. */
export async function makeNetwork(call: string, design: Design): Promise<Network> {
  const core = await createCore(call);
  if (!needsExtra(design)) return new Network(core, design);
  const { loadExtra } = await import("./extra.js");
  return new Network(...(await loadExtra(core, design)));
}

/**
 * @returns the network, and the generator after it has drawn the weights
 * @throws TypeError, RangeError on options outside their domain or layers too large for memory
 */
export async function newNetwork(
  call: string,
  options: MLPOptions<Output>,
): Promise<[network: Network, random: Random]> {
  checkOptions(call, options, ["layers", "activation", "output", "loss", "bias", "normalization", "init", "seed"]);
  const { layers, activation = "relu", output = "softmax", loss, bias, normalization, init, seed = 0 } = options;
  checkLayers(call, layers);
  checkActivations(call, activation, layers.length - 2);
  checkOutput(call, { layers, activation, output, loss });
  if (bias !== undefined) checkBias(call, bias, layers.length - 1);
  if (normalization !== undefined) checkNormalization(call, normalization, layers.length - 2);
  if (init !== undefined) checkInitializer(call, init);
  checkWhole(call, "seed", seed, 0);
  // A copy: the caller's lists may change.
  const network = await makeNetwork(call, structuredClone({ layers, activation, output, loss, bias, normalization }));
  const random = new Random(seed);
  for (let l = 0; l + 1 < layers.length; l++) {
    // The last layer has no activation of its own: its weights start as those before it.
    const own = network.activations[l] ?? network.activations[l - 1] ?? activation;
    const start = init ?? startOf(own as Activation);
    await turn.run(initialize(layerParameters(network, l).weights, layers[l], layers[l + 1], start, random));
  }
  return [network, random];
}
