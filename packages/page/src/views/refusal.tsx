/** A sentence in place of what could not be done. */
import type { State } from "../app/store.js";

export function Refused({ state, at }: { state: State; at: NonNullable<State["refusal"]>["at"] }) {
  if (state.refusal?.at !== at) return null;
  return (
    <p class="refusal" role="alert">
      {state.refusal.sentence}
    </p>
  );
}
