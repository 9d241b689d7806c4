/** What came of a fit elsewhere. */
import { Turn, WORTH_A_LOOK } from "../ground/turn.js";
import type { ModelState } from "../train/training-state.js";
import type { SentState } from "./messages.js";

/** What the optimizer keeps is put in its place with turns: nobody looks at it before the fit has ended. */
export async function receiveState(
  state: SentState<Float32Array>,
  room: (third: boolean) => readonly Float32Array[],
): Promise<ModelState> {
  const { training } = state;
  if (!training) return state as ModelState;
  const { state1, state2, state3 } = training;
  const sent = state3 ? [state1, state2, state3] : [state1, state2];
  const kept = room(sent.length > 2);
  await new Turn().run(copySlices(sent, kept));
  const places = { state1: kept[0], state2: kept[1], state3: state3 && kept[2] };
  return { ...state, training: { ...training, ...places } } as ModelState;
}

/** Numbers that are copied between two looks at the clock. */
const SLICE = 2 ** 18;

function* copySlices(sources: readonly Float32Array[], targets: readonly Float32Array[]): Generator<number, void> {
  for (const [i, source] of sources.entries()) {
    for (let from = 0; from < source.length; from += SLICE) {
      targets[i].set(source.subarray(from, from + SLICE), from);
      yield WORTH_A_LOOK;
    }
  }
}
