/** Copies of what callers give: they may change it later, and what is read twice may say something else the second time. */

import { isWalkable } from "./check.js";

/**
 * Lists and objects anew, so deep; numbers, texts and functions as they are, and typed arrays and lists that no loop may walk through,
 * for others to refuse. An object's fields are its class's too, getters read.
 */
export function copyOf(value: unknown, depth = 3): unknown {
  if (typeof value !== "object" || value === null || depth === 0 || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return isWalkable(value) ? value.map((own) => copyOf(own, depth - 1)) : value;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(fieldsOf(value).map((name) => [name, copyOf(fields[name], depth - 1)]));
}

/** Classes that a class may extend. */
const MOST = 16;

/** Names of an object's fields, those of its prototypes too but for the last, which is all objects'. */
function fieldsOf(value: object): string[] {
  const names = Object.keys(value);
  let prototype = Object.getPrototypeOf(value);
  // A proxy may have prototypes without end.
  for (let i = 0; i < MOST && prototype && Object.getPrototypeOf(prototype); i++) {
    names.push(...Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor"));
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}
