/** The networks of a table's model, once it is known of which kind: one after the other, or side by side on a pool. */

import type { FitOptions } from "../train/fit-plan.js";
import type { EpochReport, History } from "../train/history.js";
import type { Checkpointed } from "./checkpoint.js";
import { countMembers, type Settings } from "./choose-settings.js";
import { type Found, fitMember, isOver, type Net, newMember, timed, type Work } from "./fit-work.js";
import { InOrder, type Lane, resultsOf, tellIn } from "./in-order.js";
import { checkpointOf } from "./pool-checkpoint.js";
import type { Kept } from "./saved-table.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";
import { tell } from "./tell.js";
import { warnOfTraining } from "./warnings.js";

/** A model whose networks are fitted. */
export interface Filled extends Checkpointed, Kept {
  readonly members: readonly (Checkpointed["members"][number] & Kept["members"][number])[];
  keep(warnings: readonly TableWarning[]): void;
}

/**
 * Fits those that are not yet there.
 * @param members takes them; the first may be there, or those of a checkpoint, the last of which goes on
 */
export async function fitEach<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  settings: Found<E, N>,
  members: N[],
  model: Filled,
): Promise<void> {
  const { options, lane } = work;
  const { signal, resume } = options;
  const { further } = settings;
  const known = members.length;
  const count = countMembers(options, settings, work.columns.width);
  const begin = (m: number, own: Lane | undefined) => {
    // There is a model, whatever ended its fit.
    if (m >= count || (m > 0 && (signal?.aborted || (m >= known && isOver(work))))) return undefined;
    const goesOn = resume !== undefined && m === known - 1;
    if (m >= known || goesOn) return fitOne({ work, settings, members, model, count }, m, goesOn, own);
    return Promise.resolve(members[m]);
  };
  let m = 0;
  if (further) {
    close(work, settings, members, m++, model);
    if (signal?.aborted) return further.end();
    further.feed();
  }
  for await (const net of resultsOf(further ?? new InOrder(lane, begin))) {
    members[m] = net;
    if (!close(work, settings, members, m++, model) || signal?.aborted) break;
  }
}

/** What all of them have in common. */
interface Ensemble<E extends TargetEncoder, N extends Net<E["output"]>> {
  readonly work: Work<E, N>;
  readonly settings: Settings<E>;
  readonly members: N[];
  readonly model: Filled;
  readonly count: number;
}

/** One of them, of whose epochs the caller is told. */
async function fitOne<E extends TargetEncoder, N extends Net<E["output"]>>(
  { work, settings, members, model, count }: Ensemble<E, N>,
  m: number,
  goesOn: boolean,
  lane: Lane | undefined,
): Promise<N> {
  const { budget, options } = work;
  const { onEpoch } = options;
  const net = goesOn ? members[m] : await newMember(work, settings, m);
  const put = () => {
    members[m] = net;
  };
  if (lane) lane.whenOpen(put);
  else put();
  const saved = async () => model.save({ resume: true });
  const told = (epoch: EpochReport<E["output"]>, save: () => Promise<Uint8Array<ArrayBuffer>>) =>
    tellIn(lane, () =>
      onEpoch?.(
        { ...epoch, member: m, members: count, ...(budget && { timeLeft: budget.left }) },
        lane ? () => checkpointOf(model, m, save) : saved,
      ),
    );
  // What is no function the network's fit refuses.
  const further = { onEpoch: (typeof onEpoch === "function" ? told : onEpoch) as FitOptions<E["output"]>["onEpoch"] };
  await timed(work, () => fitMember(work, net, m, settings.targetEncoder, { ...further, resume: goesOn }, lane));
  return net;
}

/** What follows from a network that was fitted, or cut off. @returns whether it stays */
function close<E extends TargetEncoder, N extends Net<E["output"]>>(
  { table, options, budget, lane }: Work<E, N>,
  settings: Found<E, N>,
  members: N[],
  m: number,
  model: Filled,
): boolean {
  const isCut = options.signal?.aborted && (budget === undefined || members[m].history?.stopped === "aborted");
  if (isCut && budget && m === 0 && settings.net) members[0] = settings.net;
  // What was cut off would spoil the answers of those that were not.
  if (m > 0 && isCut) {
    members.length = m;
    return false;
  }
  const warnings = warnOfTraining(members[m].history as History);
  tell(table, options, lane, warnings);
  model.keep(warnings);
  return true;
}
