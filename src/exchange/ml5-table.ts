/** A network whose inputs are known by name, as a model of a table: as the file of one, which the library reads as any other. */
import type { SavedModel } from "../file/write-model.js";
import { encodeTable } from "../file/write-tables.js";
import { MLP } from "../model/mlp.js";

/** A number of a row or of an answer: by the name of what it is. */
export interface Ml5Range {
  readonly name: string;
  /** Of inputs that are texts: the text of which this number is 1, others being 0. */
  readonly category?: string;
  /** What is 0 here, and what is 1. */
  readonly min: number;
  readonly max: number;
}

/** What the outputs are: labels, or values. */
export interface Ml5Answers {
  readonly target: string;
  readonly labels?: readonly string[];
  readonly ranges?: readonly Ml5Range[];
}

/** The file of a table's model; undefined where none ends or reads as the network does. */
export async function tableOf(
  call: string,
  net: MLP,
  inputs: readonly Ml5Range[],
  { target, labels, ranges }: Ml5Answers,
): Promise<{ kind: "classifier" | "regressor"; bytes: Uint8Array } | undefined> {
  const isClassifier = labels !== undefined && labels.length > 1 && net.output === "softmax";
  const [range] = ranges ?? [];
  const isRegressor = ranges?.length === 1 && net.output === "linear";
  const columns = columnsOf(inputs);
  if (!columns || columns.some(({ name }) => name === target) || !(isClassifier || isRegressor)) return undefined;
  const code = isClassifier ? labels : { mean: range.min, deviation: range.max - range.min };
  const encoder = { missing: [], columns: columns.map(({ places, ...column }) => column) };
  const own = await reordered(
    net,
    columns.flatMap(({ places }) => places),
  );
  const history: SavedModel["history"] = { epochs: [], steps: 0, stopped: "done" };
  const kind = isClassifier ? "classifier" : "regressor";
  const table = { kind, target, encoder, code, warnings: [] } as const;
  const bytes = encodeTable({ design: own.design, ...own.training.save(call, false), history, table });
  return { kind, bytes };
}

/** Texts that a table's column would read as others: blanks around them are cut off. */
const isPlain = (category: string) => category !== "" && category.trim() === category;

/** The columns sorted by their names, and where the network has the features of each. */
function columnsOf(inputs: readonly Ml5Range[]) {
  const byName = new Map<string, { input: Ml5Range; place: number }[]>();
  inputs.forEach((input, place) => {
    byName.set(input.name, [...(byName.get(input.name) ?? []), { input, place }]);
  });
  const isReadable = inputs.every(({ category }) => category === undefined || isPlain(category));
  if (!isReadable) return undefined;
  const plain = { hasMissing: false };
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => {
      const [{ input, place }] = list;
      if (input.category === undefined) {
        return { kind: "number", name, mean: input.min, deviation: input.max - input.min, ...plain, places: [place] };
      }
      const sorted = list
        .map((each) => ({ category: each.input.category as string, place: each.place }))
        .sort((a, b) => (a.category < b.category ? -1 : 1));
      const categories = sorted.map(({ category }) => category);
      const places = sorted.map((each) => each.place);
      return { kind: "text", name, categories, hasOther: false, ...plain, textOnly: false, places };
    });
}

/** The same network of inputs in another order. */
async function reordered(net: MLP, places: readonly number[]): Promise<MLP> {
  const own = await MLP.load(net.save());
  const [first, ...rest] = net.parameters();
  const { outputs } = first;
  const weights = new Float32Array(first.weights.length);
  places.forEach((place, i) => {
    weights.set(first.weights.subarray(place * outputs, (place + 1) * outputs), i * outputs);
  });
  own.setParameters([{ weights, biases: first.biases }, ...rest]);
  return own as MLP;
}
