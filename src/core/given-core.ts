/** The core that users bring: bytes, a response or a module, looked at before models run on it. */
import { isBuffer, show } from "../ground/check.js";
import type { WebResponse } from "../ground/web.js";
import { type CoreModule, compile, exportsOf, useModule } from "./core.js";

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
      throw new TypeError(
        `${call}: the core must be bytes, a Response or a compiled WebAssembly module, got ${show(given)}.`,
      );
    }
    module = await compile(bytes as Uint8Array<ArrayBuffer>).catch((cause) => {
      throw new Error(`${call}: the core must be WebAssembly, got ${bytes.byteLength} bytes that are none.`, { cause });
    });
  }
  const names = exportsOf(module);
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
