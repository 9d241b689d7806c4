/**
 * The WebAssembly core, loaded and typed. The only file that says "WebAssembly": the module is compiled once a process,
 * each model gets an instance and a memory of its own, and whoever drops the model drops both.
 */
import { isBuffer, show } from "../ground/check.js";
import type { WasmMemory, WasmModule, WebResponse } from "../ground/web.js";
import type { Kernels } from "./kernels.js";

/** A compiled build of the core. */
export type CoreModule = WasmModule;

/** One instance of the core with a memory of its own. */
export interface Core {
  readonly kernels: Kernels;
  readonly memory: WasmMemory;
  /** What errors call the function that asked for it. */
  readonly call: string;
  /** The first byte of memory that is free for the host. */
  readonly base: number;
}

/** The most memory an instance may have: what 32-bit addresses reach, less a page, so that its end is an address too. */
export const MEMORY_LIMIT = 2 ** 32 - 2 ** 16;

const PAGE = 2 ** 16;

let compiled: Promise<CoreModule> | undefined;
let inlined: (() => Promise<Uint8Array<ArrayBuffer>>) | undefined;

/** Sets the core that models run on unless another is given. It is unpacked when the first model is made. */
export function inlineCore(unpack: () => Promise<Uint8Array<ArrayBuffer>>): void {
  inlined = unpack;
}

/**
 * Creates an instance of the build in use, whose module is compiled at the first call.
 * @throws Error if the entry has no core of its own and none was given
 */
export async function createCore(call = "MLP.create"): Promise<Core> {
  if (typeof WebAssembly !== "object") {
    throw new Error(
      `${call}: the engine must have WebAssembly, got one without. Hermes has none; V8 and JavaScriptCore have.`,
    );
  }
  compiled ??= inlined?.().then(compile).catch(forget);
  if (!compiled) throw new Error(`${call}: the core must be given first, got none. Await init(bytes) of wasmlp/slim.`);
  return createCoreFrom(await compiled, call);
}

/** What failed once, for want of memory say, is tried again for the next model. */
function forget(error: unknown): never {
  compiled = undefined;
  throw error;
}

/** What `init` takes: the bytes of core.wasm, the Response of a `fetch` for them, or the compiled module. */
export type CoreSource = ArrayBufferView | ArrayBuffer | WebResponse | PromiseLike<WebResponse> | CoreModule;

/**
 * Makes all models created from now on run on this core.
 * @throws TypeError if `source` is of another kind, Error if it is not WebAssembly or not the core
 */
export async function useCore(call: string, source: CoreSource): Promise<void> {
  const given = await source;
  let module: CoreModule;
  // Of another realm too.
  if (Object.prototype.toString.call(given) === "[object WebAssembly.Module]") module = given as CoreModule;
  else {
    const bytes = isResponse(given) ? await fetched(call, given) : given;
    if (!(isBuffer(bytes) || ArrayBuffer.isView(bytes))) {
      throw new TypeError(`${call}: the core must be bytes, a Response or a WebAssembly.Module, got ${show(given)}.`);
    }
    module = await WebAssembly.compile(bytes as BufferSource).catch((cause) => {
      throw new Error(`${call}: the core must be WebAssembly, got ${bytes.byteLength} bytes that are none.`, { cause });
    });
  }
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (!names.includes("denseReluForward")) {
    throw new Error(`${call}: the core must be wasmlp's core.wasm, got a module that exports ${show(names)}.`);
  }
  useModule(module);
}

function isResponse(source: unknown): source is WebResponse {
  return typeof (source as Response)?.arrayBuffer === "function" && "ok" in (source as Response);
}

async function fetched(call: string, response: WebResponse): Promise<ArrayBuffer> {
  // A copy: the buffer may be of another realm, whose ArrayBuffer is another class.
  if (response.ok) return new Uint8Array(await response.arrayBuffer()).buffer;
  throw new Error(`${call}: the core must be found, got status ${response.status} from ${response.url}.`);
}

/** Compiles a build of the core: in Node synchronously, in half a millisecond, a quarter of the asynchronous time. */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<CoreModule> {
  return isNode ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes);
}

/** Makes all models created from now on run on this build; existing models keep theirs. */
export function useModule(module: CoreModule): void {
  compiled = Promise.resolve(module);
}

/** Creates an instance of this build. */
export async function createCoreFrom(module: CoreModule, call = "MLP.create"): Promise<Core> {
  // The core imports nothing and has numbers alone as arguments: it is instantiated as it is, without
  // @assemblyscript/loader, whose wrappers would all be thrown away; tests/core/loader.test.ts holds the two against each
  // other. Browsers do not let pages instantiate synchronously.
  const instance = isNode ? new WebAssembly.Instance(module) : await WebAssembly.instantiate(module);
  const { memory, base, ...kernels } = instance.exports;
  return {
    call,
    kernels: kernels as unknown as Kernels,
    memory: memory as WebAssembly.Memory,
    base: (base as WebAssembly.Global).value,
  };
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

/**
 * Unpacks zlib's format (RFC 1950). Node does so by its own module, which takes 3 ms to load, where the stream takes 10. jsdom has
 * neither the one nor the other.
 */
export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib) return new Uint8Array(zlib.inflateSync(bytes));
  if (typeof DecompressionStream !== "function" || typeof Response !== "function") {
    return (await import("./inflate.js")).inflateSlowly(bytes);
  }
  const inflated = new Response(bytes).body?.pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } };
  if (Buffer) return Buffer.from(text, "base64");
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
