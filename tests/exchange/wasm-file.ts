/** A file of toWasm, started: what it exports. */

export interface WasmFile {
  memory: WebAssembly.Memory;
  input: WebAssembly.Global<"i32">;
  inputs: WebAssembly.Global<"i32">;
  output: WebAssembly.Global<"i32">;
  outputs: WebAssembly.Global<"i32">;
  predict(): void;
  /** Of one network alone. */
  forward?(): void;
}

export const startFile = (file: Uint8Array) =>
  new WebAssembly.Instance(new WebAssembly.Module(file as Uint8Array<ArrayBuffer>)).exports as unknown as WasmFile;
