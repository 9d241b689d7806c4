/** The networks of a table's model, fitted one after the other to rows that were read. */
import type { SavedModel } from "../file/write-model.js";
import { turn } from "../ground/turn.js";
import { probabilitySlices } from "../model/answer-slices.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport, History } from "../train/history.js";
import { type Checkpointed, checkCheckpoint, decodeCheckpoint, settingsOf } from "./checkpoint.js";
import { chooseSettings, countMembers, NARROW, type Settings } from "./choose-settings.js";
import { answerHeld, fitMember, type Net, newMember, type ReadTable, type Work } from "./fit-work.js";
import type { HeldFacts } from "./held-facts.js";
import { Members } from "./members.js";
import { checkNetwork, type TableOptions } from "./options.js";
import { drawPart, shareOf } from "./part-rows.js";
import { type HeldAnswers, settle } from "./settle.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";
import { TimeBudget } from "./time-budget.js";
import { warnOfTraining } from "./warnings.js";

/** A model of a table whose networks are fitted. */
export interface Fitted extends Checkpointed {
  keep(warnings: readonly TableWarning[]): void;
  held: HeldFacts | undefined;
}

/**
 * Learns the columns, makes the networks and fits them. How the defaults were chosen bench/NOTES.md says. What
 * kind a column is, and which labels there are, all rows of the table say; what else is learned of columns is of rows that a
 * network trains on.
 * @param rowNumbers of the rows that may be trained on or held out
 * @param begun when the time began that it may take. Default: now
 */
export async function fitMembers<E extends TargetEncoder, N extends Net<E["output"]>, M extends Fitted>(
  table: ReadTable<E, N, M>,
  given: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  translated: Partial<FitOptions<E["output"]>> | undefined,
  begun?: number,
): Promise<M> {
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
  tell(table, options, columns.warnings);
  const { validation } = options;
  const isOthers = validation !== undefined && typeof validation !== "number";
  const others = isOthers ? await columns.encodeOthers(validation) : undefined;
  const work = { table, options, rowNumbers, share, columns, others, budget, translated };
  const members: N[] = [];
  const checkpoint = options.resume === undefined ? undefined : decodeCheckpoint(call, options.resume);
  const settings: Settings<E> & { net?: N } = checkpoint
    ? settingsOf(checkpoint, targetEncoders, options)
    : await settingsFor(work, targetEncoders);
  const model = columns.create(members, settings.targetEncoder);
  if (checkpoint) await goOn(work, settings, members, checkpoint, model);
  // It would be fitted again to the same bits, but for those who are told of its epochs.
  else if (settings.net && (options.onEpoch === undefined || isOver(work))) members.push(settings.net);
  await fitEach(work, settings, members, model);
  await learnFromHeld(work, settings, members, model);
  return model;
}

/** What first networks of a few kinds say; nothing is tried where there is nothing to tell them apart by. */
async function settingsFor<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  targetEncoders: readonly E[],
): Promise<Settings<E> & { net?: N }> {
  const { hidden, signal } = work.options;
  const isWatched = work.share > 0 || work.others !== undefined;
  if (!isWatched) return { hidden: hidden ?? NARROW, targetEncoder: targetEncoders[0] };
  const fly = async (settings: Settings<E>) => {
    const net = await newMember(work, settings, 0);
    await timed(work, () => fitMember(work, net, 0, settings.targetEncoder, {}));
    return { net, held: await answerHeld(work, net, 0) };
  };
  const table = { rows: work.rowNumbers.length, features: work.columns.width };
  return chooseSettings(hidden, table, targetEncoders, fly, signal);
}

/** Does what takes the time of a network. */
function timed<T>({ budget }: { readonly budget: TimeBudget | undefined }, work: () => Promise<T>): Promise<T> {
  return budget ? budget.timed(work) : work();
}

/** Whether no further network is to be fitted. */
function isOver<E extends TargetEncoder, N extends Net<E["output"]>>({ budget, options }: Work<E, N>): boolean {
  return options.signal?.aborted === true || budget?.hasTimeForAnother() === false;
}

/** Puts the networks of a checkpoint in their place, to go on with the last of them. */
async function goOn<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  settings: Settings<E>,
  members: N[],
  checkpoint: SavedModel,
  model: Fitted,
): Promise<void> {
  const { call } = work.table;
  members.push(await newMember(work, settings, 0));
  checkCheckpoint(call, checkpoint, model, countMembers(work.options, settings, work.columns.width));
  const { further = [], ...first } = checkpoint;
  members.length = 0;
  for (const saved of [first, ...further]) members.push(await work.table.restore(saved));
}

async function fitEach<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  settings: Settings<E> & { readonly net?: N },
  members: N[],
  model: Fitted,
): Promise<void> {
  const { table, options, budget } = work;
  const count = countMembers(options, settings, work.columns.width);
  const { onEpoch, resume, signal } = options;
  const save = async () => model.save({ resume: true });
  const begun = members.length;
  for (let m = 0; m < count; m++) {
    // There is a model, whatever ended its fit.
    if (m > 0 && (signal?.aborted || (m >= begun && isOver(work)))) break;
    if (m >= begun) members.push(await newMember(work, settings, m));
    const goesOn = resume !== undefined && m === begun - 1;
    // What is no function the network's fit refuses.
    const told =
      typeof onEpoch === "function"
        ? (epoch: EpochReport<E["output"]>) =>
            onEpoch({ ...epoch, member: m, members: count, ...(budget && { timeLeft: budget.left }) }, save)
        : onEpoch;
    if (m >= begun || goesOn) {
      await timed(work, () =>
        fitMember(work, members[m], m, settings.targetEncoder, { onEpoch: told, resume: goesOn }),
      );
    }
    const isCut = signal?.aborted && (budget === undefined || members[m].history?.stopped === "aborted");
    if (isCut && budget && m === 0 && settings.net) members[0] = settings.net;
    // What was cut off would spoil the answers of those that were not.
    if (m > 0 && isCut) members.length = m;
    else {
      const warnings = warnOfTraining(members[m].history as History);
      tell(table, options, warnings);
      model.keep(warnings);
    }
  }
}

/** What the rows say that were held out, of all networks together. */
async function learnFromHeld<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  { targetEncoder }: Settings<E>,
  members: readonly N[],
  model: Fitted,
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

function tell(
  { told }: { readonly told: Set<string> },
  { onWarning }: Pick<TableOptions, "onWarning">,
  warnings: readonly TableWarning[],
): void {
  // Of what was read each warning is told once: fits that only check, on few rows, tell no one and must not use it up.
  if (typeof onWarning !== "function") return;
  for (const warning of warnings) {
    if (told.has(warning.message)) continue;
    told.add(warning.message);
    onWarning(warning);
  }
}
