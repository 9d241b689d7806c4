/** What src/table/in-turns.ts promises: calls in turns. Loaded when it is first called. */
import type { Dataset } from "../data/dataset.js";
import { type Rows, rowsIn } from "../data/rows.js";
import { sortSlices } from "../ground/sort-slices.js";
import { turn, WORTH_A_LOOK } from "../ground/turn.js";
import { predictSlices, probabilitySlices } from "../model/answer-slices.js";
import type { MLP } from "../model/mlp.js";
import { forwardSlices } from "../net/large-passes.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { Encoder } from "./encoder.js";
import type { Members } from "./members.js";
import { type Scorer, scoreRows } from "./score-rows.js";

type Work = Generator<number, unknown>;
type Predict = (rows: readonly object[], further?: unknown) => unknown;

/** What a fitted table has of it: a {@link TableModel} fits. */
interface Table extends Scorer<unknown> {
  readonly net: MLP;
  readonly ensemble: Members<MLP>;
  readonly encoder: Encoder;
  readSlices(call: string, rows: readonly object[]): Generator<number, Dataset>;
  learnSlices(call: string, data: Dataset, options: unknown): Generator<number, number>;
}

/** Rows answered between two looks at the clock: a millisecond. */
const ANSWERED = 128;

/** Calls a method of a model in turns; nothing else may change the model meanwhile. */
export async function callInTurns(model: object, method: string, rows: unknown, further: unknown): Promise<unknown> {
  if (!("net" in model)) return turn.run(networkWork(model as MLP, method, rows, further));
  const { net } = model as Table;
  const work = tableWork(model as Table, method, rows as object[], further);
  return turn.run(method === "partialFit" ? net.training.stepping(work) : work);
}

function networkWork(net: MLP, method: string, rows: unknown, further: unknown): Work {
  if (method === "predict") return predictSlices(net, rows as Rows);
  if (method === "predictProba") return probabilitySlices(net, rows as Rows, further as Float32Array | undefined);
  return net.scoreSlices(rows as Dataset, forwardSlices);
}

function* tableWork(model: Table, method: string, rows: object[], further: unknown): Work {
  const { encoder, ensemble } = model;
  if (method === "partialFit") {
    yield* checkRowSlices(method, rows);
    const data = yield* model.readSlices(method, rows);
    return yield* model.learnSlices(method, data, further);
  }
  if (method === "evaluate") {
    yield* checkRowSlices(method, rows);
    const x = yield* encoder.encodeSlices(method, rows);
    const answers = yield* probabilitySlices(ensemble, x);
    return yield* scoreRows(model, rows, answers, further, sortSlices);
  }
  const predict = (model as unknown as Record<string, Predict>)[method].bind(model);
  const isOut = method === "predictProba";
  const whole: Predict = isOut ? predict : (part) => predict(part, further);
  return yield* answerRows(whole, rows, isOut ? (further as Float32Array | undefined) : undefined);
}

/** The answers to rows of objects. What is refused is refused by the call without slices, which counts rows from the first. */
function* answerRows(predict: Predict, rows: object[], out: Float32Array | undefined): Work {
  const whole = () => predict(rows, out);
  if (rowsIn(rows) === undefined || rows.length <= ANSWERED) return whole();
  const width = out === undefined ? 0 : out.length / rows.length;
  if (out !== undefined && !(out instanceof Float32Array && Number.isInteger(width))) return whole();
  const answers: unknown[] = [];
  for (let from = 0; from < rows.length; from += ANSWERED) {
    const to = Math.min(from + ANSWERED, rows.length);
    try {
      const part = predict(rows.slice(from, to), out?.subarray(from * width, to * width));
      if (!out) for (const answer of part as unknown[]) answers.push(answer);
    } catch (error) {
      whole();
      throw error;
    }
    yield WORTH_A_LOOK;
  }
  return out ?? answers;
}
