/** PyTorch state dicts, written. Reading them (src/file/state-dict.ts) takes more code, which is loaded when it is called. */
import { checkName, checkOptions } from "../ground/check.js";
import type { LayerParameters } from "../net/layer-views.js";
import { encodeSafetensors, type Tensor } from "./write-safetensors.js";

/**
 * A state dict whose keys are those of `nn.Sequential(Linear, activation, Linear, ...)`: "0.weight", "0.bias", "2.weight", ...;
 * of a layer that is normalised those of `Linear, BatchNorm1d or LayerNorm, activation`. A BatchNorm1d counts its batches from 0.
 * @throws TypeError, RangeError on another layout than PyTorch's
 */
export function encodeStateDict(
  call: string,
  layers: readonly LayerParameters[],
  options: { readonly layout: "torch" },
): Uint8Array<ArrayBuffer> {
  checkOptions(call, options, ["layout"]);
  checkName(call, "layout", options.layout, ["torch"]);
  let place = 0;
  return encodeSafetensors(
    layers.flatMap(({ weights, biases, inputs, outputs, gain, shift, mean, variance }) => {
      const turned = new Float32Array(weights.length);
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) turned[o * inputs + i] = weights[i * outputs + o];
      const ofUnits = (lists: Readonly<Record<string, Float32Array | undefined>>): Tensor[] =>
        Object.entries(lists).flatMap(([name, data]) =>
          data ? [{ name: `${place}.${name}`, shape: [outputs], data }] : [],
        );
      const linear = [
        { name: `${place}.weight`, shape: [outputs, inputs], data: turned },
        ...ofUnits({ bias: biases }),
      ];
      place++;
      const normalization = ofUnits({ weight: gain, bias: shift, running_mean: mean, running_var: variance });
      place += gain ? 2 : 1;
      return [...linear, ...normalization];
    }),
  );
}
