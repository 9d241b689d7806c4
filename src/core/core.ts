/**
 * The WebAssembly core, loaded and typed: the module is compiled once a process, each model gets an instance and a memory of
 * its own, and whoever drops the model drops both.
 */
import type { WasmMemory, WasmModule } from "../ground/web.js";
import type { Kernels } from "./kernels.js";

/** A compiled build of the core. */
export type CoreModule = WasmModule;

/** Gives the bytes of a build, each time it is called. */
export type Unpack = () => Uint8Array<ArrayBuffer>;

/** One instance of the core with a memory of its own. */
export interface Core {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  /** What errors call the function that asked for it. */
  readonly call: string;
  /** The first byte of memory that is free for the host. */
  readonly base: number;
  /** Of a memory that threads share (src/core/share-work.ts). */
  readonly sharing?: Sharing;
}

/** How threads share the work of a model. */
export interface Sharing {
  /** How many there are: each needs scratch of its own. */
  readonly threads: number;
  /** The kernels, the work of which is shared; each share has so many bytes of scratch. */
  share(kernels: Kernels, scratch: number): Kernels;
  /** Compiles a module for a memory that is shared, once a process. */
  compile(unpack: Unpack): Promise<CoreModule>;
}

/** The most memory an instance may have: what 32-bit addresses reach, less a page, so that its end is an address too. */
export const MEMORY_LIMIT = 2 ** 32 - 2 ** 16;

const PAGE = 2 ** 16;

let compiled: Promise<CoreModule> | undefined;
let inlined: Unpack | undefined;
let createSharing: ((call: string, sizes: readonly number[]) => Promise<Core> | undefined) | undefined;

/** Sets the core that models run on unless another is given. It is unpacked when the first model is made. */
export function inlineCore(unpack: Unpack): void {
  inlined = unpack;
}

/** What gives the bytes of the build in use; undefined if it was given as a module. */
export function buildInUse(): Unpack | undefined {
  return inlined;
}

/** Sets what makes the cores of networks of such sizes whose work threads share; of other sizes it makes none. */
export function shareCores(create: typeof createSharing): void {
  createSharing = create;
}

/**
 * Creates an instance of the build in use, whose module is compiled at the first call.
 * @param sizes of the layers of its network
 * @throws Error if the entry has no core of its own and none was given
 */
export async function createCore(call = "MLP.create", sizes: readonly number[] = []): Promise<Core> {
  if (typeof WebAssembly !== "object") {
    throw new Error(`${call}: the engine must have WebAssembly, got one without, as Hermes is.`);
  }
  if (inlined) compiled ??= compile(inlined()).catch(forget);
  if (!compiled) throw new Error(`${call}: the core must be given first, got none. Await init(bytes) of wasmlp/slim.`);
  return createSharing?.(call, sizes) ?? createCoreFrom(await compiled, call);
}

/** What failed once, for want of memory say, is tried again for the next model. */
function forget(error: unknown): never {
  compiled = undefined;
  throw error;
}

/** Compiles a build of the core: in Node synchronously, in half a millisecond, a quarter of the asynchronous time. */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<CoreModule> {
  return isNode ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes);
}

/** The names that a module exports. */
export function exportsOf(module: CoreModule): string[] {
  return WebAssembly.Module.exports(module).map(({ name }) => name);
}

/** Makes all models created from now on run on this build, whose bytes are known or not; existing models keep theirs. */
export function useModule(module: CoreModule, bytes?: Uint8Array<ArrayBuffer>): void {
  compiled = Promise.resolve(module);
  inlined = bytes && (() => bytes);
}

/**
 * Creates an instance of this build.
 * @param imports makes what a build on a memory that is given imports
 * @throws RangeError if the engine has no room for one more memory, even after `free`
 */
export async function createCoreFrom(
  module: CoreModule,
  call = "MLP.create",
  imports?: () => { readonly env: { readonly memory: WasmMemory } },
  free = makeRoom,
): Promise<Core> {
  // The core imports nothing, or a memory, and has numbers alone as arguments: it is instantiated as it is, without
  // @assemblyscript/loader, whose wrappers would all be thrown away; tests/core/loader.test.ts holds the two against each
  // other.
  try {
    const { memory, base, ...kernels } = (await instantiate(module, imports?.() as WebAssembly.Imports | undefined))
      .exports;
    return {
      call,
      kernels: kernels as unknown as Kernels,
      memory: memory as WebAssembly.Memory,
      base: (base as WebAssembly.Global).value,
    };
  } catch (cause) {
    if (free) return free().then(() => createCoreFrom(module, call, imports, null));
    throw new RangeError(
      `${call}: the engine must have memory for one more model, got "${(cause as Error).message}". Drop some: Chromium's pages hold 125 networks.`,
      { cause },
    );
  }
}

let makeRoom: (() => Promise<void>) | null = null;

/** Sets what frees memory that this thread cannot: what others have dropped, and their collectors not yet noticed. */
export function onNoRoom(free: () => Promise<void>): void {
  makeRoom = free;
}

/**
 * Browsers do not let pages instantiate synchronously.
 * @internal
 */
export async function instantiate(module: CoreModule, imports?: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  return isNode ? new WebAssembly.Instance(module, imports) : WebAssembly.instantiate(module, imports);
}

let extra: CoreModule | undefined;

/** Sets the second module, where the platform or the user has compiled it (src/core/extra-core.ts). */
export function useExtra(module: CoreModule): void {
  extra = module;
}

export function extraModule(): Promise<CoreModule> | undefined {
  return extra && Promise.resolve(extra);
}

/**
 * Grows the memory to at least `end` bytes. This detaches every view made before.
 * @throws RangeError if the machine refuses; the memory is then as it was
 */
export function reserve(core: Core, end: number): void {
  const missing = Math.ceil(end / PAGE) - core.memory.buffer.byteLength / PAGE;
  if (missing <= 0) return;
  try {
    core.memory.grow(missing);
  } catch (cause) {
    throw new RangeError(
      `${core.call}: the machine must have ${megabytes(end)} of free memory for the model, got a refusal to allocate it. Use smaller layers.`,
      { cause },
    );
  }
}

/** "12.3 MB" */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const isNode = typeof globalThis.process?.versions?.node === "string";

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } };
  if (Buffer) return Buffer.from(text, "base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
