/** Room for the memories of others. */

/**
 * Has this thread's collector free the memories that were dropped here, if the process has no room for one more: engines collect before they
 * refuse. All threads of a page share the room, but collect their own alone.
 */
export function makeRoom(): void {
  try {
    new WebAssembly.Memory({ initial: 1, maximum: 1 });
  } catch {
    // All are in use: who asked will be refused, and say so.
  }
}
