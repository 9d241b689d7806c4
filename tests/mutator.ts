/**
 * Mutants of files, for suites that read bytes from strangers: bytes in, a mutant out, the same for the same seed. Knows no
 * format; a format adds its own ways, which take a file apart, change a field by `mutateTree` and put it together again.
 */
import type { Random } from "../src/ground/random.js";

/** Another way to make a mutant; undefined where it cannot, and then bytes are mutated. */
export type Way = (bytes: Uint8Array, random: Random) => Uint8Array | undefined;

/**
 * One mutant: by one of the ways as often as by bytes; a quarter are mutated again, up to four times.
 * @param seeds whole files, of which others are spliced in
 */
export function mutant(seeds: readonly Uint8Array[], random: Random, ways: readonly Way[] = []): Uint8Array {
  let bytes = seeds[random.below(seeds.length)];
  let rounds = 0;
  do {
    const way = ways.length > 0 && random.below(2) === 0 ? ways[random.below(ways.length)] : undefined;
    bytes = way?.(bytes, random) ?? mutateBytes(bytes, seeds[random.below(seeds.length)], random);
  } while (++rounds < 4 && random.below(4) === 0);
  return bytes;
}

type Edit = (bytes: Uint8Array, other: Uint8Array, random: Random) => Uint8Array;

const join = (...parts: Uint8Array[]): Uint8Array => {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
};

/** A stretch of up to 64 bytes, at times of any length. */
function stretch({ length }: Uint8Array, random: Random): [from: number, to: number] {
  const from = random.below(length + 1);
  const most = random.below(8) === 0 ? length : 64;
  return [from, Math.min(length, from + random.below(most + 1))];
}

const EXTREMES = [0, 1, 2, 127, 128, 254, 255];

const EDITS: readonly Edit[] = [
  function flipBit(bytes, _, random) {
    const changed = bytes.slice();
    if (bytes.length > 0) changed[random.below(bytes.length)] ^= 1 << random.below(8);
    return changed;
  },
  function setByte(bytes, _, random) {
    const changed = bytes.slice();
    const value = random.below(2) === 0 ? EXTREMES[random.below(EXTREMES.length)] : random.below(256);
    if (bytes.length > 0) changed[random.below(bytes.length)] = value;
    return changed;
  },
  function setWord(bytes, _, random) {
    const changed = bytes.slice();
    const value = random.below(2) === 0 ? 0xff : 0;
    const at = random.below(bytes.length + 1);
    changed.fill(value, at, at + (random.below(2) === 0 ? 4 : 8));
    return changed;
  },
  function truncate(bytes, _, random) {
    return bytes.slice(0, random.below(bytes.length + 1));
  },
  function remove(bytes, _, random) {
    const [from, to] = stretch(bytes, random);
    return join(bytes.subarray(0, from), bytes.subarray(to));
  },
  function repeat(bytes, _, random) {
    const [from, to] = stretch(bytes, random);
    return join(bytes.subarray(0, to), bytes.subarray(from));
  },
  function insert(bytes, _, random) {
    const at = random.below(bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
    return join(bytes.subarray(0, at), noise, bytes.subarray(at));
  },
  function splice(bytes, other, random) {
    const [from, to] = stretch(other, random);
    const at = random.below(bytes.length + 1);
    const end = random.below(2) === 0 ? at : Math.min(bytes.length, at + to - from);
    return join(bytes.subarray(0, at), other.subarray(from, to), bytes.subarray(end));
  },
  function cross(bytes, other, random) {
    return join(bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1)));
  },
];

/** One change that knows nothing of what the bytes mean. */
export function mutateBytes(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  return EDITS[random.below(EDITS.length)](bytes, other, random);
}

type Place = { holder: Record<string | number, unknown>; key: string | number };

/** Every field of plain objects and arrays, at any depth; typed arrays are values. */
function places(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return found;
  for (const key of Object.keys(value)) {
    if (key.startsWith("$")) continue;
    found.push({ holder: value as Record<string, unknown>, key });
    places((value as Record<string, unknown>)[key], found);
  }
  return found;
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  255,
  2 ** 31 - 1,
  -(2 ** 31),
  1e-45,
  3.4e38,
  2 ** 53,
  1.7e18,
  -1e21,
  1.7e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const BIGINTS = [
  0n,
  1n,
  -1n,
  2n,
  7n,
  255n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n + 1n,
  2n ** 62n,
  -(2n ** 63n),
  2n ** 63n - 1n,
];
const TEXTS = [
  "",
  "x",
  "__proto__",
  "constructor",
  "toString",
  "../../etc/passwd",
  "\u0000",
  "é",
  "a\nb",
  "x".repeat(300),
];

/** Changes one field of a tree, in place, to another value of its kind mostly: what is read by kind should be got past. */
export function mutateTree(root: unknown, random: Random): void {
  const all = places(root);
  if (all.length === 0) return;
  const { holder, key } = all[random.below(all.length)];
  const value = holder[key];
  const same = all.filter((place) => typeof place.holder[place.key] === typeof value);
  const other = same[random.below(same.length)];
  const chance = random.below(10);
  if (Array.isArray(holder) && chance < 3) editList(holder, Number(key), random);
  else if (chance < 5) holder[key] = other.holder[other.key];
  else if (chance === 5) delete holder[key];
  else holder[key] = anotherOf(value, random);
}

function editList(list: unknown[], at: number, random: Random): void {
  const edit = random.below(3);
  if (edit === 0) list.splice(at, 1);
  else if (edit === 1) list.splice(random.below(list.length + 1), 0, list[at]);
  else list.push(...list.splice(at, 1));
}

function anotherOf(value: unknown, random: Random): unknown {
  const near = random.below(3) === 0;
  if (typeof value === "number") return near ? value + random.below(5) - 2 : NUMBERS[random.below(NUMBERS.length)];
  if (typeof value === "bigint")
    return near ? value + BigInt(random.below(5) - 2) : BIGINTS[random.below(BIGINTS.length)];
  if (typeof value === "string") return near ? `${value}x` : TEXTS[random.below(TEXTS.length)];
  if (typeof value === "boolean") return !value;
  if (value instanceof Uint8Array) return mutateBytes(value, value, random);
  return Array.isArray(value) ? [] : undefined;
}
