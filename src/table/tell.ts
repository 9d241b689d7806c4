/** What a fit has to tell the caller. */
import { type Lane, tellIn } from "./in-order.js";
import type { TableWarning } from "./table-warning.js";

/** Tells the caller, when it is this fit's turn, what it has not been told. */
export function tell(
  { told }: { readonly told: Set<string> },
  { onWarning }: { readonly onWarning?: ((warning: TableWarning) => void) | undefined },
  lane: Lane | undefined,
  warnings: readonly TableWarning[],
): void {
  // Of what was read each warning is told once: fits that only check, on few rows, tell no one and must not use it up.
  if (typeof onWarning !== "function") return;
  tellIn(lane, () => {
    for (const warning of warnings) {
      if (told.has(warning.message)) continue;
      told.add(warning.message);
      onWarning(warning);
    }
  });
}
