/** A trainer of a network alone, without the model that would say who may step it. */
import type { DropoutSeed } from "../src/net/dropout.js";
import type { Network } from "../src/net/network.js";
import { labelOf, type TrainerOptions } from "../src/train/optimizer-kinds.js";
import { Trainer } from "../src/train/trainer.js";
import { checkTrainerOptions } from "../src/train/trainer-options.js";
import { keepsThree, newTrainerState } from "../src/train/training-state.js";

/** @param dropoutSeed needed with dropout alone */
export function trainerOf(network: Network, options: TrainerOptions, dropoutSeed?: DropoutSeed): Trainer {
  const plan = checkTrainerOptions("test", options, network);
  if (keepsThree(labelOf(plan.optimizer))) network.addState("test");
  return new Trainer(network, () => true, plan, newTrainerState(labelOf(plan.optimizer), dropoutSeed));
}
