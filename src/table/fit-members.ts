/** The networks of a table's model, fitted one after the other to rows that were read. */
import { Dataset } from "../data/dataset.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import { type Checkpointed, readCheckpoint } from "./checkpoint.js";
import type { Encoder } from "./encoder.js";
import { warnOfFar, warnOfFarTargets } from "./far-values.js";
import { completeOptions } from "./fit-options.js";
import type { HeldFacts } from "./held-facts.js";
import { learnEncoder } from "./learn-encoder.js";
import { Members } from "./members.js";
import { checkNetwork, type TableOptions } from "./options.js";
import {
  drawPart,
  type EncodedRows,
  encodeOthers,
  encodeRows,
  type Part,
  type ReadTable,
  shareOf,
} from "./part-rows.js";
import { type HeldAnswers, settle } from "./settle.js";
import type { TableParts } from "./table-parts.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";
import { warnOfColumns, warnOfTargets, warnOfTraining } from "./warnings.js";

/** A model of a table whose networks are fitted. */
export type Fitted<E extends TargetEncoder> = TableParts<E, MLP<E["output"]>> &
  Checkpointed & { keep(warnings: readonly TableWarning[]): void; settled(facts: HeldFacts): void };

/** A fit of a table, under way. */
interface Work<E extends TargetEncoder> {
  readonly table: ReadTable<E>;
  readonly options: TableOptions<E["output"]>;
  readonly rowNumbers: Uint32Array;
  /** Of the rows, held out for each network. */
  readonly share: number;
  readonly encoder: Encoder;
  readonly targetEncoder: E;
  /** Rows that all are watched by, if none are held out. */
  readonly others: EncodedRows | undefined;
  /** Those that were begun: the last of them is being fitted. */
  readonly members: MLP<E["output"]>[];
  readonly completed: Partial<FitOptions<E["output"]>> | undefined;
}

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
  const targetEncoder = await turn.run(table.targets.learn(rowNumbers));
  const { encoder, warnings } = await learnColumns(table, options, learned, targetEncoder);
  const members: MLP<E["output"]>[] = [];
  const model = create({ members, encoder, targetEncoder, warnings, onWarning: options.onWarning });
  const others = await encodeOthers(table, encoder, targetEncoder, options);
  const work = { table, options, rowNumbers, share, encoder, targetEncoder, others, members, completed };
  await fitEach(work, ensemble, model);
  await learnFromHeld(work, model);
  return model;
}

/** What the rows say that were held out, of all networks together. */
async function learnFromHeld<E extends TargetEncoder>(work: Work<E>, model: Fitted<E>): Promise<void> {
  const { share, others, targetEncoder, members, completed } = work;
  const isWatched = share > 0 || others !== undefined;
  // What has learned nothing, or was stopped on its way, is left as it is: a checkpoint goes on with it.
  if (!isWatched || members.some(({ history }) => !history || history.stopped === "aborted")) return;
  const isCalibrated = completed?.classWeights === undefined;
  model.settled(await settle(members, targetEncoder, () => askHeld(work), isCalibrated));
}

/** The answers of each network to the rows that it held out; of all together to rows that none was trained on. */
async function askHeld<E extends TargetEncoder>(work: Work<E>): Promise<HeldAnswers> {
  const { targetEncoder, members, others } = work;
  const answer = async (net: Predictor, { x, targets }: EncodedRows): Promise<HeldAnswers> => ({
    targets: Float64Array.from(targets),
    // A copy: the next rows lie in the same place.
    answers: (await turn.run(probabilitySlices(net, x))).slice(),
  });
  if (others) return answer(new Members(members), others);
  const parts: HeldAnswers[] = [];
  for (const [m, net] of members.entries()) parts.push(await answer(net, (await heldRows(work, m)) as EncodedRows));
  const rows = parts.reduce((sum, { targets }) => sum + targets.length, 0);
  const all = { targets: new Float64Array(rows), answers: new Float32Array(rows * targetEncoder.outputs) };
  let at = 0;
  for (const { targets, answers } of parts) {
    all.targets.set(targets, at);
    all.answers.set(answers, at * targetEncoder.outputs);
    at += targets.length;
  }
  return all;
}

/** The rows that a network is watched by. */
async function heldRows<E extends TargetEncoder>(work: Work<E>, member: number): Promise<EncodedRows | undefined> {
  const { test } = await partOf(work, member);
  return test ? encodeRows(work.table, work.encoder, test, "to watch") : work.others;
}

async function partOf<E extends TargetEncoder>(work: Work<E>, member: number): Promise<Part> {
  const { table, options, rowNumbers, share } = work;
  return turn.run(drawPart(table, rowNumbers, share, member, options.seed ?? 0));
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

async function fitEach<E extends TargetEncoder>(work: Work<E>, count: number, model: Fitted<E>): Promise<void> {
  const { table, options, members } = work;
  const { resume } = options;
  if (resume !== undefined) {
    members.push(await newMember(work, 0));
    const { further = [], ...first } = readCheckpoint(table.call, resume, model, count);
    members.length = 0;
    for (const saved of [first, ...further]) members.push(await MLP.restore<E["output"]>(saved, table.call));
  }
  const begun = members.length;
  for (const { history } of members.slice(0, -1)) model.keep(history ? warnOfTraining(history) : []);
  for (let m = Math.max(0, begun - 1); m < count; m++) {
    // There is a model, whatever ended its fit.
    if (m > 0 && options.signal?.aborted) break;
    if (m >= begun) members.push(await newMember(work, m));
    const told = await fitOne(work, m, m < begun, model);
    // What was cut off would spoil the answers of those that were not.
    if (m > 0 && options.signal?.aborted) members.length = m;
    else {
      tell(table, options, told);
      model.keep(told);
    }
  }
}

/** Networks differ by their seeds: the first has the fit's own, each of the others one drawn by it. */
function seedOf(seed: number, member: number): number {
  const random = new Random(seed);
  let own = seed;
  for (let m = 0; m < member; m++) own = random.word();
  return own;
}

function newMember<E extends TargetEncoder>(
  { table, options, encoder, targetEncoder }: Work<E>,
  member: number,
): Promise<MLP<E["output"]>> {
  const { hidden, seed } = checkNetwork(table.call, options);
  const { activation, init } = options;
  const layers = [encoder.width, ...hidden, targetEncoder.outputs];
  return MLP.create<E["output"]>({
    layers,
    activation,
    init,
    seed: seedOf(seed, member),
    output: targetEncoder.output,
  });
}

/** Fits one of the networks. */
async function fitOne<E extends TargetEncoder>(
  work: Work<E>,
  member: number,
  resume: boolean,
  model: Fitted<E>,
): Promise<TableWarning[]> {
  const { table, options, encoder, targetEncoder, members, completed } = work;
  const { ensemble } = checkNetwork(table.call, options);
  const { train } = await partOf(work, member);
  const dataset = async ({ x, targets }: EncodedRows) =>
    Dataset.trusted(x, await turn.run(targetEncoder.encode(targets)), targets.length);
  const data = await dataset(await encodeRows(table, encoder, train, "to train"));
  const held = await heldRows(work, member);
  const { onEpoch } = options;
  const save = async () => model.save({ resume: true });
  const history = await members[member].fit(data, {
    ...completeOptions(options, data.rows, targetEncoder.output, held !== undefined),
    ...completed,
    validation: held && (await dataset(held)),
    // What is no function the network's fit refuses.
    onEpoch:
      typeof onEpoch === "function" ? (epoch) => onEpoch({ ...epoch, member, members: ensemble }, save) : onEpoch,
    resume,
  });
  return warnOfTraining(history);
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
