/**
 * What doors use to refuse. An error is one sentence: `<call>: <what must hold>, got <value>.` plus a remedy where one is
 * known. TypeError: wrong kind; RangeError: wrong size or value; Error: wrong state or file.
 */

/** A value as it stands in an error: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}...` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "number" || typeof value === "bigint" || value === null || value === undefined)
    return `${value}`;
  if (Array.isArray(value)) {
    const shown = value.slice(0, 6).map((item) => (Array.isArray(item) ? "[...]" : show(item)));
    return `[${shown.join(", ")}${value.length > 6 ? ", ..." : ""}]`;
  }
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`;
  if (typeof value === "object") {
    // JSON may hold a "constructor" of its own.
    const name: unknown = value.constructor?.name;
    return typeof name === "string" ? `a ${name.slice(0, 40)}` : "an object";
  }
  return String(value);
}

/** A property of the object itself; undefined if there is none: `{}` has no "constructor" here. */
export function own(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
}

/** A number that is finite and lies between `low` and `high`. */
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

/** A whole number between `low` and `high`. */
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

/** One of a list of names. */
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

/** An options object with no key but those of `known`: a misspelt option would otherwise be ignored in silence. */
export function checkOptions(call: string, value: unknown, known: readonly string[]): asserts value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) {
    throw new TypeError(`${call}: the options must be an object, got ${show(value)}.`);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new TypeError(`${call}: the options must be among ${known.join(", ")}, got ${show(key)}.`);
    }
  }
}

function range(kind: string, low: number, high: number): string {
  const floor = Number.isFinite(low);
  const ceiling = Number.isFinite(high) && high !== Number.MAX_SAFE_INTEGER;
  if (floor && ceiling) return `${kind} from ${low} to ${high}`;
  if (floor) return `${kind} >= ${low}`;
  return ceiling ? `${kind} <= ${high}` : kind;
}
