/** The options of an update beside its optimizer, checked: what each layer's number is, and what goes together. */
import { checkNumber, checkOptions, show } from "../ground/check.js";
import { copyOf } from "../ground/copy.js";
import { hasClasses } from "../net/activations.js";
import type { NetworkShape } from "../net/design.js";
import { checkDropout } from "../net/dropout.js";
import { checkOptimizer, type TrainerOptions, type TrainingPlan } from "./optimizer-kinds.js";

export const TRAINER_KEYS = [
  ...[
    "optimizer",
    "l1",
    "l2",
    "dropout",
    "classWeights",
    "labelSmoothing",
    "clipNorm",
    "clipValue",
    "maxNorm",
    "layerRates",
  ],
  ...["average", "resume"],
];

const FIT_KEYS = [
  ...["epochs", "batchSize", "shuffle", "validation", "earlyStopping", "reduceOnPlateau", "onEpoch", "signal"],
  ...TRAINER_KEYS,
];

/** Options that are the caller's own objects, used as they are. */
const OWN = ["validation", "onEpoch", "signal"];

/** The options of a fit as they are at the call, each read once; refuses those that `fit` does not have. */
export function readFitOptions<T extends object>(call: string, options: T): T {
  checkOptions(call, options, FIT_KEYS);
  const read = (key: string) => {
    const value: unknown = options[key as keyof T];
    // Those that were made are frozen, and checked.
    const isAsItIs = OWN.includes(key) || (key === "optimizer" && Object.isFrozen(value));
    return isAsItIs ? value : copyOf(value);
  };
  return Object.fromEntries(FIT_KEYS.map((key) => [key, read(key)])) as T;
}

/** Refuses options that no trainer of this network takes, and fills in the defaults. */
export function checkTrainerOptions(call: string, options: Partial<TrainerOptions>, shape: NetworkShape): TrainingPlan {
  const { optimizer, l1 = 0, l2 = 0, dropout = 0, classWeights, labelSmoothing = 0 } = options;
  const { clipNorm, clipValue, layerRates, average } = options;
  const layers = shape.sizes.length - 1;
  const checked = checkOptimizer(call, optimizer);
  const perLayer = (name: string, given: unknown, low: number, high?: number) =>
    checkPerLayer(call, name, given, layers, low, high);
  const penalties = { l1: perLayer("l1", l1, 0), l2: perLayer("l2", l2, 0) };
  const isPenalised = [...penalties.l1, ...penalties.l2].some((weight) => weight > 0);
  checkNumber(call, "labelSmoothing", labelSmoothing, 0, 1 - 2 ** -24);
  if (labelSmoothing > 0) checkHasClasses(call, shape, "labelSmoothing");
  for (const [name, limit] of Object.entries({ clipNorm, clipValue })) {
    if (limit !== undefined) checkNumber(call, name, limit, name === "clipNorm" ? Number.MIN_VALUE : 2 ** -100);
  }
  if (clipNorm !== undefined && clipValue !== undefined) {
    throw new TypeError(`${call}: clipValue must come without clipNorm, got both. Leave one of them out.`);
  }
  if (average !== undefined) checkNumber(call, "average", average, Number.MIN_VALUE, 1 - Number.EPSILON);
  const { maxNorm } = options;
  const weights = classWeights === undefined ? undefined : flatWeights(call, classWeights, shape);
  return {
    optimizer: checked,
    penalties: isPenalised ? penalties : undefined,
    dropout: checkDropout(call, dropout, layers - 1),
    maxNorm: maxNorm === undefined ? undefined : perLayer("maxNorm", maxNorm, 2 ** -100, 2 ** 100),
    layerRates: layerRates === undefined ? undefined : checkLayerRates(call, layerRates, layers),
    classWeights: weights,
    ...{ labelSmoothing, clipNorm, clipValue, average },
  };
}

/** A number for all layers, or one for each, from `low` to `high`. */
function checkPerLayer(
  call: string,
  name: string,
  given: unknown,
  layers: number,
  low: number,
  high?: number,
): readonly number[] {
  if (!Array.isArray(given)) {
    checkNumber(call, name, given, low, high);
    return new Array<number>(layers).fill(given);
  }
  if (given.length !== layers) {
    throw new RangeError(`${call}: ${name} must hold one number for each of ${layers} layers, got ${show(given)}.`);
  }
  for (let l = 0; l < layers; l++) checkNumber(call, `${name}[${l}]`, given[l], low, high);
  return [...given];
}

function checkLayerRates(call: string, given: unknown, layers: number): readonly number[] {
  if (!Array.isArray(given)) {
    throw new TypeError(`${call}: layerRates must be a list of one factor a layer, got ${show(given)}.`);
  }
  const rates = checkPerLayer(call, "layerRates", given, layers, 0, 2 ** 100);
  if (rates.some((rate) => rate > 0)) return rates;
  throw new RangeError(`${call}: layerRates must leave one layer unfrozen, got ${show(given)}.`);
}

/** Only rows of classes can count by them. */
export function checkHasClasses(call: string, { output }: NetworkShape, name = "classWeights"): void {
  if (hasClasses(output)) return;
  throw new TypeError(`${call}: ${name} must come with a softmax or sigmoid output, got ${output}.`);
}

/** Weights of classes as the core takes them: of softmax one a class, of sigmoid a pair for each output. */
function flatWeights(call: string, weights: unknown, shape: NetworkShape): readonly number[] {
  checkHasClasses(call, shape);
  const { sizes, output } = shape;
  const outputs = sizes[sizes.length - 1];
  const isPairs = output === "sigmoid" && Array.isArray(weights) && weights.some(Array.isArray);
  const wanted = output === "softmax" ? `${outputs} numbers, one a class` : "[w0, w1], or such a pair for each output";
  const isSized = (list: unknown, length: number): list is unknown[] => Array.isArray(list) && list.length === length;
  const isRight = isPairs
    ? isSized(weights, outputs) && weights.every((pair) => isSized(pair, 2))
    : isSized(weights, output === "softmax" ? outputs : 2);
  if (!isRight) throw new TypeError(`${call}: classWeights must be ${wanted}, got ${show(weights)}.`);
  // A copy: the caller's may change.
  const list = (isPairs ? (weights as unknown[][]).flat() : [...(weights as unknown[])]) as number[];
  // Smaller ones vanish in float32, and a class without weight would still count in the mean.
  for (let c = 0; c < list.length; c++) checkNumber(call, `classWeights[${c}]`, list[c], 2 ** -100, 2 ** 100);
  return output === "sigmoid" && !isPairs ? Array.from({ length: outputs }, () => list).flat() : list;
}
