/** Options are those of the call: what becomes of them afterwards, while rows are read and networks are fitted, changes nothing. */
import { describe, expect, it } from "vitest";
import { Classifier, Regressor } from "../../src/index.js";

const makeRows = () =>
  Array.from({ length: 80 }, (_, i) => ({ a: (i * 37) % 80, b: i % 5, c: i % 4 ? "p" : "q", y: (i * 7) % 31 }));
const makeOptions = () => ({
  target: "y",
  seed: 1,
  ensemble: 1,
  epochs: 2,
  hidden: [5],
  columns: { c: { ordered: ["p", "q"] } } as Record<string, unknown>,
  missing: ["?"] as (string | number)[],
  loss: { quantiles: [0.2, 0.8] },
  dropout: { hidden: 0.1 },
  validation: makeRows().slice(0, 20) as object[],
});
type Options = ReturnType<typeof makeOptions>;

/** Changes as they may come right after the call. */
const CHANGES: [string, (options: Options) => unknown][] = [
  ["the target", (options) => Object.assign(options, { target: "a" })],
  ["sizes of layers", ({ hidden }) => hidden.push(3)],
  ["kinds of columns", ({ columns }) => Object.assign(columns, { a: "text" })],
  ["the values of an order", ({ columns }) => (columns.c as { ordered: string[] }).ordered.reverse()],
  ["markers of missing values", ({ missing }) => missing.push(3)],
  ["levels of quantiles", ({ loss }) => loss.quantiles.splice(0, 1)],
  ["dropout", ({ dropout }) => Object.assign(dropout, { hidden: 0.9 })],
  ["rows to score", ({ validation }) => validation.splice(0, 10)],
  ["all of them", (options) => Object.keys(options).map((name) => Reflect.deleteProperty(options, name))],
];

describe("options that change after the call", () => {
  it.each(CHANGES)("%s: the model is that of the call", async (_, change) => {
    const first = await Regressor.fit(makeRows(), makeOptions() as never);
    const options = makeOptions();
    const fitted = Regressor.fit(makeRows(), options as never);
    change(options);
    expect((await fitted).save()).toEqual(first.save());
  });

  it("weights of labels, and what a search may try, are those of the call", async () => {
    const options = () => ({ ...makeOptions(), target: "c", columns: {}, loss: undefined, classWeights: { p: 2 } });
    const { loss: _, ...own } = options();
    const first = await Classifier.fit(makeRows(), { ...own, classWeights: { p: 2 } } as never);
    const fitted = Classifier.fit(makeRows(), own as never);
    own.classWeights.p = 9;
    expect((await fitted).save()).toEqual(first.save());

    const searchBy = async (change: (space: { hidden: number[][] }, given: Options) => void) => {
      const [space, given] = [{ hidden: [[3], [4]] }, { ...makeOptions(), trials: 2, folds: 2 }];
      const searched = Regressor.search(makeRows(), space, given as never);
      change(space, given);
      return (await searched).model.save();
    };
    const plain = await searchBy(() => {});
    const changed = await searchBy((space, given) => {
      space.hidden[0][0] = 7;
      space.hidden.pop();
      given.columns.a = "text";
    });
    expect(changed).toEqual(plain);
  });

  it("each is read once", async () => {
    const reads = new Map<PropertyKey, number>();
    const options = new Proxy(makeOptions(), {
      get: (given, name) => {
        reads.set(name, (reads.get(name) ?? 0) + 1);
        return Reflect.get(given, name);
      },
    });
    await Regressor.fit(makeRows(), options as never);
    expect([...reads.values()].every((count) => count === 1)).toBe(true);
  });
});
