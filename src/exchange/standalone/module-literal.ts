/** Data as JavaScript source that it cannot break out of. */

/**
 * Text, a number, a boolean, null, or a list of those, as source. Nothing in it ends a string, a line, a comment or a script
 * element, and no sign is invisible or turns the direction of writing.
 */
export function literal(data: unknown): string {
  if (Array.isArray(data)) return `[${data.map(literal).join(", ")}]`;
  // JSON escapes quotes, backslashes, control characters and halves of surrogate pairs.
  return JSON.stringify(data).replace(/[<\u2028\u2029\p{Cf}]|\*\//gu, escapeUnits);
}

/** An object whose keys are the library's own names. */
export function objectLiteral(fields: object): string {
  const entries = Object.entries(fields).map(([key, value]) => `${key}: ${literal(value)}`);
  return `{ ${entries.join(", ")} }`;
}

function escapeUnits(text: string): string {
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
}
