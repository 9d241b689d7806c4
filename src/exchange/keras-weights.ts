/** Which of a file's weights are which layer's. */
import { show } from "../ground/check.js";
import type { Operation, Parts, Wanted } from "./keras-operations.js";
import type { Refuse } from "./refuser.js";

/** A weight as a file has it: its name, or the path to it. */
export interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its numbers, a copy. */
  read(): Float32Array | Promise<Float32Array>;
}

/** What layers count, and how dropout draws: predictions do without. */
const UNUSED = ["count", "seed_generator_state", "total"];

/** So many weights of one name are looked at. */
const MOST_ALIKE = 64;

const ends = (path: readonly string[], part: string, length: number) => [...path.slice(-length), part].join("/");

/** Each operation's weights, by part: found by name, or by order where names are not the layers' and no layer has other than a kernel and a bias. */
export function weightsByName(
  operations: readonly Operation[],
  stored: readonly StoredWeight[],
  refuse: Refuse,
): (operation: Operation) => Promise<Parts> {
  const plain = stored.map((each) => ({ ...each, name: each.name.replace(/:0$/, "") }));
  const own = plain.filter(({ name }) => !UNUSED.includes(name.slice(name.lastIndexOf("/") + 1)));
  const wanted = operations.flatMap(({ layer, wanted: parts }) => parts.map(({ part }) => ({ layer, part })));
  if (own.length !== wanted.length) refuse(`hold ${wanted.length} weights for its layers`, `${own.length}`);
  const alike = new Map<string, StoredWeight[]>();
  for (const each of own) {
    const key = each.name.split("/").slice(-2).join("/");
    alike.set(key, [...(alike.get(key) ?? []).slice(0, MOST_ALIKE), each]);
  }
  const found = wanted.map(({ layer: { path }, part }) => find(alike, path, part));
  const isFound = !found.includes(undefined) && new Set(found).size === found.length;
  const isOrdered = operations.every(({ kind, wanted: parts }) => kind !== "affine" || parts.length === 0);
  if (!isFound && !isOrdered) {
    const { layer, part } = wanted[Math.max(0, found.indexOf(undefined))];
    refuse(`name the weights of its layers (${show(ends(layer.path, part, 9))})`, show(own.map(({ name }) => name)));
  }
  const queue = (isFound ? (found as StoredWeight[]) : own).values();
  const byOperation = new Map(
    operations.map((operation) => [operation, operation.wanted.map(() => queue.next().value as StoredWeight)]),
  );
  return (operation) => readParts(operation, byOperation.get(operation) ?? [], refuse);
}

/** The one weight whose name ends so: with the layer's name, or with those of models around it too. */
function find(alike: ReadonlyMap<string, StoredWeight[]>, path: readonly string[], part: string) {
  const list = alike.get(ends(path, part, 1)) ?? [];
  if (list.length > MOST_ALIKE) return undefined;
  for (let length = path.length; length >= 1; length--) {
    const end = ends(path, part, length);
    const exact = list.filter(({ name }) => name === end);
    const long = exact.length > 0 ? exact : list.filter(({ name }) => name.endsWith(`/${end}`));
    if (long.length === 1) return long[0];
  }
  return undefined;
}

/** The numbers of an operation's weights, whose shapes must fit. */
export async function readParts(
  { layer, wanted }: Operation,
  found: readonly (StoredWeight | undefined)[],
  refuse: Refuse,
): Promise<Parts> {
  const parts: [string, Float32Array][] = [];
  for (const [i, { part, shape }] of wanted.entries()) {
    const each = found[i];
    if (!each) return refuse(`hold the weights of ${layer.label}`, `no ${part}`);
    parts.push([part, await readPart(layer.label, { part, shape }, each, refuse)]);
  }
  return Object.fromEntries(parts);
}

async function readPart(label: string, { part, shape }: Wanted, each: StoredWeight, refuse: Refuse) {
  if (each.shape.join() !== shape.join())
    refuse(`give ${label} a ${part} of shape ${show([...shape])}`, show([...each.shape]));
  const numbers = await each.read();
  const odd = numbers.find((value) => !Number.isFinite(value));
  return odd === undefined ? numbers : refuse(`give ${label} a ${part} of finite numbers`, `${odd}`);
}
