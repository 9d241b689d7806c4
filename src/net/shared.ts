/**
 * Work on a network's memory that gives turns before it is done: what runs meanwhile may predict, save or copy parameters, and
 * must neither see half of a change nor disturb a pass.
 */
import { clearSlices, copySlices, copyTo } from "../ground/slices.js";
import { runThrough } from "../ground/turn.js";

/** What a network has of it (src/net/network.ts). */
interface Network {
  /** Parameters, and the running means and variances. */
  readonly learned: Float32Array;
  readonly states: readonly Float32Array[];
  rowsSince: number;
  /** Called by whoever is about to use the memory. */
  beforeUse: (() => void) | undefined;
}

/** Changes parameters slice by slice. Whoever would use them in between has the rest done at once, first. */
export function* changeWhole(network: Network, work: Generator<number, void>): Generator<number, void> {
  const finish = () => {
    network.beforeUse = undefined;
    runThrough(work);
  };
  for (;;) {
    const next = work.next();
    network.rowsSince = 0;
    if (next.done) return;
    network.beforeUse = finish;
    yield next.value;
    if (network.beforeUse === finish) network.beforeUse = undefined;
  }
}

/**
 * Copies all that was learned and what optimizers keep. What is returned puts them back. Nothing may change them in between.
 * @param hasStates whether optimizers keep anything yet: else their states are zeros
 */
export function* remember(network: Network, hasStates = true): Generator<number, () => Generator<number, void>> {
  // The memory may grow before they are put back, which makes other views of it.
  const slabs = () => (hasStates ? [network.learned, ...network.states] : [network.learned]);
  const copies: Float32Array[] = [];
  for (const slab of slabs()) copies.push(yield* copySlices(slab));
  function* putBack() {
    if (!hasStates) yield* clearStates(network);
    for (const [i, slab] of slabs().entries()) if (copies[i]) yield* copyTo(copies[i], slab);
  }
  return () => changeWhole(network, putBack());
}

/** Zeroes what optimizers keep between steps. */
export function* clearStates({ states }: Network): Generator<number, void> {
  for (const state of states) yield* clearSlices(state);
}
