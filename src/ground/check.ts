/**
 * Checks of arguments, and the errors they throw. An error is one sentence: `<call>: <what must hold>, got <value>.` plus
 * a remedy where one is known. TypeError: wrong kind; RangeError: wrong size or value; Error: wrong state or file.
 */

/** Returns a value as errors show it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number" || value === null || value === undefined) return `${value}`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 6).map((item) => (Array.isArray(item) ? "[...]" : show(item)));
    return `[${shown.join(", ")}${value.length > 6 ? ", ..." : ""}]`;
  }
  if (ArrayBuffer.isView(value)) return `${withArticle(value.constructor.name)} of ${value.byteLength} bytes`;
  if (typeof value === "object") {
    // JSON may hold a "constructor" of its own.
    const name: unknown = value.constructor?.name;
    return typeof name === "string" && name !== "Object" ? withArticle(name.slice(0, 40)) : "an object";
  }
  return String(value);
}

function withArticle(name: string): string {
  return `${/^[AEIO]/i.test(name) ? "an" : "a"} ${name}`;
}

/** An error of the network's own functions, called inside `call`, by the name of what was called; any other as it is. */
export function underName(call: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const message = error.message.replace(
    /^(MLP\.create|fit|trainer|step|save|adam|adamw|sgd|rmsprop|adagrad|nadam|lion|lbfgs): /,
    `${call}: `,
  );
  if (message === error.message) return error;
  return Object.assign(new (error.constructor as ErrorConstructor)(message, { cause: error }), error);
}

/** An array that loops may walk through: one that is long by its length alone, and holds next to nothing, takes minutes. */
export function isWalkable(value: unknown): value is unknown[] {
  if (!Array.isArray(value)) return false;
  const { length } = value;
  return length <= 2 ** 20 || [length >>> 1, length - 1].every((i) => Object.hasOwn(value, i));
}

/** Returns an object's own property, or undefined: `{}` has no "constructor" here. */
export function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** Checks that a value is a finite number from `low` to `high`. */
export function checkNumber(
  call: string,
  name: string,
  value: unknown,
  low = Number.NEGATIVE_INFINITY,
  high = Number.POSITIVE_INFINITY,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${call}: ${name} must be a number, got ${show(value)}.`);
  if (!Number.isFinite(value) || value < low || value > high) {
    throw new RangeError(`${call}: ${name} must be ${range("a finite number", low, high)}, got ${value}.`);
  }
}

/** Checks that a value is a whole number from `low` to `high`. */
export function checkWhole(
  call: string,
  name: string,
  value: unknown,
  low: number,
  high = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== "number") throw new TypeError(`${call}: ${name} must be a whole number, got ${show(value)}.`);
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new RangeError(`${call}: ${name} must be ${range("a whole number", low, high)}, got ${value}.`);
  }
}

/** Checks that a value is one of a list of names. */
export function checkName<T extends string>(
  call: string,
  name: string,
  value: unknown,
  names: readonly T[],
): asserts value is T {
  if (!names.includes(value as T)) {
    const list = names.map((item) => `"${item}"`).join(", ");
    throw new (typeof value === "string" ? RangeError : TypeError)(
      `${call}: ${name} must be one of ${list}, got ${show(value)}.`,
    );
  }
}

/**
 * Checks that a value is an object with no keys but those of `known`, so that a misspelt option is not ignored.
 * @param name of an option that is an object itself
 */
export function checkOptions(
  call: string,
  value: unknown,
  known: readonly string[],
  name?: string,
): asserts value is object {
  // The entries of a Map are no keys: they would be left out without a word.
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || Symbol.iterator in value) {
    const remedy = name && !value ? "Leave it out to do without" : "Pass {} for the defaults";
    throw new TypeError(`${call}: ${name ?? "the options"} must be an object, got ${show(value)}. ${remedy}.`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      const keys = name === undefined ? "the options" : `the keys of ${name}`;
      throw new TypeError(`${call}: ${keys} must be among ${known.join(", ")}, got ${show(key)}.`);
    }
  }
}

/** A share of rows: more than none and less than all. */
export function checkShare(call: string, name: string, value: unknown): asserts value is number {
  checkNumber(call, name, value);
  if (value <= 0 || value >= 1) throw new RangeError(`${call}: ${name} must lie between 0 and 1, got ${value}.`);
}

/** Refuses what is given as a callback and is no function. */
export function checkCallback(call: string, name: string, callback: unknown): void {
  if (callback === undefined || typeof callback === "function") return;
  throw new TypeError(`${call}: ${name} must be a function, got ${show(callback)}.`);
}

/** True or false, and nothing that is merely taken for it. */
export function checkFlag(call: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== "boolean") throw new TypeError(`${call}: ${name} must be true or false, got ${show(value)}.`);
}

function range(kind: string, low: number, high: number): string {
  const floor = Number.isFinite(low);
  const ceiling = Number.isFinite(high) && high !== Number.MAX_SAFE_INTEGER;
  // The numbers next to these are the bounds that are meant.
  const isAbove = low === Number.MIN_VALUE;
  const isBelow = high === 1 - Number.EPSILON;
  if (floor && ceiling && !isAbove && !isBelow) return `${kind} from ${low} to ${high}`;
  const bounds = [
    ...(floor ? [isAbove ? "> 0" : `>= ${low}`] : []),
    ...(ceiling ? [isBelow ? "< 1" : `<= ${high}`] : []),
  ];
  return [kind, bounds.join(" and ")].join(" ").trimEnd();
}

type TypedArrays = Record<string, new (buffer: ArrayBufferLike, from: number, count: number) => ArrayBufferView>;

/** Returns a typed array of this realm over the same memory; anything else, and those of this realm, as they are. */
export function ownRealm(value: unknown): unknown {
  // What an array says of itself may be a lie; what typed arrays say of it may not.
  const kind: string | undefined = Reflect.get(Object.getPrototypeOf(Uint8Array.prototype), Symbol.toStringTag, value);
  if (kind === undefined) return value;
  const Own = (globalThis as unknown as TypedArrays)[kind];
  const { buffer, byteOffset, length } = value as Uint8Array;
  return value instanceof Own ? value : new Own(buffer, byteOffset, length);
}

/** Whether a value is an ArrayBuffer, of whatever realm. */
export function isBuffer(value: unknown): value is ArrayBuffer {
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]";
}

/**
 * Returns the bytes as a Uint8Array of this realm.
 * @throws TypeError if they are none
 */
export function checkBytes(call: string, name: string, value: unknown): Uint8Array {
  const bytes = ownRealm(value);
  if (bytes instanceof Uint8Array) return bytes;
  throw new TypeError(`${call}: ${name} must be a Uint8Array, got ${show(value)}.`);
}

/** A value as it stands in an error. Unlike `show` it asks an object nothing: one from outside may lie or throw. */
export function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return show(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" || tag === "Array" ? `an ${tag.toLowerCase()}` : `a ${tag}`;
}
