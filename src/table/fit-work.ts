/** One network of a table's model: the rows that are its own, how it is made, how it is fitted. */
import { Dataset } from "../data/dataset.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
import type { Encoder } from "./encoder.js";
import { completeOptions } from "./fit-options.js";
import type { TableOptions } from "./options.js";
import { drawPart, type EncodedRows, encodeRows, type Part, type ReadTable } from "./part-rows.js";
import type { HeldAnswers } from "./settle.js";
import type { TargetEncoder } from "./target-encoder.js";

/** A fit of a table, under way. */
export interface Work<E extends TargetEncoder> {
  readonly table: ReadTable<E>;
  readonly options: TableOptions<E["output"]>;
  readonly rowNumbers: Uint32Array;
  /** Of the rows, held out for each network. */
  readonly share: number;
  readonly encoder: Encoder;
  /** Rows that all are watched by, if none are held out. */
  readonly others: EncodedRows | undefined;
  readonly completed: Partial<FitOptions<E["output"]>> | undefined;
}

/** What is settled before the first of the networks is fitted. */
export interface Settings<E extends TargetEncoder> {
  readonly hidden: readonly number[];
  readonly targetEncoder: E;
}

export async function partOf<E extends TargetEncoder>(work: Work<E>, member: number): Promise<Part> {
  const { table, options, rowNumbers, share } = work;
  return turn.run(drawPart(table, rowNumbers, share, member, options.seed ?? 0));
}

/** The rows that a network is watched by. */
async function heldRows<E extends TargetEncoder>(work: Work<E>, member: number): Promise<EncodedRows | undefined> {
  const { test } = await partOf(work, member);
  return test ? encodeRows(work.table, work.encoder, test, "to watch") : work.others;
}

/** What a network answers to the rows that it is watched by. */
export async function answerHeld<E extends TargetEncoder>(
  work: Work<E>,
  net: MLP<E["output"]>,
  member: number,
): Promise<HeldAnswers> {
  const { x, targets } = (await heldRows(work, member)) as EncodedRows;
  const answers = await turn.run(probabilitySlices(net, x));
  return { targets: Float64Array.from(targets), answers };
}

/** Networks differ by their seeds: the first has the fit's own, each of the others one drawn by it. */
function seedOf(seed: number, member: number): number {
  const random = new Random(seed);
  let own = seed;
  for (let m = 0; m < member; m++) own = random.word();
  return own;
}

export function newMember<E extends TargetEncoder>(
  { options, encoder }: Work<E>,
  { hidden, targetEncoder }: Settings<E>,
  member: number,
): Promise<MLP<E["output"]>> {
  const { activation, init, seed = 0 } = options;
  return MLP.create<E["output"]>({
    layers: [encoder.width, ...hidden, targetEncoder.outputs],
    activation,
    init,
    seed: seedOf(seed, member),
    output: targetEncoder.output,
  });
}

/** Fits one of the networks. */
export async function fitMember<E extends TargetEncoder>(
  work: Work<E>,
  net: MLP<E["output"]>,
  member: number,
  targetEncoder: E,
  further: Pick<FitOptions<E["output"]>, "onEpoch" | "resume">,
): Promise<History<E["output"]>> {
  const { table, options, encoder, completed } = work;
  const { train } = await partOf(work, member);
  const dataset = async ({ x, targets }: EncodedRows) =>
    Dataset.trusted(x, await turn.run(targetEncoder.encode(targets)), targets.length);
  const data = await dataset(await encodeRows(table, encoder, train, "to train"));
  const held = await heldRows(work, member);
  return net.fit(data, {
    ...completeOptions(options, data.rows, net.layers.length - 2, targetEncoder.output, held !== undefined),
    ...completed,
    validation: held && (await dataset(held)),
    ...further,
  });
}
