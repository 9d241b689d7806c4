/** Learning over HTTP: a copy learns, is saved, and then answers. Loaded when something is first to be learned. */
import { type Classifier, inTurns, type Regressor } from "wasmlp";
import { loadFile, saveFile } from "wasmlp/node";
import { ask } from "../answers/answering.js";
import { Refusal } from "../ground/refusal.js";
import { type LoadedModel, learns } from "./loaded-model.js";
import type { ModelFile } from "./model-files.js";
import type { Slot } from "./slot.js";

/**
 * Has a copy of the slot's model learn from rows, one pass, in turns, and saves it: the old file or the new one, never half of one.
 * @returns the mean loss over the rows before each update
 * @throws Refusal if the model cannot learn, or in the library's words on rows that do not fit; Error of the file system: the model
 * and its file are then as they were
 */
export async function learn(slot: Slot, { path }: ModelFile, rows: readonly object[]): Promise<number> {
  const { model } = slot.current as LoadedModel;
  if (!learns(model))
    throw new Refusal(400, `the model must be a Classifier or a Regressor of one target to learn, got ${model}.`);
  slot.learner ??= (await loadFile(path)) as Classifier | Regressor;
  const { learner } = slot;
  const loss = await inTurns(learner as Classifier)
    .partialFit(rows)
    .catch((error) =>
      ask(() => {
        throw error;
      }),
    );
  try {
    await saveFile(path, learner);
  } catch (error) {
    // It has learned what no file has.
    slot.learner = undefined;
    throw error;
  }
  return loss;
}
