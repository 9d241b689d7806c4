/** What a module of an MLP does with a row of numbers. A text is made of it: see runtime-network.ts. */
import { describe } from "../../ground/check.js";
import { type Run, startNetwork } from "./runtime-network.js";

export { largest } from "./runtime-network.js";

/** Starts the network, which reads rows of numbers. */
export function startNumbers(wasm: string): Run {
  return startNetwork(wasm, readNumbers);
}

/** Checks a row of numbers and writes it to where the network reads it. */
function readNumbers(call: string, row: unknown, input: Float32Array): void {
  if (row instanceof Uint8Array) {
    throw new TypeError(
      `${call}: row must hold numbers as the model was trained on, got a Uint8Array. Scale them first.`,
    );
  }
  if (!Array.isArray(row) && (!ArrayBuffer.isView(row) || row instanceof DataView)) {
    throw new TypeError(`${call}: row must be an array of numbers, got ${describe(row)}.`);
  }
  const numbers = row as ArrayLike<number>;
  if (numbers.length !== input.length) {
    throw new RangeError(`${call}: row must hold ${input.length} numbers, got ${numbers.length}.`);
  }
  for (let i = 0; i < input.length; i++) {
    const value = numbers[i];
    if (!Number.isFinite(value) || !Number.isFinite(Math.fround(value))) {
      const Kind = typeof value === "number" ? RangeError : TypeError;
      throw new Kind(`${call}: row must hold finite numbers, got ${describe(value)} at column ${i}.`);
    }
    input[i] = value;
  }
}
