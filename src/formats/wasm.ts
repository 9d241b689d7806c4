/**
 * A trained network as one .wasm file of its own, which any WebAssembly host runs: the kernels that one row needs, and the
 * parameters as data.
 *
 *  0              the core's own pages                                                           end of memory
 *  | statics      | input | hidden 1 | hidden 2 | ... | output | panel | W1 b1 W2 b2 ... |
 *                                                                      |<-- in the file -->|
 *
 * Each slab starts where the one before ends, rounded up to 64 bytes. Parameters come last: all other addresses stay small.
 */
import { show } from "../check.js";
import type { Classifier } from "../classifier.js";
import { decodeBase64 } from "../core.js";
import { coreBase64 } from "../core-base64.js";
import type { Label } from "../labels.js";
import type { LayerPlan, Layout } from "../layout.js";
import type { MLP } from "../mlp.js";
import { Network, type Output, perLayer } from "../network.js";
import type { Regressor } from "../regressor.js";
import type { Pieces } from "./wasm-binary.js";
import { type Call, CoreFile } from "./wasm-core.js";

/** A model that can be exported. */
export type Model<O extends Output = Output> = MLP<O> | Classifier<Label> | Regressor;

/** What is exported of a network. */
export type Net = Pick<MLP, "layers" | "activation" | "output" | "parameters">;

/** Where things lie: what {@link Network} reads of a layout when rows go forward, and the parameters. */
type RowLayout = Pick<Layout, "inputs" | "logits" | "scratch" | "params" | "end"> & {
  readonly layers: readonly Pick<LayerPlan, "inputs" | "outputs" | "w" | "b" | "x" | "y">[];
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
 * - `predict()`: from the row at `input`, which stays, to probabilities (softmax, sigmoid) or values (linear) at `output`:
 *   the bits of `net.predictProba(row)`;
 * - `forward()`: the same without the last softmax or sigmoid, so logits: what `net.predict(row)` decides by.
 *
 * Numbers are not checked. Of a Classifier or a Regressor it is the network: it reads features in the order of
 * `featureNames`, and a Regressor's value is standardised. {@link toModule} writes the whole model.
 * @returns the file's bytes, copies; same parameters, same bytes
 * @throws TypeError if `model` is no model, RangeError if its parameters take more than engines read, 1 GiB
 * @example
 * const { exports } = new WebAssembly.Instance(new WebAssembly.Module(toWasm(net)));
 * const { memory, input, output, predict } = exports as Record<string, any>;
 * new Float32Array(memory.buffer, input.value, 64).set(row);
 * predict();
 * const probabilities = new Float32Array(memory.buffer, output.value, 10);
 */
export function toWasm<O extends Output>(model: Model<O>): Uint8Array<ArrayBuffer> {
  return writeNetwork("toWasm", networkOf("toWasm", model));
}

/** The file, for a call of another name. */
export function writeNetwork(call: string, net: Net): Uint8Array<ArrayBuffer> {
  const core = new CoreFile(decodeBase64(coreBase64));
  const { layers } = net;
  const layout = planRow(layers, core.end);
  const size = layout.end - layout.params;
  if (size > MOST_DATA) throw new RangeError(`${call}: the parameters must fit in 1 GiB, got ${size} bytes.`);
  return core.extend({
    functions: [
      ["forward", record((network) => network.forward(1), layout, net)],
      ["predict", [["forward", []], ...record((network) => network.activateOutputs(1), layout, net)]],
    ],
    constants: [
      ["input", layout.inputs],
      ["inputs", layers[0]],
      ["output", layout.logits],
      ["outputs", layers[layers.length - 1]],
    ],
    data: { address: layout.params, bytes: parameterBytes(net) },
    end: layout.end,
  });
}

/** A model's network. @throws TypeError if it has none */
export function networkOf<O extends Output>(call: string, model: Model<O>): Net {
  const net = ((model as { net?: unknown } | null | undefined)?.net ?? model) as Partial<Net> | null | undefined;
  if (typeof net?.parameters === "function" && Array.isArray(net.layers)) return net as Net;
  throw new TypeError(`${call}: model must be an MLP, a Classifier or a Regressor, got ${show(model)}.`);
}

/** The memory of one row's way through layers of these sizes, from byte `base` on. */
function planRow(sizes: readonly number[], base: number): RowLayout {
  let next = base;
  const slab = (count: number): number => {
    const start = Math.ceil(next / ALIGNMENT) * ALIGNMENT;
    next = start + 4 * count;
    return start;
  };
  const rows = sizes.map(slab);
  const scratch = slab(PANEL * Math.min(Math.max(...sizes.slice(0, -1)), PANEL_INPUTS));
  const params = slab(0);
  const layers = sizes.slice(1).map((outputs, l) => {
    const inputs = sizes[l];
    const w = next;
    const b = w + 4 * inputs * outputs;
    next = b + 4 * outputs;
    return { inputs, outputs, w, b, x: rows[l], y: rows[l + 1] };
  });
  return { layers, inputs: rows[0], logits: rows[sizes.length - 1], scratch, params, end: next };
}

/** The kernel calls of one row's pass: those that the library's own network makes, written down instead of run. */
function record(pass: (network: Network) => void, layout: RowLayout, { layers, activation, output }: Net): Call[] {
  const calls: Call[] = [];
  const activations = perLayer(activation, layers.length - 2);
  const write =
    (kernel: string) =>
    (...values: number[]) =>
      calls.push([kernel, values]);
  const kernels = new Proxy({}, { get: (_, kernel: string) => write(kernel) });
  // Its methods on other fields: no memory, and never the kernels that skip zeros, which give the same bits.
  const network: Network = Object.create(Network.prototype);
  pass(Object.assign(network, { layout, kernels, sizes: layers, activations, output, skipsZeros: false }));
  return calls;
}

/** W1 b1 W2 b2 ... as they stand in memory. */
function parameterBytes(net: Net): Pieces {
  const slabs = net.parameters().flatMap(({ weights, biases }) => [weights, biases]);
  return slabs.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
}
