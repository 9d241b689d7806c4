/** PyTorch state dicts, written. Reading them (src/file/state-dict.ts) takes more code, which is loaded when it is called. */
import { checkName, checkOptions } from "../ground/check.js";
import type { LayerParameters } from "../net/layers.js";
import { encodeSafetensors } from "./safetensors.js";

/**
 * A state dict whose keys are those of `nn.Sequential(Linear, activation, Linear, ...)`: "0.weight", "0.bias", "2.weight", ...
 * @throws TypeError, RangeError on another layout than PyTorch's
 */
export function encodeStateDict(
  call: string,
  layers: readonly LayerParameters[],
  options: { readonly layout: "torch" },
): Uint8Array<ArrayBuffer> {
  checkOptions(call, options, ["layout"]);
  checkName(call, "layout", options.layout, ["torch"]);
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
