/** Deflated bytes of other people's files, unpacked to as many as are announced: no more room is taken than that. */

/** Says what is wrong, and throws. */
type Damaged = (got: string, cause?: unknown) => never;

/**
 * @param format as `DecompressionStream` has it: "deflate" with zlib's header and checksum, "deflate-raw" without
 * @param size bytes that it must unpack to, checked by the caller against what the file may hold
 */
export async function inflate(
  format: "deflate" | "deflate-raw",
  packed: Uint8Array,
  size: number,
  damaged: Damaged,
): Promise<Uint8Array> {
  const room = new Uint8Array(size);
  let filled = 0;
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(new Uint8Array(packed));
      controller.close();
    },
  });
  const reader = source.pipeThrough(new DecompressionStream(format)).getReader();
  try {
    for (;;) {
      const { value } = await reader.read().catch((cause) => damaged("other bytes", cause));
      if (!value) break;
      if (value.length > size - filled) damaged("more than it announces");
      room.set(value, filled);
      filled += value.length;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
  return filled === size ? room : damaged("less than it announces");
}

export const canInflate = () => typeof DecompressionStream === "function";
