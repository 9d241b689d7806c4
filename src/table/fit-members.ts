/** What begins the fit of a table's model to rows that were read, and what ends it: before its networks, and after them. */
import type { SavedModel } from "../file/write-model.js";
import { turn } from "../ground/turn.js";
import { probabilitySlices } from "../model/answer-slices.js";
import type { FitOptions } from "../train/fit-plan.js";
import { type Checkpointed, checkCheckpoint } from "./checkpoint.js";
import { countMembers, type Settings } from "./choose-settings.js";
import { answerHeld, type LearnedColumns, type Net, newMember, type ReadTable, type Work } from "./fit-work.js";
import type { HeldFacts } from "./held-facts.js";
import { laneOf } from "./in-order.js";
import { Members } from "./members.js";
import { checkNetwork, type TableOptions } from "./options.js";
import { drawPart, shareOf } from "./part-rows.js";
import { type HeldAnswers, settle } from "./settle.js";
import type { TargetEncoder } from "./target-encoder.js";
import { tell } from "./tell.js";
import { TimeBudget } from "./time-budget.js";

/**
 * Learns the columns, and the forms that targets may be learned in. What kind a column is, and which labels there are, all rows of the
 * table say; what else is learned of columns is of rows that a network trains on.
 */
export async function beginWork<E extends TargetEncoder, N extends Net<E["output"]>, M>(
  table: ReadTable<E, N, M>,
  given: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  translated: Partial<FitOptions<E["output"]>> | undefined,
  begun: number | undefined,
): Promise<{ work: Work<E, N> & { columns: LearnedColumns<E, N, M> }; targetEncoders: readonly E[] }> {
  const { call } = table;
  const { seed } = checkNetwork(call, given);
  const budget = given.time === undefined ? undefined : new TimeBudget(given.time, begun);
  const options = budget ? { ...given, signal: budget.signal(given.signal) } : given;
  const share = shareOf(call, rowNumbers.length, options.validation);
  // Of several networks each row is trained on by one at least.
  const { classes } = table.targets;
  const learned =
    options.ensemble === 1 ? (await turn.run(drawPart(classes, rowNumbers, share, 0, seed))).train : rowNumbers;
  const targetEncoders = await turn.run(table.targets.learn(rowNumbers, table.weights));
  const columns = await table.learn(options, learned, targetEncoders[0]);
  const lane = laneOf(options.pool);
  tell(table, options, lane, columns.warnings);
  const { validation } = options;
  const isOthers = validation !== undefined && typeof validation !== "number";
  const others = isOthers ? await columns.encodeOthers(validation) : undefined;
  return { work: { table, options, rowNumbers, share, columns, others, budget, translated, lane }, targetEncoders };
}

/** Puts the networks of a checkpoint in their place, to go on with the last of them. */
export async function goOn<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  settings: Settings<E>,
  members: N[],
  checkpoint: SavedModel,
  model: Checkpointed,
): Promise<void> {
  const { call } = work.table;
  members.push(await newMember(work, settings, 0));
  checkCheckpoint(call, checkpoint, model, countMembers(work.options, settings, work.columns.width));
  const { further = [], ...first } = checkpoint;
  members.length = 0;
  for (const saved of [first, ...further]) members.push(await work.table.restore(saved));
}

/** What the rows say that were held out, of all networks together. */
export async function learnFromHeld<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  { targetEncoder }: Settings<E>,
  members: readonly N[],
  model: { held: HeldFacts | undefined },
): Promise<void> {
  const isWatched = work.share > 0 || work.others !== undefined;
  // What has learned nothing, or was stopped on its way, is left as it is: a checkpoint goes on with it.
  if (!isWatched || members.some(({ history }) => !history || history.stopped === "aborted")) return;
  const isCalibrated = work.translated?.classWeights === undefined;
  const ask = () => askHeld(work, members, targetEncoder.outputs);
  model.held = await settle(members, targetEncoder, ask, work.others !== undefined, isCalibrated);
}

/** The answers of each network to the rows that it held out; of all together to rows that none was trained on. */
async function askHeld<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  members: readonly N[],
  outputs: number,
): Promise<HeldAnswers> {
  const { others } = work;
  if (others) {
    const answers = await turn.run(probabilitySlices(new Members(members), others.x));
    return { targets: Float64Array.from(others.targets), answers, weights: others.weights };
  }
  const parts: HeldAnswers[] = [];
  for (const [m, net] of members.entries()) parts.push(await answerHeld(work, net, m));
  const rows = parts.reduce((sum, { targets }) => sum + targets.length, 0);
  const weights = work.table.weights && new Float64Array(rows);
  const all = { targets: new Float64Array(rows), answers: new Float32Array(rows * outputs), weights };
  let at = 0;
  for (const { targets, answers, weights: own } of parts) {
    if (own) weights?.set(own, at);
    all.targets.set(targets, at);
    all.answers.set(answers, at * outputs);
    at += targets.length;
  }
  return all;
}
