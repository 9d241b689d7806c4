/** Writes models of tables as files (docs/format.md): several networks, and what reads their rows. Loaded with the first of them. */
import { asHalves } from "./half-floats.js";
import { type Rounding, type SmallWeights, shrinkWeights } from "./small-weights.js";
import { prefixOf, targetPrefix } from "./tensor-prefixes.js";
import { describe, encode, type SavedModel, type SavedTargets, tensorsOf } from "./write-model.js";
import type { Tensor } from "./write-safetensors.js";

export function encodeTable(model: SavedModel): Uint8Array<ArrayBuffer> {
  return encode(tensorsOfAll(model, ""), describeAll(model), model.weights);
}

export function encodeTargets({ targets }: SavedTargets): Uint8Array<ArrayBuffer> {
  const tensors = targets.flatMap((model, t) => tensorsOfAll(model, targetPrefix(t)));
  return encode(tensors, { targets: targets.map(describeAll) }, targets[0].weights);
}

function tensorsOfAll(model: SavedModel, prefix: string): Tensor[] {
  const { further = [], weights } = model;
  return [model, ...further].flatMap((network, i) => {
    const shrink = weights || asHalves(network.parameters) ? shrinkOrHalve : shrinkWeights;
    return tensorsOf({ ...network, weights }, prefix + prefixOf(i), shrink);
  });
}

/** Numbers that are halves as such; a fit leaves halves as a rule. */
function shrinkOrHalve(numbers: Float32Array, outputs?: number, rounding?: Rounding): SmallWeights {
  const halves = outputs && rounding === "int8" ? undefined : asHalves(numbers);
  return halves ? { data: halves } : shrinkWeights(numbers, outputs, rounding);
}

/** A model but its numbers, as plain data. */
function describeAll(saved: SavedModel) {
  const { table, further = [] } = saved;
  const { model, history, training } = describe(saved);
  const members = further.length > 0 ? further.map(describe) : undefined;
  return { model, history, table, training, members };
}
