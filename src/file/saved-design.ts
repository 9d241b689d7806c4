/** All of a saved network but its numbers. */
import type { Activations } from "../net/activations.js";
import type { Design } from "../net/design.js";
import { checkActivations, checkBias, checkNormalization, checkOutput } from "../net/layers.js";
import type { Fields } from "./fields.js";

/** The doors of `MLP.create` look at it. Files of 0.1 have no loss, bias and normalization. */
export function readDesign(call: string, model: Fields): Design {
  const layers = parseLayers(model);
  const known = { layers, activation: model.get("activation") as Activations, output: model.get("output") } as Design;
  const added = Object.fromEntries(
    ["loss", "bias", "normalization"].filter((name) => model.has(name)).map((name) => [name, model.get(name)]),
  );
  const design: Design = { ...known, ...added };
  try {
    checkActivations(call, design.activation, layers.length - 2);
    checkOutput(call, design);
    if (design.bias !== undefined) checkBias(call, design.bias, layers.length - 1);
    if (design.normalization !== undefined) checkNormalization(call, design.normalization, layers.length - 2);
  } catch (error) {
    throw new Error((error as Error).message, { cause: error });
  }
  return design;
}

function parseLayers(model: Fields): number[] {
  const layers = model.list("layers");
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  if (layers.length < 2 || !layers.every(isCount)) throw model.refuse("layers", "two layer sizes at least");
  return layers as number[];
}
