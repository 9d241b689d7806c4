/** What first networks of a few kinds say: of which kind all are to be. */
import { chooseSettings, countMembers, NARROW, type Settings, sizesFor } from "./choose-settings.js";
import { answerHeld, type Found, fitMember, isOver, type Net, newMember, timed, type Work } from "./fit-work.js";
import { InOrder, type Lane } from "./in-order.js";
import type { TargetEncoder } from "./target-encoder.js";

/** Nothing is tried where there is nothing to tell them apart by. */
export async function settingsFor<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  targetEncoders: readonly E[],
): Promise<Found<E, N>> {
  const { lane, options, columns, rowNumbers } = work;
  const { hidden, signal } = options;
  const isWatched = work.share > 0 || work.others !== undefined;
  if (!isWatched) return { hidden: hidden ?? NARROW, targetEncoder: targetEncoders[0] };
  const plain = { hidden: hidden ?? sizesFor(rowNumbers.length), targetEncoder: targetEncoders[0] };
  const fly = async (settings: Settings<E>, own = lane) => {
    const net = await newMember(work, settings, 0);
    await timed(work, () => fitMember(work, net, 0, settings.targetEncoder, {}, own));
    return { net, held: await answerHeld(work, net, 0) };
  };
  // All forms of targets are tried in any case.
  const forms = targetEncoders.length > 1 ? targetEncoders : [];
  const flights = new InOrder(lane, (i, own) =>
    i < forms.length && (i === 0 || !signal?.aborted) ? fly({ ...plain, targetEncoder: forms[i] }, own) : undefined,
  );
  const further = guessFurther(work, targetEncoders.length, plain);
  const flyNext = async (settings: Settings<E>) => (await flights.next())?.value ?? fly(settings);
  const table = { rows: rowNumbers.length, features: columns.width };
  let found: Found<E, N> | undefined;
  try {
    found = await chooseSettings(hidden, table, targetEncoders, flyNext, signal);
  } finally {
    flights.end();
    if (found?.hidden !== plain.hidden || !found.net) further?.end();
  }
  return found.hidden === plain.hidden && found.net ? { ...found, further } : found;
}

/**
 * On a pool: the networks after the first, before it is known whether the first is of their kind. Nobody is told of these, and they are
 * taken if it is.
 */
function guessFurther<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  forms: number,
  settings: Settings<E>,
): InOrder<N> | undefined {
  const { lane, options, columns } = work;
  const isOpen = forms === 1 && options.hidden === undefined;
  if (!lane || !isOpen || options.onEpoch !== undefined) return undefined;
  const count = countMembers(options, settings, columns.width);
  const begin = (i: number, own: Lane | undefined) =>
    i + 1 < count && !isOver(work) ? fitNew(work, settings, i + 1, own) : undefined;
  return new InOrder(lane, begin, true);
}

/** A network of the ensemble that is fitted from its beginning. */
async function fitNew<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  settings: Settings<E>,
  m: number,
  lane: Lane | undefined,
): Promise<N> {
  const net = await newMember(work, settings, m);
  await timed(work, () => fitMember(work, net, m, settings.targetEncoder, {}, lane));
  return net;
}
