/** The rows at hand, kept for a pass that gives turns before it is done. */

/** What a network has of the rows at hand, besides what lies in its memory. */
export interface RowsAtHand {
  readonly parameters: Float32Array;
  /** The batch slab begins at `inputs`, all that is made of it ends at `scratch`. */
  readonly layout: { readonly inputs: number; readonly scratch: number };
  skipsZeros: boolean;
  rowWeights: Float32Array | undefined;
  hasSoftTargets: boolean;
  /** Called by whoever is about to use the memory. */
  beforeUse: (() => void) | undefined;
}

/** Who uses the network between two parts finds its memory free, and the rows at hand come back afterwards. */
export function* undisturbed(network: RowsAtHand, work: Generator<number, void>): Generator<number, void> {
  const { inputs, scratch } = network.layout;
  const atHand = new Uint8Array(network.parameters.buffer, inputs, scratch - inputs);
  for (;;) {
    const next = work.next();
    if (next.done) return;
    let bytes: Uint8Array | undefined;
    let aside: Pick<RowsAtHand, "skipsZeros" | "rowWeights" | "hasSoftTargets"> | undefined;
    const setAside = () => {
      network.beforeUse = undefined;
      bytes = atHand.slice();
      const { skipsZeros, rowWeights, hasSoftTargets } = network;
      aside = { skipsZeros, rowWeights: rowWeights?.slice(), hasSoftTargets };
    };
    network.beforeUse = setAside;
    yield next.value;
    if (network.beforeUse === setAside) network.beforeUse = undefined;
    else network.beforeUse?.();
    if (bytes) atHand.set(bytes);
    Object.assign(network, aside);
  }
}
