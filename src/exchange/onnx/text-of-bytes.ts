/** Texts of a file. */
import { show } from "../../ground/check.js";
import { decodeUtf8 } from "../../ground/decode-text.js";
import { refuse } from "./refusal.js";

/** @throws Error on bytes that are not UTF-8 */
export function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    return refuse(`hold texts of UTF-8 in ${show(name)}`, `${bytes.length} bytes that are none`, cause);
  }
}
