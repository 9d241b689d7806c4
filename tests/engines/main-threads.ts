/** The same with threads, as many as the first argument says, or three: the bytes are the same. */
import { MLP } from "wasmlp";
import { threads } from "wasmlp/threads";
import type { Outcome } from "./conformance.js";
import { answer, conformPublished } from "./published.js";

const count = Number(globalThis.process?.argv[2] ?? 3);

async function conform(): Promise<Outcome> {
  const used = await threads({ count });
  if (globalThis.crossOriginIsolated !== false) {
    const { passed, failed } = await conformPublished();
    return { passed, failed: used === count ? failed : [`${count} threads must run, got ${used}`, ...failed] };
  }
  // Memory cannot be shared on other pages.
  const net = await MLP.create({ layers: [100, 100, 2], seed: 1 });
  const is = used === 1 && net.predict([new Float32Array(100)]).length === 1;
  return { passed: is ? 1 : 0, failed: is ? [] : [`one thread must run on a page that is not isolated, got ${used}`] };
}

void answer(conform());
