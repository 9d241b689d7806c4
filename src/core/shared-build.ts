/**
 * A build of the core on a memory that threads share: the same code, byte for byte; that the memory is its own, or one that it is given,
 * is a section of the file (WebAssembly core specification, 5.5; threads proposal for shared limits).
 */

/** Sections, in the order in which they stand. */
const [TYPES, IMPORTS, MEMORIES] = [1, 2, 5];

const HEADER = 8;
const MEMORY_KIND = 2;
const HAS_MOST = 1;
const IS_SHARED = 3;

/** Pages that such a memory has at first, and at most: all that 32-bit addresses reach. */
export const FIRST_PAGES = 1;
export const MOST_PAGES = 2 ** 16;

const name = (text: string) => [text.length, ...[...text].map((letter) => letter.charCodeAt(0))];

/** One import, `env.memory`; its limits follow. */
const MEMORY = [1, ...name("env"), ...name("memory"), MEMORY_KIND];

/**
 * @param build a module that has one memory of its own and no imports, or imports `env.memory` alone
 * @returns the module with a memory that is imported and shared
 * @throws Error if the build is another module
 */
export function withSharedMemory(build: Uint8Array): Uint8Array<ArrayBuffer> {
  const made: number[][] = [[...build.subarray(0, HEADER)]];
  let isPlaced = false;
  for (const { id, start, end } of sectionsOf(build)) {
    // After the types and before all else: what the import is in the file.
    if (id > TYPES && !isPlaced) {
      isPlaced = true;
      const content = [...MEMORY, IS_SHARED, ...unsigned(FIRST_PAGES), ...unsigned(MOST_PAGES)];
      made.push([IMPORTS, ...unsigned(content.length), ...content]);
    }
    if (id === MEMORIES) continue;
    if (id === IMPORTS) checkImports(build.subarray(start, end));
    else made.push([id, ...unsigned(end - start), ...build.subarray(start, end)]);
  }
  return Uint8Array.from(made.flat());
}

function checkImports(section: Uint8Array): void {
  if (MEMORY.some((byte, i) => section[i] !== byte) || (section[MEMORY.length] & ~HAS_MOST) !== 0) {
    throw new Error("threads: the build must import a memory or nothing, got other imports.");
  }
}

function* sectionsOf(build: Uint8Array): Generator<{ id: number; start: number; end: number }> {
  for (let at = HEADER; at < build.length; ) {
    const id = build[at++];
    let size = 0;
    for (let shift = 0, byte = 0x80; byte & 0x80; shift += 7) {
      byte = build[at++];
      size |= (byte & 0x7f) << shift;
    }
    yield { id, start: at, end: at + size };
    at += size;
  }
}

/** A number as LEB128. */
function unsigned(number: number): number[] {
  return number < 0x80 ? [number] : [(number & 0x7f) | 0x80, ...unsigned(number >>> 7)];
}
