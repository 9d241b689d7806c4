/** What a network is given of the second module when it is made (src/net/extra.ts makes it). */
import type { Needs } from "../core/layout.js";
import type { Layout } from "../core/memory-map.js";
import type { Design } from "./design.js";
import type { Extras } from "./pass-plan.js";

/** What passes need of it, and what its memory does. */
export interface OwnExtras extends Extras {
  /** What memory is planned for beside the usual, and for how many rows at a time. */
  readonly needs: Needs;
  readonly rows: number;
  /** Writes what the memory has from the start. */
  start(network: { readonly design: Design; readonly layout: Layout; readonly learned: Float32Array }): void;
}
