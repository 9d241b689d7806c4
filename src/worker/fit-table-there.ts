/** The fit of a table on another thread. */
import { isWalkable, own } from "../ground/check.js";
import { runThrough } from "../ground/slices.js";
import type { TableOptions } from "../table/options.js";
import { isRow, listNow } from "../table/table-rows.js";
import { converse, type Letter } from "./conversation.js";
import type { TableQuestion } from "./messages.js";
import { pack, packRate, refuseScores } from "./packed.js";
import { Outbox } from "./pieces.js";
import { sliceRows } from "./row-slices.js";

/** A class of models of tables. */
interface Kind {
  fit(rows: readonly object[], options: never): Promise<unknown>;
  load(bytes: Uint8Array): Promise<Pick<TableOptions, "onWarning">>;
}

/** Trains as `kind.fit` does: of several targets too. */
export async function fitTableThere(
  model: TableQuestion["model"],
  kind: Kind,
  rows: readonly object[],
  given: TableOptions,
): Promise<unknown> {
  const list = listNow(rows);
  await check(`${model}.fit`, list, given);
  const { optimizer, signal } = given;
  if (typeof optimizer?.learningRate === "function") packRate(`${model}.fit`, optimizer.learningRate);
  refuseScores(`${model}.fit`, given);
  const end = signal?.aborted ? undefined : await converse(write(model, list, given), given);
  // Aborted before anything began: what fit makes of that.
  if (!end) return kind.fit(list, given as never);
  if (end.failure) throw end.failure.error;
  const fitted = await kind.load(end.answer.bytes as Uint8Array);
  fitted.onWarning = given.onWarning;
  return fitted;
}

/** What is wrong with options is told before there is a thread; with rows, by the thread, which reads them all. */
async function check(call: string, rows: readonly object[], options: TableOptions): Promise<void> {
  // A page that fits networks alone need not carry it.
  const { checkTable } = await import("../table/options.js");
  const target: unknown = options?.target;
  const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
  // Which are columns the thread finds out.
  if (Array.isArray(target) && isRow(first)) return runThrough(checkTable(call, [first], options, ["resume"], false));
  const isUsual = typeof target === "string" && isRow(first) && Object.hasOwn(first, target);
  runThrough(checkTable(call, isUsual ? [first] : rows, options, ["resume"]));
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
