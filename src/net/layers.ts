/** Layers as users give and get them: sizes, activations, parameters. */

import { checkFlag, checkName, checkNumber, checkWhole, isWalkable, show } from "../ground/check.js";
import { ACTIVATIONS, OUTPUTS, type Output } from "./activations.js";
import { type Design, outputsPerTarget } from "./design.js";

export function checkLayers(call: string, layers: unknown): asserts layers is number[] {
  if (!Array.isArray(layers)) throw new TypeError(`${call}: layers must be an array, got ${show(layers)}.`);
  if (layers.length < 2) {
    throw new RangeError(`${call}: layers must name inputs and outputs at least, got ${show(layers)}.`);
  }
  for (let l = 0; l < layers.length; l++) checkWhole(call, `layers[${l}]`, layers[l], 1, 2 ** 30);
}

export function checkActivations(call: string, activation: unknown, hidden: number): void {
  checkEach(call, "activation", activation, hidden, ["name one", "hidden layers"], checkActivation);
}

/** One for all layers, or a list with one for each. */
function checkEach(
  call: string,
  name: string,
  given: unknown,
  count: number,
  [wanted, what]: readonly [wanted: string, what: string],
  check: (call: string, name: string, own: unknown) => void,
): void {
  if (!Array.isArray(given)) check(call, name, given);
  else if (given.length === count) for (let l = 0; l < count; l++) check(call, `${name}[${l}]`, given[l]);
  else throw new RangeError(`${call}: ${name} must ${wanted} for each of ${count} ${what}, got ${show(given)}.`);
}

/** The largest number that an activation or a loss may have, and the reciprocal of the smallest. */
const MOST = 2 ** 40;

function checkActivation(call: string, name: string, activation: unknown): void {
  if (typeof activation !== "object" || activation === null) {
    checkName(call, name, activation, ACTIVATIONS);
    return;
  }
  const [[key, value], ...others] = [...Object.entries(activation), [undefined, undefined] as const];
  if (others.length > 1 || (key !== "leaky-relu" && key !== "elu")) {
    throw new TypeError(
      `${call}: ${name} must be a name, { "leaky-relu": slope } or { elu: alpha }, got ${show(activation)}.`,
    );
  }
  if (key === "leaky-relu") checkNumber(call, `${name}["leaky-relu"]`, value, 0, 1);
  else checkNumber(call, `${name}.elu`, value, 1 / MOST, MOST);
}

/** @throws TypeError, RangeError unless the output is one and the loss, if given, goes with it */
export function checkOutput(call: string, { layers, output, loss }: Design): void {
  checkName(call, "output", output, OUTPUTS);
  if (loss === undefined) return;
  if (typeof loss === "object" && loss !== null) checkLossNumbers(call, loss);
  else checkName(call, "loss", loss, LOSSES);
  const wanted = outputsOf(loss);
  if (!wanted(output)) {
    throw new RangeError(
      `${call}: loss must go with the output ${show(output)}, got ${show(loss)}. See docs/vocabulary.md for what does.`,
    );
  }
  const [outputs, each] = [layers[layers.length - 1], outputsPerTarget(loss)];
  if (outputs % each === 0) return;
  throw new RangeError(`${call}: layers must end in a multiple of ${each} outputs for this loss, got ${outputs}.`);
}

const LOSSES = ["cross-entropy", "squared-error", "absolute-error", "huber", "poisson", "gaussian"] as const;

function checkLossNumbers(call: string, loss: object): void {
  const keys = Object.keys(loss).join();
  const { huber, quantiles } = loss as { huber?: unknown; quantiles?: unknown };
  if (keys === "huber") {
    checkNumber(call, "loss.huber", huber, 1 / MOST, MOST);
    return;
  }
  if (keys === "quantiles" && Array.isArray(quantiles) && quantiles.length === 0) {
    throw new TypeError(`${call}: loss.quantiles must hold at least one level, got none.`);
  }
  if (keys !== "quantiles" || !isWalkable(quantiles)) {
    throw new TypeError(`${call}: loss must be a name, { huber: delta } or { quantiles: [...] }, got ${show(loss)}.`);
  }
  for (let q = 0; q < quantiles.length; q++) {
    checkNumber(call, `loss.quantiles[${q}]`, quantiles[q], 2 ** -20, 1 - 2 ** -20);
  }
}

/** The outputs that a loss goes with. */
function outputsOf(loss: NonNullable<Design["loss"]>): (output: Output) => boolean {
  const isProbable = (output: Output) => output === "softmax" || output === "sigmoid";
  if (loss === "cross-entropy") return isProbable;
  if (loss === "poisson") return (output) => output === "exponential";
  if (loss === "gaussian") return (output) => output === "linear";
  return (output) => !isProbable(output);
}

/** @throws TypeError, RangeError unless a flag, or one for each layer */
export function checkBias(call: string, bias: unknown, layers: number): void {
  checkEach(call, "bias", bias, layers, ["be true, false or one", "layers"], checkFlag);
}

const NORMALIZATIONS = ["batch", "layer", "none"] as const;

/** @throws TypeError, RangeError unless a name, or one for each hidden layer */
export function checkNormalization(call: string, normalization: unknown, hidden: number): void {
  checkEach(call, "normalization", normalization, hidden, ["name one", "hidden layers"], (...own) =>
    checkName(...own, NORMALIZATIONS),
  );
}
