/** A network with fresh weights, from the options of `MLP.create`. */
import { createCore } from "../core/core.js";
import { checkOptions, checkWhole } from "../ground/check.js";
import { copyOf } from "../ground/copy.js";
import { once } from "../ground/once.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { type Activation, type Output, partsOf } from "./activations.js";
import { type Design, needsExtra } from "./design.js";
import { checkInitializer, type Initializer, initialize } from "./initializers.js";
import { layerParameters } from "./layer-views.js";
import { checkActivations, checkBias, checkLayers, checkNormalization, checkOutput } from "./layers.js";
import type { MLPOptions } from "./mlp-options.js";
import { Network } from "./network.js";

/** ReLU and its relatives, which let half of the variance through. */
const RECTIFIERS = ["relu", "leaky-relu", "elu", "gelu", "gelu-tanh", "silu", "mish", "relu6"];

/** How the weights of a layer start unless told otherwise, by its activation. */
function startOf(activation: Activation): Initializer {
  const [name] = partsOf(activation);
  if (name === "selu") return "lecun-normal";
  return RECTIFIERS.includes(name) ? "he-normal" : "xavier-normal";
}

const extra = once(() => import("./extra.js"));

/** A network of this design, whose weights are 0 yet; what only some need is loaded first. */
export async function makeNetwork(call: string, design: Design): Promise<Network> {
  const core = await createCore(call, design.layers);
  if (!needsExtra(design)) return new Network(core, design);
  const { loadExtra } = await extra();
  return new Network(...(await loadExtra(core, design)));
}

/** @throws TypeError, RangeError unless the parts of a network are such, and go together */
function checkDesign(call: string, { layers, activation, output, loss, bias, normalization }: Design): void {
  checkLayers(call, layers);
  checkActivations(call, activation, layers.length - 2);
  checkOutput(call, { layers, activation, output, loss });
  if (bias !== undefined) checkBias(call, bias, layers.length - 1);
  if (normalization !== undefined) checkNormalization(call, normalization, layers.length - 2);
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
  const given = { layers, activation, output, loss, bias, normalization };
  checkDesign(call, given);
  if (init !== undefined) checkInitializer(call, init);
  checkWhole(call, "seed", seed, 0);
  // A copy: the caller's lists may change; what was read twice may have said something else the second time.
  const design = copyOf(given) as Design;
  checkDesign(call, design);
  const network = await makeNetwork(call, design);
  const random = new Random(seed);
  const { layers: sizes } = design;
  for (let l = 0; l + 1 < sizes.length; l++) {
    // The last layer has no activation of its own: its weights start as those before it.
    const own = network.activations[l] ?? network.activations[l - 1] ?? design.activation;
    // A list of none says nothing.
    const start = init ?? startOf(Array.isArray(own) ? "identity" : (own as Activation));
    await turn.run(initialize(layerParameters(network, l).weights, sizes[l], sizes[l + 1], start, random));
  }
  return [network, random];
}
