/**
 * The WebAssembly core, loaded and typed. The only file that says "WebAssembly": the module is compiled once a process,
 * each model gets an instance and a memory of its own, and whoever drops the model drops both.
 */
import { instantiate, instantiateSync } from "@assemblyscript/loader";
import { show } from "./check.js";

/**
 * The kernels that assembly/index.ts exports; formulas, shapes and error bounds stand there. Pointers are byte
 * addresses in `Core.memory`; B rows, I inputs, O outputs and n are counts of elements.
 */
export interface Kernels {
  expForward(y: number, x: number, n: number): void;
  logForward(y: number, x: number, n: number): void;
  sigmoidForward(y: number, x: number, n: number): void;
  tanhForward(y: number, x: number, n: number): void;
  sigmoidBackward(dz: number, dy: number, y: number, n: number): void;
  tanhBackward(dz: number, dy: number, y: number, n: number): void;
  denseForward(y: number, x: number, w: number, b: number, panel: number, B: number, I: number, O: number): void;
  denseReluForward(y: number, x: number, w: number, b: number, panel: number, B: number, I: number, O: number): void;
  weightsBackward(dw: number, x: number, dy: number, panel: number, B: number, I: number, O: number): void;
  weightsAccumulate(dw: number, x: number, dy: number, panel: number, B: number, I: number, O: number): void;
  sparseForward(y: number, x: number, w: number, b: number, lists: number, B: number, I: number, O: number): void;
  sparseReluForward(y: number, x: number, w: number, b: number, lists: number, B: number, I: number, O: number): void;
  sparseWeightsBackward(dw: number, x: number, dy: number, lists: number, B: number, I: number, O: number): void;
  sparseWeightsAccumulate(dw: number, x: number, dy: number, lists: number, B: number, I: number, O: number): void;
  biasesBackward(db: number, dy: number, B: number, O: number): void;
  biasesAccumulate(db: number, dy: number, B: number, O: number): void;
  inputsBackward(dx: number, dy: number, w: number, panel: number, B: number, I: number, O: number): void;
  inputsReluBackward(
    dx: number,
    dy: number,
    w: number,
    h: number,
    panel: number,
    B: number,
    I: number,
    O: number,
  ): void;
  softmaxForward(p: number, z: number, B: number, O: number): void;
  softmaxCrossEntropyBackward(
    d: number,
    z: number,
    labels: number,
    weights: number,
    B: number,
    O: number,
    scale: number,
  ): number;
  sigmoidCrossEntropyBackward(d: number, z: number, targets: number, n: number, scale: number): number;
  squaredErrorBackward(d: number, z: number, targets: number, n: number, scale: number): number;
  dropoutForward(
    y: number,
    x: number,
    n: number,
    from: number,
    key1: number,
    key2: number,
    threshold: number,
    scale: number,
  ): void;
  gradientNorm(g: number, n: number): number;
  clipStep(g: number, n: number, factor: number): void;
  penaltyAccumulate(dw: number, w: number, n: number, l1: number, l2: number): number;
  sgdStep(w: number, g: number, n: number, rate: number): void;
  momentumStep(w: number, g: number, v: number, n: number, rate: number, momentum: number): void;
  nesterovStep(w: number, g: number, v: number, n: number, rate: number, momentum: number): void;
  adamStep(
    w: number,
    g: number,
    m: number,
    v: number,
    n: number,
    rate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    root: number,
    epsilon: number,
  ): void;
  bytesForward(y: number, x: number, n: number, scale: number): number;
  countNonZero(x: number, n: number): number;
}

/** A compiled build of the core. */
export type CoreModule = WebAssembly.Module;

/** One instance of the core with a memory of its own. */
export interface Core {
  readonly kernels: Kernels;
  readonly memory: WebAssembly.Memory;
  /** The first byte of memory that is free for the host. */
  readonly base: number;
}

/** What 32-bit addresses reach, less a page, so that the end of memory is an address too. */
export const MEMORY_LIMIT = 2 ** 32 - 2 ** 16;

const PAGE = 2 ** 16;

let compiled: Promise<CoreModule> | undefined;
let inlined: string | undefined;

/** Where no other core is given, models run on this one. @param deflated core.wasm by deflate (RFC 1950), in base64 */
export function inlineCore(deflated: string): void {
  inlined = deflated;
}

/**
 * A fresh instance of the build in use; its module is compiled at the first call.
 * @throws Error in builds without an inlined core before one was given
 */
export async function createCore(): Promise<Core> {
  if (compiled === undefined && inlined === undefined) {
    throw new Error("MLP.create: the core must be given first, got none. Await init(bytes) of wasmlp/slim.");
  }
  compiled ??= inflate(decodeBase64(inlined as string)).then(compile);
  return createCoreFrom(await compiled);
}

/** What `init` takes: the bytes of core.wasm, an answer of `fetch` that brings them, or the compiled module. */
export type CoreSource = BufferSource | Response | PromiseLike<Response> | CoreModule;

/**
 * Lets models made from now on run on this core.
 * @throws TypeError if `source` is none of its kinds, Error if it is no WebAssembly or another module than the core
 */
export async function useCore(call: string, source: CoreSource): Promise<void> {
  const given = await source;
  let module: CoreModule;
  if (given instanceof WebAssembly.Module) module = given;
  else {
    const bytes = isResponse(given) ? await fetched(call, given) : given;
    if (!(bytes instanceof ArrayBuffer || ArrayBuffer.isView(bytes))) {
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

function isResponse(source: unknown): source is Response {
  return typeof (source as Response)?.arrayBuffer === "function" && "ok" in (source as Response);
}

async function fetched(call: string, response: Response): Promise<ArrayBuffer> {
  // A copy: the buffer may be of another realm, whose ArrayBuffer is another class.
  if (response.ok) return new Uint8Array(await response.arrayBuffer()).buffer;
  throw new Error(`${call}: the core must be found, got status ${response.status} from ${response.url}.`);
}

/** Compiles a build of the core; in Node at once, in half a millisecond, a quarter of what the asynchronous way takes. */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<CoreModule> {
  return isNode ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes);
}

/** From now on new models run on this build; those that are there keep theirs. */
export function useModule(module: CoreModule): void {
  compiled = Promise.resolve(module);
}

/** A fresh instance of one build. */
export async function createCoreFrom(module: CoreModule): Promise<Core> {
  // The loader's async form asks for `Response`, and Node loads all of fetch to answer: 25 ms. Browsers have it at hand, and
  // do not let pages instantiate synchronously.
  const { instance } = isNode ? instantiateSync(module) : await instantiate(module);
  const { memory, base, ...kernels } = instance.exports;
  return {
    // The loader's own `exports` wraps every function to count its arguments; the instance's are the bare ones.
    kernels: kernels as unknown as Kernels,
    memory: memory as WebAssembly.Memory,
    base: (base as WebAssembly.Global).value,
  };
}

/**
 * Grows the memory to at least `end` bytes. Detaches every view made before.
 * @throws RangeError if the machine does not give that much; the memory is then as it was.
 */
export function reserve(core: Core, end: number): void {
  const missing = Math.ceil(end / PAGE) - core.memory.buffer.byteLength / PAGE;
  if (missing <= 0) return;
  try {
    core.memory.grow(missing);
  } catch (cause) {
    throw new RangeError(
      `MLP.create: the machine must have ${megabytes(end)} of free memory for the model, got a refusal to allocate it. Use smaller layers.`,
      { cause },
    );
  }
}

/** "12.3 MB" */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

const isNode = typeof globalThis.process?.versions?.node === "string";

/** Undoes zlib's deflate (RFC 1950); in Node by the module it has at hand: the stream takes 10 ms to load. */
async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib) return new Uint8Array(zlib.inflateSync(bytes));
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
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
