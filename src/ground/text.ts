/** Text as UTF-8 and back, also where there is no TextEncoder and no TextDecoder, as in jsdom. */

/** The bytes of a text, which holds whole characters. */
export function encodeUtf8(text: string): Uint8Array {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  return Uint8Array.from(encodeURIComponent(text).match(/%..|./g) ?? [], (part) =>
    part.length > 1 ? Number.parseInt(part.slice(1), 16) : part.charCodeAt(0),
  );
}

/**
 * The text of bytes; U+FEFF at the start stays.
 * @throws an error of the engine if they are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  if (typeof TextDecoder === "function") {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  }
  let text = "";
  for (const byte of bytes) text += `%${(byte + 256).toString(16).slice(1)}`;
  return decodeURIComponent(text);
}

/** A few bytes as characters of their numbers. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
