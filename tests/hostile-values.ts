/** Values that nobody should pass, and the places of a valid call where each may stand. */
import vm from "node:vm";

/** What the caller's own getters, traps and callbacks throw: it may come through as it is. */
export class Own extends Error {}

const fail = (): never => {
  throw new Own("the caller's own");
};
const elsewhere = (code: string) => () => vm.runInNewContext(code) as unknown;

const TRAPS = [
  ...["get", "has", "ownKeys", "getOwnPropertyDescriptor", "getPrototypeOf", "set", "defineProperty", "deleteProperty"],
  ...["apply", "construct", "isExtensible", "preventExtensions", "setPrototypeOf"],
];
const trapped = (target: object) => new Proxy(target, Object.fromEntries(TRAPS.map((trap) => [trap, fail])));

function revoked(target: object): unknown {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

function detached(): Float32Array {
  const view = new Float32Array(3);
  structuredClone(view.buffer, { transfer: [view.buffer] });
  return view;
}

/** Longer than its buffer since that was shortened, where buffers can be. */
function shortened(): unknown {
  const buffer = new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer)(16, {
    maxByteLength: 64,
  }) as ArrayBuffer & { resize?: (size: number) => void };
  const view = new Float32Array(buffer, 4, 3);
  buffer.resize?.(8);
  return view;
}

function deep(): unknown {
  let list: unknown[] = [1];
  for (let i = 0; i < 1e4; i++) list = [list];
  return list;
}

/** Every length and kind of array, where a list of numbers is due. */
const KINDS = [
  ...[Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
];
const typed = KINDS.flatMap((Kind) =>
  [0, 1, 3].map((length): [string, () => unknown] => [`${Kind.name}(${length})`, () => new Kind(length)]),
);

/** Each is made anew for each call. */
export const HOSTILE: readonly (readonly [name: string, make: () => unknown])[] = [
  ...[undefined, null, Number.NaN, Infinity, -1, 0, -0, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e39, 10n, 2n ** 70n].map(
    (value): [string, () => unknown] => [Object.is(value, -0) ? "-0" : `${typeof value} ${value}`, () => value],
  ),
  ...["", "x", "1e400", "__proto__", "length"].map((text): [string, () => unknown] => [`text "${text}"`, () => text]),
  ["a long text", () => "x".repeat(1e5)],
  ["a symbol", () => Symbol("s")],
  ["true", () => true],
  ["[]", () => []],
  ["[[]]", () => [[]]],
  ["{}", () => ({})],
  ["an object without a prototype", () => Object.create(null)],
  ["{ length: -1 }", () => ({ length: -1 })],
  ["{ length: 1e9 }", () => ({ length: 1e9 })],
  ['{ length: "3" }', () => ({ length: "3" })],
  ["{ length: 1.5 }", () => ({ length: 1.5, 0: 0 })],
  ["[{ length: -1 }]", () => [{ length: -1 }]],
  ["[undefined]", () => [undefined]],
  ["[NaN]", () => [Number.NaN]],
  ["[null]", () => [null]],
  ["[symbol]", () => [Symbol("s")]],
  ["[10n]", () => [10n]],
  ["holes", () => new Array(3)],
  ["a sparse array", () => Object.assign([], { length: 4e9 })],
  ["a map", () => new Map([["a", 1]])],
  ["no date", () => new Date(Number.NaN)],
  ["an expression", () => /x/],
  ["a function", () => () => 1],
  ["a function that throws", () => fail],
  ["a class", () => class Hostile {}],
  ["a proxy whose traps throw", () => trapped({})],
  ["an array whose traps throw", () => trapped([0])],
  ["a function whose traps throw", () => trapped(() => 1)],
  ["a revoked proxy", () => revoked({})],
  ["a revoked array", () => revoked([])],
  ["getters that throw", () => new Proxy({ a: 1 }, { get: fail })],
  ["a prototype that throws", () => Object.create(trapped({}))],
  ["an array of a getter that throws", () => Object.defineProperty([0, 0], 0, { get: fail, enumerable: true })],
  ["a detached view", detached],
  ["a shortened view", shortened],
  ["shared memory", () => new Float32Array(new SharedArrayBuffer(12))],
  ["shared bytes", () => new Uint8Array(new SharedArrayBuffer(12))],
  ["a buffer", () => new ArrayBuffer(8)],
  ["a data view", () => new DataView(new ArrayBuffer(8))],
  ["a promise", () => Promise.resolve(1)],
  ["a thenable", () => ({ then: (resolve: (value: unknown) => void) => resolve(1) })],
  ["{ then: 5 }", () => ({ then: 5 })],
  ["a deep array", deep],
  ["what is no text", () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail })],
  ["[what is no text]", () => [{ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }]],
  ["a tag that lies", () => ({ [Symbol.toStringTag]: "Float32Array", length: 2 })],
  ["constructor: null", () => ({ constructor: null })],
  ["a name that is no text", () => ({ constructor: { name: Symbol("s") }, name: 5 })],
  ["a model that is none", () => ({ net: {}, training: {}, saved: () => 1, save: () => 1, parameters: () => 1 })],
  ["layers of no model", () => ({ layers: [{}], parameters: () => [{}], net: null, columns: 3, arrayBuffer: () => 1 })],
  ["an address", () => new URL("https://example.org/x")],
  ["an object of another realm", elsewhere("({ a: 1 })")],
  ["an array of another realm", elsewhere("[[0, 1]]")],
  ["numbers of another realm", elsewhere("new Float32Array(2)")],
  ["a function of another realm", elsewhere("() => 1")],
  ["an error of another realm", elsewhere("new TypeError('x')")],
  ...typed,
];

/** A place of a call: the argument's number, and the keys from there. */
export type Path = readonly (string | number)[];

const isWalked = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);

/** The places of valid arguments: each argument, option, field, and the ends of lists, so many levels down. */
export function placesOf(value: unknown, levels = 6, isArguments = true): Path[] {
  if (!isWalked(value) || levels === 0) return [];
  const isList = Array.isArray(value) && !isArguments;
  const keys = isList ? [...new Set([0, value.length - 1])].filter((i) => i >= 0) : Object.keys(value);
  return keys.flatMap((key) => [
    [key],
    ...placesOf(value[key as string], levels - 1, false).map((path) => [key, ...path] as Path),
  ]);
}

/** The arguments with another value at a place: copies, where they were walked. */
export function replaced(value: unknown, [key, ...path]: Path, make: (old: unknown) => unknown): unknown {
  if (key === undefined) return make(value);
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string | number, unknown>;
  copy[key] = replaced(copy[key], path, make);
  return copy;
}

/** An argument's field that says what is valid when it is asked first, and something else each time after. */
export function moody(value: unknown, path: Path): unknown {
  return replaced(value, path.slice(0, -1), (holder) => {
    const key = path[path.length - 1];
    const copy = Array.isArray(holder) ? [...holder] : { ...(holder as object) };
    const answers = [(copy as Record<string, unknown>)[key], null, -1, "x", undefined, { length: -1 }];
    let asked = 0;
    return Object.defineProperty(copy, key, {
      get: () => answers[asked++ % answers.length],
      enumerable: true,
      configurable: true,
    });
  });
}
