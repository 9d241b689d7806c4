/** The fit of a table on another thread. */
import { isWalkable, own } from "../ground/check.js";
import { runThrough, turn } from "../ground/turn.js";
import type { TableOptions } from "../table/options.js";
import { readWeights } from "../table/row-weights.js";
import { isRow, listNow, weightsNow } from "../table/table-rows.js";
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
  const list = listNow(rows);
  const now = weightsNow(options);
  const given = now as TableOptions;
  await check(`${model}.fit`, list, given);
  const { optimizer, signal } = given;
  if (typeof optimizer?.learningRate === "function") packRate(`${model}.fit`, optimizer.learningRate);
  refuseScores(`${model}.fit`, given);
  const weights = await weightBytes(`${model}.fit`, list, given);
  const end = signal?.aborted ? undefined : await converse(write(model, list, given, weights), given);
  // Aborted before anything began: what fit makes of that.
  if (!end) return kind.fit(list, now);
  if (end.failure) throw end.failure.error;
  const fitted = await kind.load(end.answer.bytes as Uint8Array);
  fitted.onWarning = given.onWarning;
  return fitted;
}

/** What is wrong with options is told before there is a thread; with rows, by the thread, which reads them all. */
async function check(call: string, rows: readonly object[], options: TableOptions): Promise<void> {
  // A page that fits networks alone need not carry it.
  const { checkTable } = await import("../table/options.js");
  const target = options?.target;
  const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
  const isUsual = typeof target === "string" && isRow(first) && Object.hasOwn(first, target);
  runThrough(checkTable(call, isUsual ? [first] : rows, options, ["resume"]));
}

/** All that is sent: copies of the lists, whose rows are read when their turn comes, and the options. */
function write(
  model: TableQuestion["model"],
  rows: readonly object[],
  options: TableOptions,
  weights: Uint8Array | undefined,
): Letter {
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
      ...(weights && { weights }),
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
    weighs: weights !== undefined,
  };
  return { call: `${model}.fit`, pieces: pieces(), question, check: () => {} };
}

/**
 * Weights as they travel, if they are a list: what is wrong with it is told here, in the words of the fit.
 * @throws TypeError, RangeError naming the row
 */
async function weightBytes(
  call: string,
  rows: readonly object[],
  { weights }: TableOptions,
): Promise<Uint8Array | undefined> {
  if (typeof weights !== "object") return undefined;
  const own = await turn.run(readWeights(call, rows, weights));
  return own && new Uint8Array(own.given.buffer);
}

function ignoredBy({ columns, weights }: TableOptions): (name: string) => boolean {
  if (typeof columns !== "object" || columns === null) return () => false;
  return (name) => name !== weights && own(columns, name) === "ignore";
}
