/** Networks without a model, for tests: what they need of the second module is loaded first. */
import { createCore } from "../src/core/core.js";
import { type Design, needsExtra } from "../src/net/design.js";
import { loadExtra } from "../src/net/extra.js";
import { Network } from "../src/net/network.js";

/** @param rows how many rows pass through at a time */
export async function networkOf(design: Design, rows?: number): Promise<Network> {
  const core = await createCore();
  if (!needsExtra(design)) return new Network(core, design, undefined, rows);
  return new Network(...(await loadExtra(core, design)), rows);
}
