/** CRC-32 as in gzip and PNG (polynomial 0xEDB88320, reflected): finds every error burst of up to 32 bits. */

let table: Uint32Array | undefined;

/**
 * @param from, to the part of `bytes` that is read
 * @param before the checksum of what comes before it: parts may be taken one after the other
 */
export function crc32(bytes: Uint8Array, from = 0, to = bytes.length, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
    return word;
  });
  let crc = ~before;
  for (let i = from; i < to; i++) crc = table[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
