/** What threads of a pool keep from job to job, on its way there: each thing goes over once. */
import type { Listed } from "../ground/long-list.js";
import type { Cells } from "../table/columns.js";
import type { AskedTable } from "../table/fit-pool.js";
import type { KeepQuestion, Letter, SentTable } from "./messages.js";
import { Outbox, type TextPiece } from "./pieces.js";
import { sliceRows } from "./row-slices.js";

/** What jobs name: cells of a table, further rows, a fitted table with features of rows. */
export type Thing = Cells | Listed<unknown> | AskedTable;

/** The number by which a thing is known: no other has had it. */
export type NumberOf = (thing: Thing) => number;

/** Different texts by their numbers: a vocabulary has them. */
interface Texts {
  readonly size: number;
  text(number: number): string;
}

/** Writes one. */
export function letterOf(call: string, thing: Thing, number: number): Letter {
  if ("columns" in thing) return letterOfCells(call, thing, number);
  if ("bytes" in thing) return letterOfTable(call, thing, number);
  const pieces = sliceRows("validation", thing, { target: undefined, isIgnored: () => false });
  return letter(call, pieces, { kind: "keep", thing: number, made: "rows" });
}

function letter(call: string, pieces: Letter["pieces"], question: KeepQuestion): Letter {
  return { call, pieces, question, check: () => {} };
}

function letterOfCells(call: string, { columns }: Cells, thing: number): Letter {
  const outbox = new Outbox();
  const lists: Texts[] = [];
  const sent = columns.map(({ name, cells }) => {
    if (cells instanceof Float64Array) return { name, numbers: outbox.add(cells), texts: undefined };
    return { name, numbers: outbox.add(cells.numbers), texts: lists.push(cells.vocabulary) - 1 };
  });
  function* pieces() {
    yield* outbox.pieces(call);
    for (const [list, texts] of lists.entries()) yield* textPieces(list, texts);
  }
  return letter(call, pieces(), { kind: "keep", thing, made: { columns: sent } });
}

/** How many texts, or characters of them, make a piece. */
const TEXTS = 4096;
const CHARACTERS = 2 ** 16;

function* textPieces(list: number, vocabulary: Texts): Generator<TextPiece> {
  const { size } = vocabulary;
  for (let i = 0; i < size; ) {
    const texts: string[] = [];
    for (let characters = 0; i < size && texts.length < TEXTS && characters < CHARACTERS; i++) {
      texts.push(vocabulary.text(i));
      characters += texts[texts.length - 1].length;
    }
    yield { kind: "texts", list, texts };
  }
}

function letterOfTable(call: string, { bytes, kind, x, y }: AskedTable, thing: number): Letter {
  const outbox = new Outbox();
  const made: SentTable = { model: kind, bytes: outbox.add(bytes), x: outbox.add(x), y: outbox.add(y) };
  return letter(call, outbox.pieces(call), { kind: "keep", thing, made });
}
