/**
 * Types of the web platform that public signatures name. A project may compile without the DOM's types and without Node's: each
 * is then what the library needs of it.
 */

type Globals = typeof globalThis;

/** An `AbortSignal`, where types know it. */
export type Signal = Globals extends { AbortSignal: { prototype: infer T } }
  ? T
  : {
      readonly aborted: boolean;
      addEventListener(type: "abort", listener: () => void): void;
      removeEventListener(type: "abort", listener: () => void): void;
    };

/** A `URL`, where types know it. */
export type FileUrl = Globals extends { URL: { prototype: infer T } } ? T : { readonly href: string };

/** A `Response`, where types know it. */
export type WebResponse = Globals extends { Response: { prototype: infer T } }
  ? T
  : { readonly ok: boolean; readonly status: number; readonly url: string; arrayBuffer(): Promise<ArrayBuffer> };

/** A `WebAssembly.Module`, where types know it. */
export type WasmModule = Globals extends { WebAssembly: { Module: { prototype: infer T } } } ? T : object;

/** A `WebAssembly.Memory`, where types know it. */
export type WasmMemory = Globals extends { WebAssembly: { Memory: { prototype: infer T } } }
  ? T
  : { readonly buffer: ArrayBuffer; grow(pages: number): number };
