/** The fit of a table on another thread. */
import { isWalkable } from "../ground/check.js";
import type { Listed } from "../ground/long-list.js";
import { turn } from "../ground/turn.js";
import { ignoredBy, optionsNow, rowsNow, type TableRows } from "../table/given-rows.js";
import type { TableOptions } from "../table/options.js";
import type { StoredRows } from "../table/stored-rows.js";
import { isRow } from "../table/table-rows.js";
import type { RowList } from "../table/table-source.js";
import { converse } from "./conversation.js";
import type { Letter, TableQuestion } from "./messages.js";
import { pack, packRate, refuseScores } from "./packed.js";
import { Outbox } from "./pieces.js";
import { sliceRows } from "./row-slices.js";

/** A class of models of tables. */
interface Kind {
  fit(rows: TableRows, options: never): Promise<unknown>;
  load(bytes: Uint8Array): Promise<Pick<TableOptions, "onWarning">>;
}

/** Trains as `kind.fit` does: of several targets too. */
export async function fitTableThere(
  model: TableQuestion["model"],
  kind: Kind,
  rows: TableRows,
  options: TableOptions,
): Promise<unknown> {
  const call = `${model}.fit`;
  const given = optionsNow(options);
  refusePool(call, given);
  const [now, others] = [rowsNow(rows), rowsNow(given?.validation)];
  const list = await open(call, now, given);
  const held = await openOthers(call, others, given);
  const { optimizer, signal } = given;
  if (typeof optimizer?.learningRate === "function") packRate(`${model}.fit`, optimizer.learningRate);
  refuseScores(`${model}.fit`, given);
  const weights = await weightBytes(call, list.length, given);
  const end = signal?.aborted ? undefined : await converse(write(model, list, held, given, weights), given);
  // Aborted before anything began: what fit makes of that.
  if (!end) return kind.fit(list as TableRows, { ...given, ...(held && { validation: held }) } as never);
  if (end.failure) throw end.failure.error;
  const fitted = await kind.load(end.answer.bytes as Uint8Array);
  fitted.onWarning = given.onWarning;
  return fitted;
}

function refusePool(call: string, options: TableOptions): void {
  if (options?.pool === undefined) return;
  throw new TypeError(
    `${call}: pool must be left out in a worker, got one. Use fit with the pool, or fitInWorker without.`,
  );
}

/**
 * What is wrong with options is told before there is a thread; with rows of an array, by the thread, which reads them all. What is no
 * array is read here, in turns.
 */
async function open(call: string, rows: TableRows, options: TableOptions): Promise<Listed<object>> {
  // A page that fits networks alone need not carry it.
  const { checkTableOptions, checkTarget } = await import("../table/options.js");
  const target: unknown = options?.target;
  // Of several targets the thread finds out whether they are names.
  checkTableOptions(call, options, ["resume"], !Array.isArray(target));
  const first: unknown = Array.isArray(rows) ? rows[0] : undefined;
  const names = [target].flat().filter((name) => typeof name === "string");
  const isUsual = isRow(first) && (Array.isArray(target) || Object.hasOwn(first, target as string));
  if (isWalkable(rows) && isUsual) return rows as object[];
  const read = await readHere(call, rows, options);
  for (const name of names) await turn.run(checkTarget(call, read, name));
  return Array.isArray(rows) ? rows : (read as StoredRows);
}

/** Rows to score that are no share: a list; undefined for anything else, which the fit refuses in its words. */
async function openOthers(call: string, given: unknown, options: TableOptions): Promise<Listed<unknown> | undefined> {
  if (isWalkable(given)) return given;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  return (await readHere(`${call}, validation`, given, options)) as StoredRows;
}

/** Rows as they can be sent. */
async function readHere(call: string, rows: unknown, options: TableOptions): Promise<RowList | StoredRows> {
  const { readRows } = await import("../table/read-rows.js");
  const { readingOf } = await import("../table/stored-rows.js");
  return readRows(call, rows, { ...readingOf(options), isKept: true }, options.signal);
}

/**
 * Weights as they travel, if they are a list: what is wrong with it is told here, in the words of the fit.
 * @throws TypeError, RangeError naming the row
 */
async function weightBytes(call: string, length: number, { weights }: TableOptions): Promise<Uint8Array | undefined> {
  if (typeof weights !== "object") return undefined;
  const { readWeights } = await import("../table/row-weights.js");
  const { RowList } = await import("../table/table-source.js");
  const own = await turn.run(readWeights(call, new RowList(new Array(length)), weights));
  return own && new Uint8Array(own.given.buffer);
}

/** All that is sent: lists of this fit alone, whose rows are read when their turn comes, and the options. */
function write(
  model: TableQuestion["model"],
  rows: Listed<unknown>,
  others: Listed<unknown> | undefined,
  options: TableOptions,
  weights: Uint8Array | undefined,
): Letter {
  const { onEpoch, onWarning, signal, validation, ...rest } = options;
  const outbox = new Outbox();
  const isList = others !== undefined;
  const reading = { target: options.target, isIgnored: ignoredBy(options) };
  function* pieces() {
    yield* outbox.pieces(`${model}.fit`);
    yield* sliceRows("rows", rows, reading);
    yield* sliceRows("validation", others ?? [], reading);
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
