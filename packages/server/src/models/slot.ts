/** The place of a model in memory. */
import type { Classifier, Regressor } from "wasmlp";
import type { LoadedModel } from "./loaded-model.js";

/** A name's place, or that of a name and version. */
export class Slot {
  /** What answers. */
  current: LoadedModel | undefined;
  /** Which file was read last, loaded or refused. */
  stamp: string | undefined;
  /** Why that file could not be loaded. */
  failure: Error | undefined;
  /** When the file was looked at, in milliseconds. */
  checked = Number.NEGATIVE_INFINITY;
  /** The larger, the later it was asked. */
  used = 0;
  /** The model that learns: its optimizer's state goes on from call to call. */
  learner: Classifier | Regressor | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(readonly name: string) {}

  /** Whether something is done that may put another model here. */
  get isChecking(): boolean {
    return this.waiting > 0;
  }

  /** Does one thing after the other. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    this.waiting++;
    const done = this.last.then(work).finally(() => this.waiting--);
    this.last = done.catch(() => {});
    return done;
  }
}

/** An engine on 64 bits has room for about 12,000 networks, whatever the machine's memory. */
const MOST_NETWORKS = 8000;

/** Drops the models that were asked longest ago until the others have room; never `kept`, nor what is being worked on. */
export function dropLeastUsed(slots: Map<string, Slot>, kept: Slot, memory: number): void {
  let [bytes, networks] = [0, 0];
  for (const { current } of slots.values()) {
    bytes += current?.bytes ?? 0;
    networks += current?.networks ?? 0;
  }
  if (bytes <= memory && networks <= MOST_NETWORKS) return;
  // Some more than must be: the next ones then need not look again.
  const [fewBytes, fewNetworks] = [0.9 * memory, 0.9 * MOST_NETWORKS];
  for (const [key, slot] of [...slots].sort(([, a], [, b]) => a.used - b.used)) {
    if (bytes <= fewBytes && networks <= fewNetworks) return;
    if (slot === kept || slot.isChecking) continue;
    slots.delete(key);
    bytes -= slot.current?.bytes ?? 0;
    networks -= slot.current?.networks ?? 0;
  }
}
