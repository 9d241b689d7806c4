/** A network whose inputs are known by name, as a model of a table: as the file of one, which is then read as any other. */
import { MLP } from "../model/mlp.js";
import type { Label } from "../table/label.js";

/** A number that a network takes, by the name of the column that it is of: the network's is `(x - mean) / deviation`. */
export interface NamedInput {
  readonly name: string;
  /** Of columns of text: the text of which this number is 1, others being 0. */
  readonly category?: string;
  readonly mean: number;
  readonly deviation: number;
}

/** What the outputs are: labels, or one value, `output * deviation + mean`. */
export interface NamedAnswers {
  readonly target: string;
  readonly labels?: readonly Label[];
  readonly value?: { readonly mean: number; readonly deviation: number };
}

/** What `load` of its class takes in the place of bytes. */
export interface NamedTable {
  readonly kind: "classifier" | "regressor";
  readonly file: Uint8Array;
}

/** The file of a table's model; undefined where none ends or reads as the network does. */
export async function tableOf(
  net: MLP,
  inputs: readonly NamedInput[],
  { target, labels, value }: NamedAnswers,
): Promise<NamedTable | undefined> {
  const isClassifier = labels !== undefined && labels.length > 1 && net.output === "softmax";
  const isRegressor = value !== undefined && net.output === "linear";
  const columns = columnsOf(inputs);
  if (!columns || !(isClassifier || isRegressor)) return undefined;
  const encoder = { missing: [], columns: columns.map(({ places, ...column }) => column) };
  const own = await reordered(
    net,
    columns.flatMap(({ places }) => places),
  );
  // It lies with all that learns from tables.
  const { savedOf, tableFile } = await import("./table-file.js");
  const file = tableFile([savedOf(own)], { encoder, target, ...(isClassifier ? { labels } : { value }) });
  return { kind: isClassifier ? "classifier" : "regressor", file: file as unknown as Uint8Array };
}

/** Texts that a table's column would read as others: blanks around them are cut off. */
const isPlain = (category: string) => category !== "" && category.trim() === category;

/** One number, or texts each once. */
function isReadable(list: readonly NamedInput[]): boolean {
  const categories = list.flatMap(({ category }) => (category === undefined ? [] : [category]));
  if (categories.length === 0) return list.length === 1;
  return categories.length === list.length && new Set(categories).size === list.length && categories.every(isPlain);
}

/** The columns sorted by their names, and where the network has the features of each. */
function columnsOf(inputs: readonly NamedInput[]) {
  const byName = new Map<string, { input: NamedInput; place: number }[]>();
  inputs.forEach((input, place) => {
    const list = byName.get(input.name);
    if (list) list.push({ input, place });
    else byName.set(input.name, [{ input, place }]);
  });
  if (![...byName.values()].every((list) => isReadable(list.map(({ input }) => input)))) return undefined;
  const plain = { hasMissing: false };
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => {
      const [{ input, place }] = list;
      if (input.category === undefined) {
        return { kind: "number", name, mean: input.mean, deviation: input.deviation, ...plain, places: [place] };
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
