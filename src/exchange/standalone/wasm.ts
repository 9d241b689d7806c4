/**
 * A trained network as one .wasm file of its own, which any WebAssembly host runs: the kernels that one row needs, and the
 * parameters as data.
 *
 *  0              the core's own pages                                                           end of memory
 *  | statics      | input | hidden 1 | hidden 2 | ... | output | panel | W1 b1 W2 b2 ... |   and what normalises a layer after its b
 *                                                                      |<-- in the file -->|
 *
 * Each slab starts where the one before ends, rounded up to 64 bytes. Parameters come last: all other addresses stay small.
 */

import { wholeDeflated } from "../../built/whole-deflated.js";
import { decodeBase64 } from "../../core/core.js";
import { inflate } from "../../core/inflate.js";
import type { LayerPlan, Layout } from "../../core/memory-map.js";
import { bytesOf } from "../../file/bytes.js";
import { perLayer } from "../../net/activations.js";
import { curvesOf } from "../../net/curves.js";
import { NORMALIZATION_PARAMETERS, normalizationsOf } from "../../net/design.js";
import { normalizersOf } from "../../net/normalizers.js";
import type { ForwardKernels } from "../../net/pass-plan.js";
import { activateOutputs, forwardPass } from "../../net/passes.js";
import { type Exportable, type ExportableNetwork, networkOf } from "../exported-model.js";
import type { Pieces } from "./wasm-binary.js";
import { type Call, CoreFile } from "./wasm-core.js";

/** Where things lie: what {@link Network} reads of a layout when rows go forward, and the parameters. */
type RowLayout = Pick<Layout, "inputs" | "logits" | "scratch" | "params" | "end"> & {
  readonly layers: readonly Pick<LayerPlan, "inputs" | "outputs" | "w" | "b" | "x" | "y" | "z" | "u" | "norm">[];
};

const ALIGNMENT = 64;
/** What dense kernels may pack weights into: so many floats an input, for so many inputs at most (assembly/dense.ts). */
const PANEL = 16;
const PANEL_INPUTS = 320;
/** Engines read a module of 1 GiB at most; some of it is code. */
const MOST_DATA = 2 ** 30 - 2 ** 16;

/**
 * Writes a model as a WebAssembly module that holds kernels and weights and imports nothing: for any host with 128-bit
 * SIMD. It exports
 *
 * - `memory`, of a fixed size;
 * - `input`, `inputs`: the address of the row to be predicted, float32 [inputs], and how many numbers that is (i32 globals);
 * - `output`, `outputs`: the same of the result;
 * - `predict()`: from the row at `input`, which stays, to probabilities (softmax, sigmoid) or values (all other outputs) at
 *   `output`: the bits of `net.predictProba(row)`;
 * - `forward()`: the same without what the output makes of the last sums, so logits: which `net.predict(row)` decides by.
 *
 * Numbers are not checked. Of a Classifier or a Regressor it is the network: it reads features in the order of
 * `featureNames`, and a Regressor's value is standardised. {@link toModule} writes the whole model.
 * @returns the file's bytes, copies; same parameters, same bytes
 * @throws TypeError if `model` is not a model, RangeError if its parameters take more than the 1 GiB that engines read
 * @example
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(toWasm(net)));
 * const { memory, input, output, predict } = exports as Record<string, any>;
 * new Float32Array(memory.buffer, input.value, 64).set(row);
 * predict();
 * const probabilities = new Float32Array(memory.buffer, output.value, 10);
 */
export function toWasm(model: Exportable): Uint8Array<ArrayBuffer> {
  return writeNetwork("toWasm", networkOf("toWasm", model));
}

/** The file, for a call of another name. */
export function writeNetwork(call: string, net: ExportableNetwork): Uint8Array<ArrayBuffer> {
  const core = new CoreFile(inflate(decodeBase64(wholeDeflated)));
  const { layers } = net;
  const layout = planRow(net, core.end);
  const size = layout.end - layout.params;
  // Never the kernels that skip zeros: they give the same bits.
  const activations = perLayer(net.activation, layers.length - 2);
  const extras = { ...curvesOf(net), normalizers: normalizersOf(net) };
  if (size > MOST_DATA) throw new RangeError(`${call}: the parameters must fit in 1 GiB, got ${size} bytes.`);
  return core.extend({
    functions: [
      ["forward", record((kernels) => forwardPass({ kernels, layout, activations, extras, skipsZeros: false }, 1))],
      [
        "predict",
        [["forward", []], ...record((kernels) => activateOutputs({ kernels, layout, extras, output: net.output }, 1))],
      ],
    ],
    constants: [
      ["input", layout.inputs],
      ["inputs", layers[0]],
      ["output", layout.logits],
      ["outputs", layers[layers.length - 1]],
    ],
    // Dense kernels call others for several rows, never for one.
    alone: (kernel) => kernel.startsWith("dense"),
    data: { address: layout.params, bytes: parameterBytes(net) },
    end: layout.end,
  });
}

/** The memory of one row's way through layers of these sizes, from byte `base` on. */
function planRow(net: ExportableNetwork, base: number): RowLayout {
  const sizes = net.layers;
  const normalizations = normalizationsOf(net);
  let next = base;
  const slab = (count: number): number => {
    const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = start + 4 * count;
    return start;
  };
  const rows = sizes.map(slab);
  const scratch = slab(PANEL * Math.min(Math.max(...sizes.slice(0, -1)), PANEL_INPUTS));
  const moments = slab(normalizations.includes("layer") ? 2 : 0);
  const params = slab(0);
  const layers = sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l];
    const w = next;
    const b = w + 4 * inputs * outputs;
    const own = NORMALIZATION_PARAMETERS[normalizations[l] ?? "none"];
    const [gain, shift, mean, variance] = [1, 2, 3, 4].map((place) => b + 4 * place * outputs);
    next = b + 4 * (1 + own.length) * outputs;
    const norm = own.length > 0 ? { gain, shift, mean, variance, moments, dgain: 0, dshift: 0 } : undefined;
    return { inputs, outputs, w, b, x: rows[l], y: rows[l + 1], z: rows[l + 1], u: rows[l + 1], norm };
  });
  return { layers, inputs: rows[0], logits: rows[sizes.length - 1], scratch, params, end: next };
}

/** Kernels with numbers that are no words, after three that are. */
const FRACTIONS: Readonly<Record<string, 32 | 64>> = { eluForward: 64, leakyReluForward: 32, clampForward: 32 };

/** The kernel calls of a pass, written down instead of run: those that the library's own network makes. */
function record(pass: (kernels: ForwardKernels) => void): Call[] {
  const calls: Call[] = [];
  const write =
    (kernel: string) =>
    (...values: number[]) =>
      void calls.push([
        kernel,
        values.map((value, i) => (i < 3 || !(kernel in FRACTIONS) ? value : [FRACTIONS[kernel], value])),
      ]);
  pass(new Proxy({} as ForwardKernels, { get: (_, kernel) => write(kernel as string) }));
  return calls;
}

/** W1 b1 W2 b2 ... as they stand in memory. */
function parameterBytes(net: ExportableNetwork): Pieces {
  const normalizations = normalizationsOf(net);
  const slabs = net.parameters().flatMap((layer, l) => {
    const own = NORMALIZATION_PARAMETERS[normalizations[l] ?? "none"];
    return [layer.weights, layer.biases, ...own.map((name) => layer[name] as Float32Array)];
  });
  return slabs.map(bytesOf);
}
