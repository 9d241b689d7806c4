/** Several targets, and several labels a row, of rows in any form, that count differently, in a time. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type MultiLabelClassifier, type MultiTargetRegressor, Regressor } from "../../src/index.js";
import type { TableRows } from "../../src/table/given-rows.js";

const random = new Random(77);
const rows = Array.from({ length: 120 }, () => {
  const [size, town] = [random.normal(), random.below(2) === 0 ? "Ulm" : "Bern"];
  const [price, days] = [5 * size + (town === "Ulm" ? 3 : 0) + random.normal(), 40 + 9 * size + random.normal()];
  const tags = [...(size > 0.3 ? ["large"] : []), ...(town === "Bern" ? ["far"] : []), ...(price > 2 ? ["dear"] : [])];
  return { size, town, price, days, tags, count: random.below(3) };
});
const measured = rows.map(({ tags, ...row }) => row);
const without = (name: "price" | "days") => measured.map((row) => ({ ...row, [name]: undefined }));
const held = measured.slice(0, 30);
const short = { epochs: 4, hidden: [6], ensemble: 2, seed: 5 } as const;

function* walked<T>(list: readonly T[]): Generator<T> {
  yield* list;
}
async function* streamed<T>(list: readonly T[]): AsyncGenerator<T> {
  yield* list;
}
const columnsOf = (list: readonly object[]) =>
  Object.fromEntries(Object.keys(list[0]).map((name) => [name, list.map((row) => Object(row)[name])]));
const FORMS: Record<string, (list: readonly object[]) => TableRows> = {
  "an array": (list) => list,
  "a generator": walked,
  "a stream": streamed,
  columns: columnsOf,
};

describe("several targets of rows that count differently", () => {
  it.each(Object.keys(FORMS))("have each the model of a fit to it alone: the rows as %s", async (name) => {
    const form = FORMS[name];
    for (const weights of ["count", measured.map(({ count }) => count)] as const) {
      const ignored = { count: "ignore" } as const;
      const columns = typeof weights === "string" ? undefined : ignored;
      for (const validation of [undefined, held]) {
        const options = { ...short, weights, columns };
        const both = await Regressor.fit(form(measured), {
          ...options,
          target: ["price", "days"],
          ...(validation && { validation: form(validation) }),
        });
        for (const [target, other] of [
          ["price", "days"],
          ["days", "price"],
        ] as const) {
          const alone = await Regressor.fit(measured, {
            ...options,
            target,
            columns: { ...columns, [other]: "ignore" },
            ...(validation && { validation }),
          });
          const { models } = both;
          expect(models[target].predict(held)).toEqual(alone.predict(held));
          expect(models[target].held).toEqual(alone.held);
          expect(both.evaluate(measured, { weights: "count" })[target]).toEqual(
            alone.evaluate(measured, { weights: "count" }),
          );
        }
      }
    }
  });

  it("have no weights among their columns, and none of them is a target", async () => {
    const model = await Regressor.fit(measured, { ...short, target: ["price", "days"], weights: "count" });
    expect(model.models.price.columns.find(({ name }) => name === "count")).toMatchObject({ kind: "ignore" });
    const own = { ...short, target: ["price", "count"], weights: "count" };
    await expect(Regressor.fit(measured, own)).rejects.toThrow(
      'Regressor.fit: weights must be another column than the target, got "count".',
    );
  });

  it("are named with the row that lacks one, of columns too", async () => {
    for (const form of Object.values(FORMS)) {
      const fit = Regressor.fit(form(without("days")), { ...short, target: ["price", "days"] });
      await expect(fit).rejects.toThrow('each row must hold its target "days", got undefined at row 0');
      const validation = form(without("days").slice(0, 9));
      const watched = Regressor.fit(form(measured), { ...short, target: ["price", "days"], validation });
      await expect(watched).rejects.toThrow('validation: each row must hold its target "days", got undefined at row 0');
    }
  });

  it("have other losses, and come back from a file with them", async () => {
    const options = { ...short, target: ["price", "days"], loss: { quantiles: [0.2, 0.8] } } as const;
    const model = await Regressor.fit(measured, options);
    const again = await Regressor.load<MultiTargetRegressor<"price" | "days", Regressor>>(model.save());
    for (const own of [model, again]) {
      expect(own.quantiles).toEqual({ price: [0.2, 0.8], days: [0.2, 0.8] });
      const { price, days } = own.predictQuantiles(held[0]);
      expect(price).toEqual(model.models.price.predictQuantiles(held[0]));
      expect(own.predictQuantiles(held)[0]).toEqual({ price, days });
    }
    expect(again.predictInterval(held[0])).toEqual(model.predictInterval(held[0]));
  });

  it("share a time: each has an even share of what is left", async () => {
    const seconds = 100;
    const left: Record<string, number> = { price: 0, days: 0 };
    const model = await Regressor.fit(measured, {
      ...short,
      target: ["price", "days"],
      time: seconds,
      onEpoch: ({ target, timeLeft = Number.NaN }) => {
        left[target] = Math.max(left[target], timeLeft);
      },
    });
    expect(left.price).toBeLessThanOrEqual(seconds / 2);
    expect(left.days).toBeGreaterThan(left.price);
    const limited = { ...short, target: ["price", "days"] as const, time: 1e-6 };
    const none = await Regressor.fit(measured, limited);
    expect(none.targets).toEqual(model.targets);
    expect(none.warnings.filter(({ code }) => code === "untrained")).toHaveLength(2);
  });
});

describe("several labels of rows that count differently", () => {
  const tagged = rows.map(({ price, days, ...row }) => row);
  const repeated = tagged.flatMap(({ count, ...row }) => Array.from({ length: count }, () => row));
  const bare = tagged.map(({ count, ...row }) => row);
  const options = { ...short, target: "tags", ensemble: 1, validation: bare.slice(0, 40) } as const;

  it("are scored as if rows were repeated", async () => {
    const model = await Classifier.fit<MultiLabelClassifier<string>>(bare, options);
    const flat = (scores: object) =>
      JSON.parse(JSON.stringify(scores), (_, own) => (typeof own === "number" ? Number(own.toPrecision(12)) : own));
    const weighted = model.evaluate(tagged, { weights: "count" });
    expect(flat(weighted)).toEqual(flat(model.evaluate(repeated)));
    expect(weighted).not.toEqual(model.evaluate(tagged));
  });

  it("cut bins, and are calibrated, as if rows were repeated", async () => {
    const weights = tagged.map(({ count }) => count);
    const watching = { validation: tagged.slice(0, 60) };
    const model = await Classifier.fit(tagged, { ...options, ...watching, weights: "count" });
    const list = await Classifier.fit(bare, { ...options, weights });
    const again = await Classifier.fit(repeated, options);
    const edges = (own: object) =>
      (own as Classifier).columns.flatMap((column) => (column.kind === "number" && column.bins ? [column.bins] : []));
    expect(edges(list)).toEqual(edges(again));
    expect(edges(list)).toHaveLength(1);
    expect(edges(list)).not.toEqual(edges(await Classifier.fit(bare, options)));
    expect(model.calibration?.after.logLoss).toBeCloseTo(
      model.evaluate(tagged.slice(0, 60), { weights: "count" } as never).logLoss,
      5,
    );
  });
});
