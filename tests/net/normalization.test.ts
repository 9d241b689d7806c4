/** Passes of normalised networks: gradients against central differences, in pieces, cut, with units left out. */
import { describe, expect, it } from "vitest";
import { createCore } from "../../src/core/core.js";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { MLP } from "../../src/index.js";
import type { Design } from "../../src/net/design.js";
import { Dropout } from "../../src/net/dropout.js";
import { loadExtra } from "../../src/net/extra.js";
import { backwardSlices, forwardSlices } from "../../src/net/large-passes.js";
import { lossPass } from "../../src/net/losses.js";
import { Network } from "../../src/net/network.js";
import { backwardPass, forwardPass } from "../../src/net/passes.js";
import { writeTargets } from "../../src/net/write-targets.js";
import { dense, softmaxCrossEntropy } from "../reference.js";
import { curveOf } from "../reference-curves.js";
import { affine, normalized } from "../reference-normalization.js";
import { relativeError } from "../twin.js";

const layers = [5, 8, 7, 3];

async function makeNetwork(design: Partial<Design>, rows?: number): Promise<Network> {
  const whole: Design = { layers, activation: "tanh", output: "softmax", ...design };
  const net = new Network(...(await loadExtra(await createCore(), whole)), rows);
  const random = new Random(7);
  for (let i = 0; i < net.parameters.length; i++) net.parameters[i] += random.normal() / 2;
  return net;
}

function putRows(net: Network, from: number, rows: number): { x: Float32Array; y: number[] } {
  const random = new Random(11);
  const x = Float32Array.from({ length: 64 * net.sizes[0] }, () => random.normal());
  const y = Array.from({ length: 64 }, () => random.below(net.sizes[net.sizes.length - 1]));
  net.writeInputs(x, from, rows, 1);
  writeTargets(net, y, 1, undefined, from, rows);
  return { x, y };
}

/** The gradients of `rows` rows in pieces of `size`, whole or cut. */
function gradients(net: Network, rows: number, size: number, isCut = false, dropout?: Dropout): Float32Array {
  net.gradients.fill(Number.NaN);
  for (let from = 0; from < rows; from += size) {
    const count = Math.min(size, rows - from);
    putRows(net, from, count);
    if (dropout) dropout.row = from;
    if (isCut) runThrough(forwardSlices(net, count, dropout, true));
    else forwardPass(net, count, dropout, true);
    lossPass(net, count, rows, true);
    if (isCut) runThrough(backwardSlices(net, count, from === 0, dropout));
    else backwardPass(net, count, from === 0, dropout);
  }
  return net.gradients.slice();
}

/** The mean loss in float64, of parameters in the order of the slab. */
function lossOf(net: Network, parameters: Float64Array, x: Float32Array, y: number[], rows: number): number {
  let values: ArrayLike<number> = x.subarray(0, rows * layers[0]);
  let at = 0;
  const take = (count: number) => {
    at += count;
    return parameters.subarray(at - count, at);
  };
  const kinds = net.design.normalization as readonly ("batch" | "layer" | "none")[];
  for (let l = 0; l + 1 < layers.length; l++) {
    const [I, O] = [layers[l], layers[l + 1]];
    const [w, b] = [take(I * O), take(O)];
    const sums = dense(values, w, b, rows, I, O);
    if (l + 2 === layers.length) return softmaxCrossEntropy(sums, y, rows, O, 1).loss / rows;
    const kind = kinds[l];
    const taken = kind === "none" ? sums : affine(normalized(kind, sums, rows, O), take(O), take(O), O);
    values = Array.from(taken, curveOf(net.activations[l]).f);
  }
  return Number.NaN;
}

describe.each([
  [["batch", "layer"], "tanh"],
  [["layer", "batch"], "gelu"],
  [["batch", "none"], "sigmoid"],
  [["none", "layer"], "softplus"],
] as const)("normalization %s with %s", (normalization, activation) => {
  it("has the gradients that central differences of the float64 loss say", async () => {
    const net = await makeNetwork({ normalization, activation });
    const rows = 12;
    const { x, y } = putRows(net, 0, rows);
    const own = gradients(net, rows, rows);
    const parameters = Float64Array.from(net.parameters);
    const slopes = parameters.map((at, i) => {
      const [above, below] = [1e-5, -1e-5].map((step) => {
        parameters[i] = at + step;
        return lossOf(net, parameters, x, y, rows);
      });
      parameters[i] = at;
      return (above - below) / 2e-5;
    });
    expect(relativeError(own, slopes)).toBeLessThanOrEqual(3e-6);
    own[own.length - 40] *= 1.001; // control
    expect(relativeError(own, slopes) > 3e-6 || Math.abs(own[own.length - 40]) < 1e-3).toBe(true);
  });
});

describe("pieces and parts", () => {
  it("rows that are normalised one by one have the gradients of the whole in pieces, bit for bit", async () => {
    const net = await makeNetwork({ normalization: "layer" });
    const whole = gradients(net, 40, 40);
    for (const size of [1, 7, 16]) expect(gradients(net, 40, size)).toEqual(whole);
  });

  it("control: a mini-batch that is normalised as a whole has others", async () => {
    const net = await makeNetwork({ normalization: "batch" });
    expect(gradients(net, 40, 20)).not.toEqual(gradients(net, 40, 40));
  });

  it("cut passes have the bits of the whole, with units left out and without, to gradients and moments", async () => {
    for (const activation of ["relu", "tanh", "gelu"] as const) {
      const wide = [1030, 700, 540, 3];
      for (const normalization of [["batch", "layer"], ["layer", "batch"]] as const) // biome-ignore format: two
        for (const rates of [undefined, { input: 0.1, hidden: [0.3, 0.3] }]) {
          const net = await makeNetwork({ layers: wide, normalization, activation });
          const dropout = rates && new Dropout(net.kernels, rates, [1, 2]);
          expect(net.layout.isCut).toBe(true);
          const start = net.learned.slice();
          const results = [false, true].map((isCut) => {
            net.learned.set(start);
            const own = gradients(net, 64, 64, isCut, dropout);
            net.extras?.normalizers.forEach((normalizer, l) => {
              normalizer?.step?.(net.kernels, net.layout.layers[l], 64);
            });
            const learned = Buffer.from(net.learned.slice().buffer);
            putRows(net, 0, 9);
            if (isCut) runThrough(forwardSlices(net, 9));
            else forwardPass(net, 9);
            return [Buffer.from(own.buffer), learned, Buffer.from(net.outputs.slice(0, 27).buffer)];
          });
          for (const [i, own] of results[0].entries()) expect(results[1][i].equals(own)).toBe(true);
          expect(results[0][1].equals(Buffer.from(start.buffer))).toBe(false);
        }
    }
  });

  it("networks with batch normalization are cut where 256 rows would take long", async () => {
    const isCut = async (hidden: number, normalization: "batch" | "layer") =>
      (await makeNetwork({ layers: [400, hidden, 3], normalization })).layout.isCut;
    expect([await isCut(400, "batch"), await isCut(420, "batch"), await isCut(420, "layer")]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("memory", () => {
  it("of a network that is not normalised is what it was: no slab, no place", async () => {
    const design: Design = { layers, activation: "gelu", output: "softmax" };
    const [plain, none] = await Promise.all(
      [undefined, "none" as const].map((normalization) => makeNetwork({ ...design, normalization })),
    );
    expect(none.layout).toEqual(plain.layout);
    expect(plain.layout.learnedCount).toBe(plain.layout.parameterCount);
    expect(plain.layout.layers.every(({ z, u, norm }) => z === u && norm === undefined)).toBe(true);
  });

  it("has gain and shift after the biases in all four slabs, and moments after all parameters", async () => {
    const { layout } = await makeNetwork({ normalization: ["batch", "layer"] });
    const [first, second, last] = layout.layers;
    expect(first.norm).toMatchObject({
      gain: first.b + 32,
      shift: first.b + 64,
      dgain: first.db + 32,
      dshift: first.db + 64,
    });
    expect([second.w, last.w]).toEqual([first.b + 96, second.b + 3 * 28]);
    expect(layout.parameterCount).toBe(5 * 8 + 3 * 8 + 8 * 7 + 3 * 7 + 7 * 3 + 3);
    expect(first.norm?.mean).toBe(layout.params + 4 * layout.parameterCount);
    expect(layout.learnedCount).toBe(layout.parameterCount + 16);
    expect((await MLP.create({ layers, normalization: ["batch", "layer"] })).parameterCount).toBe(
      layout.parameterCount,
    );
  });
});
