/** The order of a state dict's layers, which the file does not say: it is taken only where names and shapes leave no doubt. */
import { show } from "../ground/check.js";

/** A layer, as its weights tell it. */
interface Named {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
}

/** So many layers are looked at where numbers alone do not order them, and so many ways to go on. */
const MOST_LAYERS = 256;
const MOST_TRIES = 1_000_000;

/**
 * Sorts layers, first layer first: by the numbers in their names where those differ first, else by which one's outputs are as
 * many as the next one's inputs.
 * @param given the names in their order, as a user gives them
 * @throws Error, RangeError naming the layers if there is no order, or more than one
 */
export function orderLayers<L extends Named>(call: string, layers: readonly L[], given?: readonly string[]): L[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const names = [...byName.keys()].sort(compare);
  if (names.length < layers.length) throw new Error(`${call}: the file must name each layer once, got ${show(names)}.`);
  const ordered = given === undefined ? names : checkGiven(call, given, byName);
  const sorted = ordered.map((name) => byName.get(name) as L);
  if (given === undefined && names.some((name, l) => l > 0 && !isBefore(names[l - 1], name)))
    return findOrder(call, sorted);
  for (let l = 1; l < sorted.length; l++) {
    const [before, { name, inputs }] = [sorted[l - 1], sorted[l]];
    if (inputs === before.outputs) continue;
    const wanted = `${before.outputs} inputs in ${show(name)}, as ${show(before.name)} has outputs`;
    throw new Error(`${call}: the file must have ${wanted}, got ${inputs}.`);
  }
  return sorted;
}

function checkGiven(call: string, given: unknown, layers: ReadonlyMap<string, unknown>): string[] {
  // A copy: what is read twice could say something else the second time.
  const order = Array.isArray(given) ? given.slice(0, layers.size + 1) : [];
  if (order.length === layers.size && [...layers.keys()].every((name) => order.includes(name))) return order;
  throw new RangeError(`${call}: layers must hold each of ${show([...layers.keys()])} once, got ${show(given)}.`);
}

/** "net.2" before "net.10": numbers by size, the rest by code units. */
function compare(a: string, b: string): number {
  if (isBefore(a, b)) return -1;
  return isBefore(b, a) || a > b ? 1 : -1;
}

/** Whether numbers say so: the first part that differs is a number, and is smaller. */
function isBefore(a: string, b: string): boolean {
  const [left, right] = [a, b].map((name) => name.split(/(\d+)/));
  const i = left.findIndex((part, at) => part !== right[at]);
  return i % 2 === 1 && Number(left[i]) < Number(right[i]);
}

/** The one order in which numbers rise and each layer takes what the one before it gives. */
function findOrder<L extends Named>(call: string, layers: readonly L[]): L[] {
  const found = layers.length > MOST_LAYERS ? undefined : orders(layers);
  if (found?.length === 1) return found[0];
  const names = show(layers.map(({ name }) => name));
  throw new Error(
    `${call}: the file must have layers of one possible order, got ${found?.length === 0 ? "none" : "several"} for ${names}. Pass layers: [names], the first layer first.`,
  );
}

/** The orders that are possible, two at most; undefined where there are too many ways to try. */
function orders<L extends Named>(layers: readonly L[]): L[][] | undefined {
  const after = layers.map(({ name }) => layers.flatMap((other, i) => (isBefore(name, other.name) ? [i] : [])));
  // How many layers must come first that have not; a layer that is taken has none, and waits for itself.
  const waiting = layers.map(() => 0);
  const wait = (each: readonly number[], by: number) => {
    for (const i of each) waiting[i] += by;
  };
  for (const later of after) wait(later, 1);
  const found: L[][] = [];
  const path: L[] = [];
  let tries = 0;
  const extend = (last?: L): void => {
    if (path.length === layers.length) found.push([...path]);
    for (let i = 0; i < layers.length && found.length < 2 && tries < MOST_TRIES; i++, tries++) {
      if (waiting[i] > 0 || (last && last.outputs !== layers[i].inputs)) continue;
      path.push(layers[i]);
      wait([i], 1);
      wait(after[i], -1);
      extend(layers[i]);
      wait(after[i], 1);
      wait([i], -1);
      path.pop();
    }
  };
  extend();
  return found.length < 2 && tries >= MOST_TRIES ? undefined : found;
}
