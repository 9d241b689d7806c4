/** Jobs of a pool, over there: things that are kept, and what is done with them. */
import { turn } from "../ground/turn.js";
import type { MLP } from "../model/mlp.js";
import type { Cells } from "../table/columns.js";
import { Encoder, type EncoderData } from "../table/encoder.js";
import { type ShuffledModel, shuffledScore } from "../table/importance.js";
import { FeatureRooms, featuresOfRows } from "../table/made-features.js";
import { fitTask } from "../table/network-task.js";
import type { Vocabulary } from "../table/vocabulary.js";
import type { FitOptions } from "../train/fit-plan.js";
import { rateFrom } from "../train/recipes.js";
import type { KeepQuestion, SentCells, SentTable, SentTaskRows, ShuffleQuestion, TaskQuestion } from "./messages.js";
import { unpack } from "./packed.js";
import type { Inbox } from "./pieces.js";

/** A fitted table with features of rows, and a copy of these to be shuffled. */
interface Asked {
  readonly model: ShuffledModel;
  readonly x: Float32Array;
  readonly copy: Float32Array;
  readonly y: Float32Array;
}

export class KeptThings {
  private readonly things = new Map<number, FeatureRooms | readonly object[] | Asked>();

  constructor(
    private readonly inbox: Inbox,
    private readonly load: (model: SentTable["model"], bytes: Uint8Array) => Promise<ShuffledModel>,
  ) {}

  /** @param rows those that have gone ahead */
  async keep({ thing, made }: KeepQuestion, rows: readonly object[]): Promise<void> {
    if (made === "rows") this.things.set(thing, rows);
    else if ("columns" in made) this.things.set(thing, new FeatureRooms(this.cellsOf(made)));
    else this.things.set(thing, await this.askedOf(made));
  }

  drop(things: readonly number[]): void {
    for (const thing of things) this.things.delete(thing);
  }

  /** What makes features of cells needs no more of them than this. */
  private cellsOf({ columns }: SentCells): Cells {
    const { inbox } = this;
    const own = columns.map(({ name, numbers, texts }) => {
      if (texts === undefined) return { name, cells: inbox.take<Float64Array>(numbers) };
      const list = inbox.takeTexts(texts);
      const vocabulary: Pick<Vocabulary, "text"> = { text: (number) => list.at(number) };
      return { name, cells: { numbers: inbox.take<Uint32Array>(numbers), vocabulary } };
    });
    return { columns: own } as unknown as Cells;
  }

  private async askedOf({ model, bytes, x: features, y }: SentTable): Promise<Asked> {
    const { inbox } = this;
    const x = inbox.take<Float32Array>(features);
    const own = { x, copy: x.slice(), y: inbox.take<Float32Array>(y) };
    return { ...own, model: await this.load(model, inbox.take(bytes)) };
  }

  /**
   * Fits a network.
   * @returns a checkpoint as of its last epoch, if it has reported
   */
  async fit(
    net: MLP,
    question: TaskQuestion,
    told: Pick<FitOptions, "signal" | "onEpoch">,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { inbox, things } = this;
    const { call, cells, others } = question;
    const rooms = things.get(cells) as FeatureRooms;
    const data = question.encoder as EncoderData;
    const encoder = new Encoder(data.columns, new Set(data.missing), data.strictTarget);
    const options = unpack(question.options, { take: (number) => inbox.take(number), rateFrom }) as FitOptions;
    const rowsOf = ({ rows, rowNumbers, y, weights }: SentTaskRows) => ({
      rows,
      rowNumbers: rowNumbers === undefined ? undefined : inbox.take<Uint32Array>(rowNumbers),
      y: inbox.take<Float32Array>(y),
      weights: weights === undefined ? undefined : inbox.take<Float32Array>(weights),
    });
    const task = {
      train: rowsOf(question.train),
      held: question.held && rowsOf(question.held),
      options: { ...told, ...options },
    };
    let checkpoint: Uint8Array<ArrayBuffer> | undefined;
    await fitTask(
      net,
      task,
      async (rowNumbers, purpose) =>
        rowNumbers
          ? rooms.encode(call, encoder, rowNumbers, purpose)
          : turn.run(featuresOfRows(call, encoder, things.get(others as number) as readonly object[])),
      () => {
        if (question.reports) checkpoint = net.save({ resume: true });
      },
    );
    return checkpoint;
  }

  /** Scores a model when a column holds its values in another order. */
  async shuffle({ table, column, order }: ShuffleQuestion): Promise<number> {
    const { model, x, y, copy } = this.things.get(table) as Asked;
    return turn.run(shuffledScore(model, y, x, copy, column, this.inbox.take(order)));
  }
}
