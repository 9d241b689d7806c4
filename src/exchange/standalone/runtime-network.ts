/**
 * The network of a module that `toModule` writes. This file and those named runtime-numbers and runtime-table are not called
 * by the library: scripts/build.ts makes texts of them, with what they import, and `toModule` puts one into each module.
 */

/** Checks a row and writes it to `input`, where the network reads it. */
type RowReader = (call: string, row: unknown, input: Float32Array) => void;

/** What the network makes of a row by one of its functions: its output, which the next row overwrites. */
export type Run = (call: string, row: unknown, pass: "predict" | "forward") => Float32Array;

/** What the WebAssembly module exports: see `toWasm`. */
interface NetworkExports {
  readonly memory: WebAssembly.Memory;
  readonly input: WebAssembly.Global<"i32">;
  readonly inputs: WebAssembly.Global<"i32">;
  readonly output: WebAssembly.Global<"i32">;
  readonly outputs: WebAssembly.Global<"i32">;
  predict(): void;
  forward(): void;
}

/**
 * Starts the network in a memory of its own.
 * @param wasm the WebAssembly module in base64
 */
export function startNetwork(wasm: string, read: RowReader): Run {
  const { Instance, Module } = WebAssembly;
  const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
  const network = new Instance(new Module(bytes)).exports as unknown as NetworkExports;
  const { memory } = network;
  const input = new Float32Array(memory.buffer, network.input.value, network.inputs.value);
  const output = new Float32Array(memory.buffer, network.output.value, network.outputs.value);
  return (call, row, pass) => {
    read(call, row, input);
    network[pass]();
    return output;
  };
}

/** Which of the numbers is the largest; of equals the first. */
export function largest(numbers: Float32Array): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[best]) best = i;
  return best;
}
