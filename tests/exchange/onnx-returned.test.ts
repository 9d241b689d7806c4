/** What `toOnnx` wrote of models of tables comes back by `fromOnnx`, and answers as the model does, to the bit. */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { ExportableTable } from "../../src/exchange/exported-model.js";
import { ModelSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { Random } from "../../src/ground/random.js";
import { Classifier, MLP, type Output, Regressor } from "../../src/index.js";
import { ACTIVATIONS, type Activation } from "../../src/net/activations.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { readEncoder } from "../../src/table/saved-encoder.js";

type Row = Record<string, unknown>;

const TOWNS = ["Bern", "Zürich", "東京", "Ω", "never", "Rome", "12"];
const SIZES = ["small", "medium", "large"];

/** Rows of columns of all kinds, any value missing. */
function drawRows(count: number, random: Random): Row[] {
  const maybe = (value: unknown) => (random.below(5) === 0 ? undefined : value);
  return Array.from({ length: count }, (_, r) => ({
    age: maybe(20 + 50 * random.uniform()),
    at: maybe(new Date(Date.UTC(2020, 0, 1, random.below(9000)))),
    count: random.below(3) === 0 ? 4 : undefined,
    id: `row ${r}`,
    member: maybe(random.below(2) === 1),
    same: 1,
    size: maybe(SIZES[random.below(3)]),
    some: maybe(["x", "none", "none", "y"][random.below(4)]),
    town: maybe(TOWNS[random.below(TOWNS.length)]),
    word: random.below(3) === 0 ? "there" : undefined,
    yes: random.below(3) === 0 ? true : undefined,
  }));
}

const score = ({ age, town, member }: Row) =>
  Number(age ?? 30) / 60 + TOWNS.indexOf(String(town)) / 5 + Number(member ?? 0);

const OPTIONS = {
  epochs: 2,
  batchSize: 16,
  maxCategories: 4,
  missing: ["none"],
  columns: { size: { ordered: SIZES } },
} as const;

const LABELS: readonly ((value: number) => unknown)[] = [
  (value) => `label ${Math.floor(value)}`,
  (value) => Math.floor(2 * value),
  (value) => value > 1,
  (value) => ["a", "b", "c"].slice(0, 1 + (Math.floor(3 * value) % 3)),
];
const LOSSES = ["squared", "absolute", "huber", "poisson"] as const;

async function drawModel(random: Random): Promise<{ model: Classifier | Regressor; rows: Row[]; opset: number }> {
  const rows = drawRows(60, random);
  const opset = 13 + random.below(14);
  const hidden = [[], [5], [6, 4]][random.below(3)];
  const activation = hidden.map((): Activation => {
    const kind = random.below(6);
    if (kind === 0) return { "leaky-relu": 0.2 };
    return kind === 1 ? { elu: 1.5 } : ACTIVATIONS[random.below(ACTIVATIONS.length)];
  });
  const shared = { ...OPTIONS, target: "target", hidden, activation, ensemble: 1 + random.below(3) };
  const options = { ...shared, seed: 1 + random.below(1000) } as never;
  const labelOf = LABELS[random.below(5)];
  const fitted = (target: (value: number) => unknown) => rows.map((row) => ({ ...row, target: target(score(row)) }));
  if (labelOf) return { model: (await Classifier.fit(fitted(labelOf), options)) as unknown as Classifier, rows, opset };
  const loss = LOSSES[random.below(4)];
  const transform = loss === "poisson" ? {} : { transform: (["none", "log"] as const)[random.below(2)] };
  const target = loss === "poisson" ? (value: number) => Math.floor(3 * value) : (value: number) => 50 + 7 * value;
  const model = await Regressor.fit(fitted(target), { ...(options as object), loss, ...transform } as never);
  return { model: model as unknown as Regressor, rows, opset };
}

/** Answers to rows, without the names of labels. */
const answersOf = (model: Classifier | Regressor, rows: Row[]) =>
  model instanceof Classifier
    ? rows.map((row) => Object.values(model.predictProba(row as never)))
    : [...(model.predict(rows as never) as unknown as number[])];

describe("models of tables, drawn at random", () => {
  const COUNT = 60;
  it(`${COUNT}: all come back, networks and columns`, async () => {
    const random = new Random(5);
    const kinds = new Set<string>();
    for (let n = 0; n < COUNT; n++) {
      const { model, rows, opset } = await drawModel(random);
      const bytes = toOnnx(model, { opset });
      const { model: again, net, labels, scaling, inputs } = await fromOnnx(bytes);
      const title = `${n}: ${model.summary()}`;
      expect(again?.constructor, title).toBe(model.constructor);
      expect(again?.members.length, title).toBe(model.members.length);
      expect(net, title).toBe(again?.net);
      expect([scaling, inputs], title).toEqual([undefined, undefined]);
      expect(answersOf(again as Classifier, rows), title).toEqual(answersOf(model, rows));
      const isSet = model.saved().kind === "multi-label classifier";
      if (model instanceof Classifier && !isSet) {
        expect(labels, title).toEqual(model.labels);
        expect((again as Classifier).predict(rows as never), title).toEqual(model.predict(rows as never));
      } else expect(labels, title).toBeUndefined();
      // What is not in the file is asked for no more: it is written as it was.
      expect(Buffer.compare(toOnnx(again as Classifier, { opset }), bytes), title).toBe(0);
      for (const { kind } of again?.columns ?? []) kinds.add(kind);
      kinds.add(`${model.saved().kind}`);
    }
    const tables = ["classifier", "multi-label classifier", "regressor"];
    expect([...kinds].sort()).toEqual(["boolean", "date", ...tables, "number", "present", "text"].sort());
  }, 60_000);

  it("come back from what is saved of what came back, and learn on", async () => {
    const { model, rows } = await drawModel(new Random(8));
    const { model: again } = await fromOnnx(toOnnx(model));
    const Kind = model.constructor as typeof Classifier;
    const loaded = await Kind.load((again as Classifier).save());
    expect(answersOf(loaded, rows)).toEqual(answersOf(model, rows));
    expect(loaded.summary()).toContain("columns");
  });

  it("what `missing` named comes back where no column of text tells, and from older files where one does", async () => {
    const random = new Random(6);
    const numbers = Array.from({ length: 60 }, (_, r) => ({
      a: r % 7 === 0 ? -999 : 100 * random.uniform(),
      b: r % 5 === 0 ? "gone" : random.below(2) === 1,
      t: ["x", "y", "gone"][r % 3],
    }));
    for (const columns of [
      ["a", "b"],
      ["a", "b", "t"],
    ] as const) {
      const rows: Row[] = numbers.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]])));
      const target = (_: Row, r: number) => ({ target: Number(numbers[r].a) / 7 + r });
      const fitted = rows.map((row, r) => ({ ...row, ...target(row, r) }));
      const options = { ...OPTIONS, columns: {}, target: "target", missing: ["-999", "gone"], hidden: [3] };
      const model = (await Regressor.fit(fitted, options as never)) as unknown as Regressor;
      const bytes = toOnnx(model);
      const { model: again } = await fromOnnx(bytes);
      expect(answersOf(again as Regressor, rows)).toEqual(answersOf(model, rows));
      const changed = fromBinary(ModelSchema, bytes);
      for (const [doc, wanted] of [
        ["", columns.length > 2],
        ["a model", /^fromOnnx: the file must list what `missing` named in its doc_string, got others\.$/],
        [
          '{"missing":[1]}',
          /^fromOnnx: the file must [^\n]*(a list of the texts of missing values|one that was changed since)/,
        ],
      ] as const) {
        changed.docString = new TextEncoder().encode(doc);
        const read = fromOnnx(toBinary(ModelSchema, changed));
        if (wanted instanceof RegExp) await expect(read).rejects.toThrow(wanted);
        else {
          const older = (await read).model as Regressor;
          const row = [{ a: -999, b: true, t: "x" }];
          expect(older.predict(row as never)[0] === model.predict(row as never)[0]).toBe(wanted);
        }
      }
    }
  });

  it("normalised layers come back", async () => {
    for (const normalization of ["batch", "layer"] as const) {
      for (const opset of [13, 20]) {
        const { model, bytes } = await normalised(normalization, opset);
        const { net } = await fromOnnx(bytes);
        expect(net.design.normalization).toBe(normalization);
        expect(net.parameters()).toEqual(model.members[0].parameters());
      }
    }
  });
});

/** A model of columns as older files have them: from the mean, bounded. */
async function normalised(normalization: "batch" | "layer", opset: number) {
  const encoder = readEncoder("load", {
    missing: ["?"],
    columns: [
      { kind: "number", name: "n", mean: 3, deviation: 2, bound: 8, hasMissing: true, missingShare: 0.25 },
      { kind: "number", name: "o", mean: 3, deviation: 2, hasMissing: false },
      { kind: "text", name: "t", categories: ["a", "b"], hasOther: true, hasMissing: true, textOnly: true },
    ],
  });
  const net = await MLP.create<Output>({ layers: [encoder.width, 4, 4, 1], output: "linear", normalization, seed: 3 });
  const code = { mean: 1, deviation: 2 };
  const saved = () => ({ kind: "regressor", target: "y", encoder: encoder.toJSON(), code });
  const model: ExportableTable = { members: [net], columns: encoder.columns, saved };
  return { model, bytes: toOnnx(model, { opset }) };
}

/** Another name for a value, wherever it stands. */
function rename(graph: { node: { input: string[]; output: string[] }[] }, from: string, to: string): void {
  const other = (name: string) => (name === from ? to : name);
  for (const node of graph.node) {
    node.input = node.input.map(other);
    node.output = node.output.map(other);
  }
}

describe("what cannot come back", () => {
  const rows = drawRows(40, new Random(3)).map((row) => ({ ...row, target: score(row) }));

  it("quantiles are refused: their levels are not in the file", async () => {
    const loss = { quantiles: [0.1, 0.9] };
    const model: Regressor = await Regressor.fit(rows, { ...OPTIONS, target: "target", hidden: [3], loss });
    await expect(fromOnnx(toOnnx(model))).rejects.toThrow(
      "fromOnnx: the file must tell the levels of its quantiles, got 2 quantiles of unknown levels; load what save wrote of the Regressor instead.",
    );
  });

  it("control: a file that was changed is not taken for what it was", async () => {
    const model: Regressor = await Regressor.fit(rows, { ...OPTIONS, target: "target", hidden: [3] });
    const bytes = toOnnx(model);
    const file = () => fromBinary(ModelSchema, bytes);
    const outcome = async (change: (graph: NonNullable<ReturnType<typeof file>["graph"]>) => void) => {
      const changed = file();
      change(changed.graph as never);
      return fromOnnx(toBinary(ModelSchema, changed)).then(
        ({ model: again }) => answersOf(again as Regressor, rows).join() === answersOf(model, rows).join(),
        (error: Error) => error.message,
      );
    };
    expect(await outcome(() => {})).toBe(true);
    // Names of what is between have no say.
    expect(await outcome((graph) => rename(graph, "0.sums", "elsewhere"))).toBe(true);
    const weights = await outcome((graph) => {
      const tensor = graph.initializer.find(({ name }) => name === "0.weight");
      tensor!.rawData = tensor!.rawData!.map((byte, i) => (i === 2 ? byte ^ 64 : byte));
    });
    expect(weights).toBe(false);
    const refused =
      /^fromOnnx: the file must be what toOnnx wrote of a table's model, got one that was changed since, or is of another version; load what save wrote of the model instead\.$/;
    expect(await outcome((graph) => graph.node.splice(2, 1))).toMatch(refused);
    expect(await outcome((graph) => (graph.node[0].opType = "IsInf"))).toMatch(refused);
    expect(await outcome((graph) => graph.node.push({ ...graph.node[0], output: ["more"] } as never))).toMatch(refused);
  });
});
