/** Unpacks what pack.ts packed. */
import { Predictor } from "./predictor.js";

export function unpack(packed: Uint8Array): Uint8Array {
  const size = packed[0] + 256 * (packed[1] + 256 * (packed[2] + 256 * packed[3]));
  const bytes = new Uint8Array(size);
  const predictor = new Predictor(size);
  let at = 4;
  let [low, high, code] = [0, 0xffffffff, 0];
  for (let i = 0; i < 4; i++) code = ((code << 8) | packed[at++]) >>> 0;
  for (let n = 0; n < size; n++) {
    let byte = 0;
    for (let i = 0; i < 8; i++) {
      const middle = low + Math.floor(((high - low) * predictor.probability) / 65536);
      const bit = code <= middle ? 1 : 0;
      if (bit === 1) high = middle;
      else low = middle + 1;
      predictor.update(bit);
      byte = (byte << 1) | bit;
      while ((low ^ high) >>> 24 === 0) {
        low = (low << 8) >>> 0;
        high = ((high << 8) | 255) >>> 0;
        code = ((code << 8) | packed[at++]) >>> 0;
      }
    }
    bytes[n] = byte;
  }
  return bytes;
}
