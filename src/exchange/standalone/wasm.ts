/**
 * A trained network as one .wasm file of its own, which any WebAssembly host runs: the kernels that one row needs, and the
 * parameters as data.
 *
 *  0              the core's own pages                                                           end of memory
 *  | statics      | input | hidden 1 | hidden 2 | ... | output | panel | W1 b1 W2 b2 ... |   and what normalises a layer after its b
 *                                                                      |<-- in the file -->|
 *
 * Where weights are rounded the file has them in the last bytes of their place, and their scales where their layer's outputs go: both
 * are read once, when the module starts (wasm-expand.ts).
 *
 * Of an ensemble the networks read one input; hidden layers, outputs and parameters are those of the first network, then those of
 * the next; the mean of the outputs takes the place of the first. Each slab starts where the one before ends, rounded up to 64 bytes. Parameters come last: all other addresses stay small.
 */

import { wholeDeflated } from "../../built/whole-deflated.js";
import { decodeBase64 } from "../../core/core.js";
import { inflate } from "../../core/inflate.js";
import type { LayerPlan, Layout } from "../../core/memory-map.js";
import type { Rounding } from "../../file/small-weights.js";
import { perLayer } from "../../net/activations.js";
import { curvesOf } from "../../net/curves.js";
import { NORMALIZATION_PARAMETERS, normalizationsOf } from "../../net/design.js";
import { normalizersOf } from "../../net/normalizers.js";
import type { ForwardKernels } from "../../net/pass-plan.js";
import { activateOutputs, forwardPass } from "../../net/passes.js";
import { type Exportable, type ExportableNetwork, networksOf } from "../exported-model.js";
import { checkStandalone, type StandaloneOptions } from "./standalone-options.js";
import { type Addition, type Call, CoreFile } from "./wasm-core.js";
import { EXPAND_PARAMETERS, expandBody } from "./wasm-expand.js";
import { type MemberAnswers, meanBody } from "./wasm-mean.js";
import { parameterData } from "./wasm-parameters.js";

/** Where things lie: what {@link Network} reads of a layout when rows go forward. */
type RowLayout = Pick<Layout, "inputs" | "logits" | "scratch"> & {
  readonly layers: readonly Pick<LayerPlan, "inputs" | "outputs" | "w" | "b" | "x" | "y" | "z" | "u" | "norm">[];
};

/** The memory of one row's way through networks. */
interface RowPlan {
  readonly layouts: readonly RowLayout[];
  /** From the output of a network to that of the next. */
  readonly stride: number;
  readonly params: number;
  readonly end: number;
}

const ALIGNMENT = 64;
const aligned = (address: number) => Math.ceil(address / ALIGNMENT) * ALIGNMENT;
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
 *   `output`: the bits of `net.predictProba(row)`, or of the mean over a table's networks;
 * - `forward()`, unless there are several networks: the same without what the output makes of the last sums, so logits: which
 *   `net.predict(row)` decides by.
 *
 * Numbers are not checked. Of a Classifier or a Regressor it is the networks: they read features in the order of
 * `featureNames`, and a Regressor's value is standardised, or a logarithm where the fit chose so, of counts divided by their mean; of
 * quantiles it is all of them, in the order of their levels, and they may cross. {@link toModule} writes the whole model.
 * @param options `weights`: rounded in the file, as `save` rounds them, and made into float32 when it is started: the bits of the model that
 * `load` makes of a file with such weights
 * @returns the file's bytes, copies; same parameters, same bytes
 * @throws TypeError if `model` is not a model, TypeError, RangeError on options outside their domain, RangeError if its parameters take
 * more than the 1 GiB that engines read, as float32
 * @example
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(toWasm(net)));
 * const { memory, input, output, predict } = exports as Record<string, any>;
 * new Float32Array(memory.buffer, input.value, 64).set(row);
 * predict();
 * const probabilities = new Float32Array(memory.buffer, output.value, 10);
 */
export function toWasm(model: Exportable, options: StandaloneOptions = {}): Uint8Array<ArrayBuffer> {
  const rounding = checkStandalone("toWasm", options);
  return writeNetworks("toWasm", networksOf("toWasm", model), rounding);
}

/** The file, for a call of another name. */
export function writeNetworks(
  call: string,
  nets: readonly ExportableNetwork[],
  rounding: Rounding | undefined,
): Uint8Array<ArrayBuffer> {
  const core = new CoreFile(inflate(decodeBase64(wholeDeflated)));
  const [{ layers }] = nets;
  const outputs = layers[layers.length - 1];
  const { layouts, stride, params, end } = planRow(nets, core.end);
  if (end - params > MOST_DATA) {
    throw new RangeError(`${call}: the parameters must fit in 1 GiB, got ${end - params} bytes.`);
  }
  const { inputs, logits } = layouts[0];
  const passes = nets.map((net, m) => recordPasses(net, layouts[m]));
  const { data, expansions } = parameterData(nets, layouts, params, rounding);
  const answers = { address: logits, stride, outputs, members: nets.length };
  const { functions, inner } = nets.length === 1 ? answerAlone(passes[0]) : answerTogether(passes, answers);
  return core.extend({
    functions,
    inner: [...inner, ...(rounding ? [["expand", expandBody(rounding), EXPAND_PARAMETERS] as const] : [])],
    constants: [
      ["input", inputs],
      ["inputs", layers[0]],
      ["output", logits],
      ["outputs", outputs],
    ],
    // What dense kernels call (gemmXW) calls others for several rows, never for one.
    alone: (kernel) => kernel.startsWith("dense"),
    data,
    start: expansions,
    end,
  });
}

/** What a network's functions call: to its last sums, and what the output makes of those. */
interface Passes {
  readonly forward: Call[];
  readonly activate: Call[];
}

function recordPasses(net: ExportableNetwork, layout: RowLayout): Passes {
  // Never the kernels that skip zeros: they give the same bits.
  const activations = perLayer(net.activation, net.layers.length - 2);
  const extras = { ...curvesOf(net), normalizers: normalizersOf(net) };
  return {
    forward: record((kernels) => forwardPass({ kernels, layout, activations, extras, skipsZeros: false }, 1)),
    activate: record((kernels) => activateOutputs({ kernels, layout, extras, output: net.output }, 1)),
  };
}

type Functions = Pick<Addition, "functions" | "inner">;

function answerAlone({ forward, activate }: Passes): Functions {
  return {
    functions: [
      ["forward", forward],
      ["predict", [["forward", []], ...activate]],
    ],
    inner: [],
  };
}

/** One network after the other, then the mean. There are no sums that it would be made of. */
function answerTogether(passes: readonly Passes[], answers: MemberAnswers): Functions {
  const calls = passes.flatMap(({ forward, activate }) => [...forward, ...activate]);
  return { functions: [["predict", [...calls, ["mean", []]]]], inner: [["mean", meanBody(answers), 0]] };
}

/** The memory of one row's way through networks of the same inputs and outputs, from byte `base` on. */
function planRow(nets: readonly ExportableNetwork[], base: number): RowPlan {
  let next = base;
  const slab = (count: number): number => {
    const start = aligned(next);
    next = start + 4 * count;
    return start;
  };
  const inputs = slab(nets[0].layers[0]);
  const hidden = nets.map(({ layers }) => layers.slice(1, -1).map(slab));
  const outputs = nets.map(({ layers }) => slab(layers[layers.length - 1]));
  const widest = Math.max(...nets.flatMap(({ layers }) => layers.slice(0, -1)));
  const scratch = slab(PANEL * Math.min(widest, PANEL_INPUTS));
  const moments = slab(nets.some((net) => normalizationsOf(net).includes("layer")) ? 2 : 0);
  const params = slab(0);
  const layouts = nets.map((net, m) => {
    const planned = planLayers(net, [inputs, ...hidden[m], outputs[m]], moments, next);
    next = planned.end;
    return { layers: planned.layers, inputs, logits: outputs[m], scratch };
  });
  return { layouts, stride: nets.length > 1 ? outputs[1] - outputs[0] : 0, params, end: next };
}

/**
 * A network's layers, their parameters from byte `params` on.
 * @param rows where the inputs and what each layer makes of them lie
 */
function planLayers(
  net: ExportableNetwork,
  rows: readonly number[],
  moments: number,
  params: number,
): Pick<RowLayout, "layers"> & { end: number } {
  const normalizations = normalizationsOf(net);
  let end = params;
  const layers = net.layers.slice(1).map((outputs, l) => {
    const inputs = net.layers[l];
    const w = end;
    const b = w + 4 * inputs * outputs;
    const own = NORMALIZATION_PARAMETERS[normalizations[l] ?? "none"];
    const [gain, shift, mean, variance] = [1, 2, 3, 4].map((place) => b + 4 * place * outputs);
    end = b + 4 * (1 + own.length) * outputs;
    const norm = own.length > 0 ? { gain, shift, mean, variance, moments, dgain: 0, dshift: 0 } : undefined;
    return { inputs, outputs, w, b, x: rows[l], y: rows[l + 1], z: rows[l + 1], u: rows[l + 1], norm };
  });
  return { layers, end };
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
