/** The fit of a table on another thread. */
import { isWalkable, own } from "../ground/check.js";
import { rowsNow } from "../table/given-rows.js";
import type { TableOptions } from "../table/options.js";
import { converse, type Letter } from "./conversation.js";
import type { TableQuestion } from "./messages.js";
import { pack, packRate, refuseScores } from "./packed.js";
import { Outbox } from "./pieces.js";
import { sliceRows } from "./row-slices.js";

/** A class of models of tables. */
interface Kind<M extends Pick<TableOptions, "onWarning">, T> {
  fit(rows: readonly object[], options: T): Promise<M>;
  load(bytes: Uint8Array): Promise<M>;
}

/** Trains as `kind.fit` does. */
export async function fitTableThere<M extends Pick<TableOptions, "onWarning">, T>(
  model: TableQuestion["model"],
  kind: Kind<M, T>,
  rows: readonly object[],
  options: T,
): Promise<M> {
  const given = options as TableOptions;
  const list = rowsNow(rows);
  await check(`${model}.fit`, given);
  const { optimizer, signal } = given;
  if (typeof optimizer?.learningRate === "function") packRate(`${model}.fit`, optimizer.learningRate);
  refuseScores(`${model}.fit`, given);
  const end = signal?.aborted ? undefined : await converse(write(model, list, given), given);
  // Aborted before anything began: what fit makes of that.
  if (!end) return kind.fit(list, options);
  if (end.failure) throw end.failure.error;
  const fitted = await kind.load(end.answer.bytes as Uint8Array);
  fitted.onWarning = given.onWarning;
  return fitted;
}

/** What is wrong with options is told before there is a thread; with rows, by the thread, which reads them all. */
async function check(call: string, options: TableOptions): Promise<void> {
  // A page that fits networks alone need not carry it.
  const { checkTableOptions } = await import("../table/options.js");
  checkTableOptions(call, options, ["resume"]);
}

/** All that is sent: copies of the lists, whose rows are read when their turn comes, and the options. */
function write(model: TableQuestion["model"], rows: readonly object[], options: TableOptions): Letter {
  const { onEpoch, onWarning, signal, validation, ...rest } = options;
  const outbox = new Outbox();
  const isList = isWalkable(validation);
  const reading = { target: options.target, isIgnored: ignoredBy(options) };
  const [lists, held] = [rows.slice(), isList ? validation.slice() : []];
  function* pieces() {
    yield* outbox.pieces(`${model}.fit`);
    yield* sliceRows("rows", lists, reading);
    yield* sliceRows("validation", held, reading);
  }
  const packed = pack(
    {
      ...rest,
      // What is no function, no signal and no list is refused by the fit, in its words.
      ...(typeof onEpoch !== "function" && { onEpoch }),
      ...(typeof onWarning !== "function" && { onWarning }),
      ...(typeof signal?.aborted !== "boolean" && { signal }),
      ...(!isList && { validation }),
    },
    (bytes) => outbox.add(bytes),
  );
  const question: TableQuestion = {
    kind: "table",
    model,
    options: packed,
    reports: typeof onEpoch === "function",
    warns: typeof onWarning === "function",
    validates: isList,
  };
  return { call: `${model}.fit`, pieces: pieces(), question, check: () => {} };
}

function ignoredBy({ columns }: TableOptions): (name: string) => boolean {
  if (typeof columns !== "object" || columns === null) return () => false;
  return (name) => own(columns, name) === "ignore";
}
