/** The second module: what it has joins the kernels of an instance of the core, on the same memory. */
import { extraDeflated } from "../built/extra-deflated.js";
import { type Core, type CoreModule, compile, decodeBase64, extraModule, instantiate } from "./core.js";
import type { ExtraKernels } from "./extra-kernels.js";
import { inflate } from "./inflate.js";
import type { Kernels } from "./kernels.js";

let compiled: Promise<CoreModule> | undefined;

/** An instance of the core whose kernels are joined by those of the second module. */
export async function addExtra(core: Core): Promise<Core & { readonly kernels: Kernels & ExtraKernels }> {
  const { memory, sharing } = core;
  const module = sharing ? sharing.compile(unpack) : (extraModule() ?? ownModule());
  const { exports } = await instantiate(await module, { env: { memory } });
  return { ...core, kernels: { ...core.kernels, ...(exports as unknown as ExtraKernels) } };
}

const unpack = () => inflate(decodeBase64(extraDeflated));

/** The module that comes with the package, compiled once a process. */
function ownModule(): Promise<CoreModule> {
  compiled ??= compile(unpack()).catch(forget);
  return compiled;
}

/** What failed once is tried again for the next model. */
function forget(cause: unknown): never {
  compiled = undefined;
  throw new Error(
    "MLP.create: the second module must be given where bytes may not be compiled, got none. Await init(core, extra) of wasmlp/slim.",
    { cause },
  );
}
