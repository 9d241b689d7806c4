/** The core and the second module that users bring: bytes, a response or a module, looked at before models run on them. */
import { isBuffer, show } from "../ground/check.js";
import type { WebResponse } from "../ground/web.js";
import { type CoreModule, compile, exportsOf, useExtra, useModule } from "./core.js";

/** What `init` takes: the bytes of core.wasm or extra.wasm, the Response of a `fetch` for them, or the compiled module. */
export type CoreSource = ArrayBufferView | ArrayBuffer | WebResponse | PromiseLike<WebResponse> | CoreModule;

/** What each of the two modules is told by, among those that it exports: of the core the newest, which an older one has not. */
const KERNELS = { core: "rowForward", extra: "geluForward" } as const;

/**
 * Makes all models created from now on run on this core, and those that need it on this second module.
 * @throws TypeError if what is given is of another kind, Error if it is not WebAssembly or not the module that it should be
 */
export async function useCore(call: string, source: CoreSource, extra?: CoreSource): Promise<void> {
  // Both at once: a promise that fails while the other is waited for must have somebody who listens.
  const [core, second] = await Promise.all([
    moduleOf(call, "core", source),
    extra === undefined ? undefined : moduleOf(call, "extra", extra),
  ]);
  useModule(core.module, core.bytes);
  if (second) useExtra(second.module);
}

/** What was given, and its bytes, unless it was compiled. */
interface Given {
  readonly module: CoreModule;
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
}

/** Bytes, a response or a module as a compiled module, which is the one that it should be. */
async function moduleOf(call: string, kind: keyof typeof KERNELS, source: CoreSource): Promise<Given> {
  const given = await source;
  let module: CoreModule;
  let known: Uint8Array<ArrayBuffer> | undefined;
  // Of another realm too.
  if (Object.prototype.toString.call(given) === "[object WebAssembly.Module]") module = given as CoreModule;
  else {
    const bytes = isResponse(given) ? await fetched(call, kind, given) : given;
    if (!(isBuffer(bytes) || ArrayBuffer.isView(bytes))) {
      throw new TypeError(
        `${call}: the ${kind} must be bytes, a Response or a compiled WebAssembly module, got ${show(given)}.`,
      );
    }
    const compileCopy = async () => {
      // The caller may write over the bytes before threads ask for them.
      known = isBuffer(bytes) ? new Uint8Array(bytes.slice(0)) : Uint8Array.from(bytesOf(bytes));
      return compile(known);
    };
    module = await compileCopy().catch((cause) => {
      throw new Error(`${call}: the ${kind} must be WebAssembly, got ${bytes.byteLength} bytes that are none.`, {
        cause,
      });
    });
  }
  const names = exportsOf(module);
  const isOther = Object.entries(KERNELS).some(([other, kernel]) => names.includes(kernel) !== (other === kind));
  if (!isOther) return { module, bytes: known };
  throw new Error(`${call}: the ${kind} must be wasmlp's ${kind}.wasm, got a module that exports ${show(names)}.`);
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isResponse(source: unknown): source is WebResponse {
  return typeof (source as Response)?.arrayBuffer === "function" && "ok" in (source as Response);
}

async function fetched(call: string, kind: string, response: WebResponse): Promise<ArrayBuffer> {
  // A copy: the buffer may be of another realm, whose ArrayBuffer is another class.
  if (response.ok) return new Uint8Array(await response.arrayBuffer()).buffer;
  throw new Error(`${call}: the ${kind} must be found, got status ${response.status} from ${response.url}.`);
}
