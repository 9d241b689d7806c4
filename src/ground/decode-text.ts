/** UTF-8 as text, also where there is no TextDecoder, as in jsdom. */

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
