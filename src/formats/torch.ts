/** PyTorch state dicts of Linear layers as safetensors: `0.weight` [out, in], `0.bias` [out], and the like. */
import { show } from "../check.js";
import type { LayerParameters } from "../layers.js";
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from "./safetensors.js";

/** A layer as a state dict has it. */
interface Linear {
  readonly name: string;
  readonly weight: StoredTensor;
  readonly bias: StoredTensor | undefined;
}

/**
 * The layers of a state dict, first layer first: `NAME.weight`, and `NAME.bias` unless the layer has none, in the order of the
 * numbers in their names, then of the names. Numbers of any type become float32.
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 */
export function decodeStateDict(call: string, bytes: unknown): LayerParameters[] {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${call}: bytes must be a Uint8Array, got ${show(bytes)}.`);
  const linears = pairUp(call, decodeSafetensors(call, bytes).tensors);
  linears.forEach(({ name, weight }, l) => {
    if (l === 0 || weight.shape[1] === linears[l - 1].weight.shape[0]) return;
    const wanted = `${linears[l - 1].weight.shape[0]} inputs in ${show(`${name}.weight`)}, as ${show(linears[l - 1].name)} has outputs`;
    throw new Error(`${call}: the file must have ${wanted}, got ${weight.shape[1]}.`);
  });
  return linears.map((linear) => readLinear(call, linear));
}

function pairUp(call: string, tensors: readonly StoredTensor[]): Linear[] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const linears: Linear[] = [];
  for (const { name, shape } of tensors) {
    const layer = /^(.*?)\.?weight$/s.exec(name)?.[1];
    if (layer === undefined) {
      if (byName.has(name.replace(/bias$/, "weight")) && name.endsWith("bias")) continue;
      throw new Error(`${call}: the file must hold weights and biases of Linear layers alone, got ${show(name)}.`);
    }
    if (shape.length !== 2 || shape.includes(0)) {
      throw new Error(`${call}: the file must hold ${show(name)} as [outputs, inputs], got ${show(shape)}.`);
    }
    const bias = byName.get(name.replace(/weight$/, "bias"));
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== shape[0])) {
      throw new Error(`${call}: the file must hold ${show(bias.name)} as [${shape[0]}], got ${show(bias.shape)}.`);
    }
    linears.push({ name: layer, weight: byName.get(name) as StoredTensor, bias });
  }
  if (linears.length === 0) throw new Error(`${call}: the file must hold the weights of a Linear layer, got none.`);
  return linears.sort((a, b) => compareNames(a.name, b.name));
}

/** "net.2" before "net.10": numbers by size, the rest by code units. */
function compareNames(a: string, b: string): number {
  const parts = (name: string) => name.split(/(\d+)/);
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue;
    if (i % 2 === 1 && Number(left[i]) !== Number(right[i])) return Number(left[i]) - Number(right[i]);
    return left[i] < right[i] ? -1 : 1;
  }
  return left.length - right.length;
}

function readLinear(call: string, { weight, bias }: Linear): LayerParameters {
  const [outputs, inputs] = weight.shape;
  const stored = finite(call, weight);
  const weights = new Float32Array(stored.length);
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) weights[i * outputs + o] = stored[o * inputs + i];
  return { weights, biases: bias ? finite(call, bias) : new Float32Array(outputs), inputs, outputs };
}

function finite(call: string, tensor: StoredTensor): Float32Array {
  const numbers = tensor.read();
  if (numbers.every(Number.isFinite)) return numbers;
  throw new Error(
    `${call}: the file must hold numbers that are finite in float32, got others in ${show(tensor.name)}.`,
  );
}

/** A state dict whose keys are those of `nn.Sequential(Linear, activation, Linear, ...)`: "0.weight", "0.bias", "2.weight", ... */
export function encodeStateDict(layers: readonly LayerParameters[]): Uint8Array<ArrayBuffer> {
  return encodeSafetensors(
    layers.flatMap(({ weights, biases, inputs, outputs }, l) => {
      const turned = new Float32Array(weights.length);
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) turned[o * inputs + i] = weights[i * outputs + o];
      return [
        { name: `${2 * l}.weight`, shape: [outputs, inputs], data: turned },
        { name: `${2 * l}.bias`, shape: [outputs], data: biases },
      ];
    }),
  );
}
