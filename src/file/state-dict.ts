/** PyTorch state dicts of Linear layers as safetensors: `0.weight` [out, in], `0.bias` [out], and the like. */
import { checkBytes, show } from "../ground/check.js";
import type { LayerParameters } from "../net/layer-views.js";
import { orderLayers } from "./layer-order.js";
import { decodeSafetensors, type StoredTensor } from "./safetensors.js";

/** A tensor of a state dict, of whatever file. */
export type NamedTensor = Omit<StoredTensor, "type">;

/** What a network's layers are, first layer first. */
export interface StateDictLayers {
  readonly sizes: number[];
  readonly parameters: LayerParameters[];
}

/** A layer as a state dict has it. */
interface Linear {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: NamedTensor;
  readonly bias: NamedTensor | undefined;
}

/**
 * The sizes and the parameters of a state dict's layers, first layer first: `NAME.weight`, and `NAME.bias` unless the layer has none, in the order of
 * src/file/layer-order.ts. Numbers of any type become float32.
 * @param layers the names in their order, where the file leaves it in doubt
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file, RangeError on other names
 */
export function decodeStateDict(call: string, bytes: unknown, layers?: readonly string[]): StateDictLayers {
  const { tensors } = decodeSafetensors(call, checkBytes(call, "bytes", bytes), undefined, (names) =>
    checkNames(call, names),
  );
  return readLayers(call, tensors, layers);
}

/** The same of tensors whose names were checked. */
export function readLayers(call: string, tensors: readonly NamedTensor[], layers?: readonly string[]): StateDictLayers {
  const parameters = orderLayers(call, pairUp(call, tensors), layers).map((linear) => readLinear(call, linear));
  return { sizes: [parameters[0].inputs, ...parameters.map(({ outputs }) => outputs)], parameters };
}

const REMEDY =
  "Fold a BatchNorm into the Linear before it (torch.nn.utils.fusion.fuse_linear_bn_eval) and save its layers alone.";

/** A BatchNorm is told by its running_mean, before its counter of another type is. */
export function checkNames(call: string, names: readonly string[]): void {
  const known = new Set(names);
  const odd = names.filter((name) => !known.has(name.replace(/bias$/, "weight")) || !/(weight|bias)$/.test(name));
  if (odd.length === 0) return;
  const got = `${show(odd.slice(0, 3))}${odd.length > 3 ? ` and ${odd.length - 3} more` : ""}`;
  throw new Error(`${call}: the file must hold weights and biases of Linear layers alone, got ${got}. ${REMEDY}`);
}

function pairUp(call: string, tensors: readonly NamedTensor[]): Linear[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const linears: Linear[] = [];
  for (const weight of tensors) {
    const { name, shape } = weight;
    const layer = /^(.*?)\.?weight$/s.exec(name)?.[1];
    if (layer === undefined) continue;
    if (shape.length !== 2 || shape.includes(0)) {
      const remedy = shape.length === 1 ? ` ${REMEDY}` : "";
      throw new Error(`${call}: the file must hold ${show(name)} as [outputs, inputs], got ${show(shape)}.${remedy}`);
    }
    const [outputs, inputs] = shape;
    const bias = byName.get(name.replace(/weight$/, "bias"));
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== outputs)) {
      throw new Error(`${call}: the file must hold ${show(bias.name)} as [${outputs}], got ${show(bias.shape)}.`);
    }
    linears.push({ name: layer, inputs, outputs, weight, bias });
  }
  if (linears.length === 0) throw new Error(`${call}: the file must hold the weights of a Linear layer, got none.`);
  return linears;
}

function readLinear(call: string, { inputs, outputs, weight, bias }: Linear): LayerParameters {
  const stored = finite(call, weight);
  const weights = new Float32Array(stored.length);
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) weights[i * outputs + o] = stored[o * inputs + i];
  return { weights, biases: bias ? finite(call, bias) : new Float32Array(outputs), inputs, outputs };
}

function finite(call: string, tensor: NamedTensor): Float32Array {
  const numbers = tensor.read();
  if (numbers.every(Number.isFinite)) return numbers;
  throw new Error(
    `${call}: the file must hold numbers that are finite in float32, got others in ${show(tensor.name)}.`,
  );
}
