/** Models of several targets, and of several labels a row, fitted on another thread. */
import { describe, expect, it } from "vitest";
import { Classifier, Regressor } from "../../src/index.js";
import { fitInWorker } from "../../src/worker.js";

const measured = Array.from({ length: 60 }, (_, r) => ({
  age: r % 17,
  sex: r % 3 === 0 ? "female" : "male",
  height: 60 + 6 * (r % 17) + (r % 5),
  weight: 5 + 3 * (r % 17) - (r % 7),
}));
const short = { epochs: 4, hidden: [6], ensemble: 2, seed: 3 } as const;

describe("fitInWorker", () => {
  it("fits several targets to the same bytes", async () => {
    const epochs: string[] = [];
    const there = await fitInWorker(Regressor, measured, {
      target: ["height", "weight"],
      ...short,
      onEpoch: ({ target }) => epochs.push(target),
    });
    const here = await Regressor.fit(measured, { target: ["height", "weight"], ...short });
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    expect(new Set(epochs)).toEqual(new Set(["height", "weight"]));
    const refused = fitInWorker(Regressor, measured, { target: ["height", "width"], ...short });
    await expect(refused).rejects.toThrow('target must be a column of the rows, got "width" beside');
  });

  it("fits them to rows of any form that count differently, and to rows to score", async () => {
    const columns = { age: measured.map(({ age }) => age), sex: measured.map(({ sex }) => sex) };
    const ways = { height: measured.map(({ height }) => height), weight: measured.map(({ weight }) => weight) };
    const options = { target: ["height", "weight"] as const, ...short, validation: new Set(measured.slice(0, 20)) };
    for (const weights of ["count", Uint8Array.from(measured, (_, r) => r % 3)] as const) {
      const count = measured.map((_, r) => r % 3);
      const rows = { ...columns, ...ways, ...(weights === "count" && { count }) };
      const validation = new Set(measured.slice(0, 20).map((row, r) => ({ ...row, count: r % 3 })));
      const given = { ...options, weights, ...(weights === "count" && { validation }) };
      const there = await fitInWorker(Regressor, rows, given);
      const here = await Regressor.fit(rows, given);
      expect(there.save()).toEqual(here.save());
    }
    const refused = fitInWorker(Regressor, { ...columns, ...ways }, { ...short, target: ["height", "width"] });
    await expect(refused).rejects.toThrow('target must be a column of the rows, got "width" beside');
    const aborted = { ...options, signal: AbortSignal.abort() };
    const here = await Regressor.fit({ ...columns, ...ways }, { ...short, ...aborted, validation: 0 });
    const there = await fitInWorker(Regressor, { ...columns, ...ways }, { ...short, ...aborted, validation: 0 });
    expect(there.save()).toEqual(here.save());
  });

  it("fits several labels a row to the same bytes", async () => {
    const tagged = measured.map(({ height, weight, ...row }) => ({
      ...row,
      tags: [...(height > 110 ? ["tall"] : []), ...(weight > 30 ? ["heavy"] : [])],
    }));
    const there = await fitInWorker(Classifier, tagged, { target: "tags", ...short });
    const here = await Classifier.fit(tagged, { target: "tags", ...short });
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    expect(there.predict(tagged)).toEqual(here.predict(tagged));
    const mixed = fitInWorker(Classifier, [...tagged, { age: 3, sex: "male", tags: "tall" }], {
      target: "tags",
      ...short,
    });
    await expect(mixed).rejects.toThrow(
      'targets must be lists of labels in all rows if they are in one, got "tall" at row 60',
    );
  });
});
