/** The networks of a table's model, fitted one after the other to rows that were read. */
import type { SavedModel } from "../file/write-model.js";
import { turn } from "../ground/turn.js";
import { probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport, History } from "../train/history.js";
import { type Checkpointed, checkCheckpoint, decodeCheckpoint, settingsOf } from "./checkpoint.js";
import { chooseSettings } from "./choose-settings.js";
import type { Encoder } from "./encoder.js";
import { warnOfFar, warnOfFarTargets } from "./far-values.js";
import { answerHeld, fitMember, newMember, type Settings, type Work } from "./fit-work.js";
import type { HeldFacts } from "./held-facts.js";
import { learnEncoder } from "./learn-encoder.js";
import { Members } from "./members.js";
import { checkNetwork, type TableOptions } from "./options.js";
import { drawPart, encodeOthers, type ReadTable, shareOf } from "./part-rows.js";
import { type HeldAnswers, settle } from "./settle.js";
import type { TableParts } from "./table-parts.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";
import { warnOfColumns, warnOfTargets, warnOfTraining } from "./warnings.js";

/** A model of a table whose networks are fitted. */
export type Fitted<E extends TargetEncoder> = TableParts<E, MLP<E["output"]>> &
  Checkpointed & { keep(warnings: readonly TableWarning[]): void; settled(facts: HeldFacts): void };

/**
 * Learns the columns, makes the networks and fits them. The defaults are those that did best in bench/learning/compare.ts. What
 * kind a column is, and which labels there are, all rows of the table say; what else is learned of columns is of rows that a
 * network trains on.
 * @param rowNumbers of the rows that may be trained on or held out
 */
export async function fitMembers<E extends TargetEncoder, M extends Fitted<E>>(
  table: ReadTable<E>,
  options: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  completed: Partial<FitOptions<E["output"]>> | undefined,
): Promise<M> {
  const { call } = table;
  const { ensemble, seed } = checkNetwork(call, options);
  const share = shareOf(call, rowNumbers.length, options.validation);
  // Of several networks each row is trained on by one at least.
  const learned = ensemble === 1 ? (await turn.run(drawPart(table, rowNumbers, share, 0, seed))).train : rowNumbers;
  const targetEncoders = await turn.run(table.targets.learn(rowNumbers));
  const { encoder, warnings } = await learnColumns(table, options, learned, targetEncoders[0]);
  const others = await encodeOthers(table, encoder, targetEncoders[0], options);
  const work = { table, options, rowNumbers, share, encoder, others, completed };
  const members: MLP<E["output"]>[] = [];
  const make = (targetEncoder: E) =>
    create({ members, encoder, targetEncoder, warnings, onWarning: options.onWarning });
  const checkpoint = options.resume === undefined ? undefined : decodeCheckpoint(call, options.resume);
  const settings: Settings<E> & { net?: MLP<E["output"]> } = checkpoint
    ? settingsOf(checkpoint, targetEncoders, options)
    : await chooseSettings(work, targetEncoders);
  const model = make(settings.targetEncoder);
  if (checkpoint) await goOn(work, settings, members, checkpoint, model);
  // It would be fitted again to the same bits, but for those who are told of its epochs.
  else if (settings.net && (options.onEpoch === undefined || options.signal?.aborted)) members.push(settings.net);
  await fitEach(work, settings, members, model);
  await learnFromHeld(work, settings, members, model);
  return model;
}

/** Puts the networks of a checkpoint in their place, to go on with the last of them. */
async function goOn<E extends TargetEncoder>(
  work: Work<E>,
  settings: Settings<E>,
  members: MLP<E["output"]>[],
  checkpoint: SavedModel,
  model: Fitted<E>,
): Promise<void> {
  const { call } = work.table;
  members.push(await newMember(work, settings, 0));
  checkCheckpoint(call, checkpoint, model, checkNetwork(call, work.options).ensemble);
  const { further = [], ...first } = checkpoint;
  members.length = 0;
  for (const saved of [first, ...further]) members.push(await MLP.restore<E["output"]>(saved, call));
}

async function fitEach<E extends TargetEncoder>(
  work: Work<E>,
  settings: Settings<E>,
  members: MLP<E["output"]>[],
  model: Fitted<E>,
): Promise<void> {
  const { table, options } = work;
  const { ensemble: count } = checkNetwork(table.call, options);
  const { onEpoch, resume, signal } = options;
  const save = async () => model.save({ resume: true });
  const begun = members.length;
  for (let m = 0; m < count; m++) {
    // There is a model, whatever ended its fit.
    if (m > 0 && signal?.aborted) break;
    if (m >= begun) members.push(await newMember(work, settings, m));
    const goesOn = resume !== undefined && m === begun - 1;
    // What is no function the network's fit refuses.
    const told =
      typeof onEpoch === "function"
        ? (epoch: EpochReport<E["output"]>) => onEpoch({ ...epoch, member: m, members: count }, save)
        : onEpoch;
    if (m >= begun || goesOn) {
      await fitMember(work, members[m], m, settings.targetEncoder, { onEpoch: told, resume: goesOn });
    }
    // What was cut off would spoil the answers of those that were not.
    if (m > 0 && signal?.aborted) members.length = m;
    else {
      const warnings = warnOfTraining(members[m].history as History);
      tell(table, options, warnings);
      model.keep(warnings);
    }
  }
}

/** What the rows say that were held out, of all networks together. */
async function learnFromHeld<E extends TargetEncoder>(
  work: Work<E>,
  { targetEncoder }: Settings<E>,
  members: readonly MLP<E["output"]>[],
  model: Fitted<E>,
): Promise<void> {
  const isWatched = work.share > 0 || work.others !== undefined;
  // What has learned nothing, or was stopped on its way, is left as it is: a checkpoint goes on with it.
  if (!isWatched || members.some(({ history }) => !history || history.stopped === "aborted")) return;
  const isCalibrated = work.completed?.classWeights === undefined;
  model.settled(
    await settle(members, targetEncoder, () => askHeld(work, members, targetEncoder.outputs), isCalibrated),
  );
}

/** The answers of each network to the rows that it held out; of all together to rows that none was trained on. */
async function askHeld<E extends TargetEncoder>(
  work: Work<E>,
  members: readonly MLP<E["output"]>[],
  outputs: number,
): Promise<HeldAnswers> {
  const { others } = work;
  if (others) {
    const answers = await turn.run(probabilitySlices(new Members(members), others.x));
    return { targets: Float64Array.from(others.targets), answers };
  }
  const parts: HeldAnswers[] = [];
  for (const [m, net] of members.entries()) parts.push(await answerHeld(work, net, m));
  const rows = parts.reduce((sum, { targets }) => sum + targets.length, 0);
  const all = { targets: new Float64Array(rows), answers: new Float32Array(rows * outputs) };
  let at = 0;
  for (const { targets, answers } of parts) {
    all.targets.set(targets, at);
    all.answers.set(answers, at * outputs);
    at += targets.length;
  }
  return all;
}

/** What the rows teach of the columns. */
async function learnColumns<E extends TargetEncoder>(
  table: ReadTable<E>,
  options: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  targetEncoder: E,
): Promise<{ encoder: Encoder; warnings: TableWarning[] }> {
  const { call, cells, targets } = table;
  const strictTarget = options.strict ? options.target : undefined;
  // What bins are cut by: the values, or the ids of as many classes as there are outputs.
  const classes = targetEncoder.output === "softmax" ? targetEncoder.outputs : undefined;
  const guide = { targets: targets.targets, classes };
  const encoder = await turn.run(learnEncoder(call, cells, rowNumbers, options.maxCategories, strictTarget, guide));
  const warnings = [
    ...warnOfColumns(cells.columns, encoder.columns),
    ...(await turn.run(warnOfFar(cells.columns, encoder.columns))),
    ...warnOfTargets(targetEncoder, targets),
    ...(await turn.run(warnOfFarTargets(targetEncoder, targets.targets))),
  ];
  tell(table, options, warnings);
  return { encoder, warnings };
}

function tell(
  { told }: ReadTable<TargetEncoder>,
  { onWarning }: Pick<TableOptions, "onWarning">,
  warnings: readonly TableWarning[],
): void {
  for (const warning of warnings) {
    if (told.has(warning.message)) continue;
    told.add(warning.message);
    if (typeof onWarning === "function") onWarning(warning);
  }
}
