/** Text as UTF-8, also where there is no TextEncoder, as in jsdom. */

/** The bytes of a text, which holds whole characters. */
export function encodeUtf8(text: string): Uint8Array {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  return Uint8Array.from(encodeURIComponent(text).match(/%..|./g) ?? [], (part) =>
    part.length > 1 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
}

/** A few bytes as characters of their numbers. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
