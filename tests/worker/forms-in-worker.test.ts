/** Rows of any form for a fit on another thread: the bytes and the refusals of `fit`. */
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type TableRows } from "../../src/index.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";

const random = new Random(8);
const rows = Array.from({ length: 120 }, (_, r) => ({
  size: r % 9 === 0 ? null : random.normal(),
  price: (10 * random.normal()).toFixed(2),
  city: ["Rome", "Oslo", "Bern"][r % 3],
  born: new Date(86_400_000 * (9000 + 40 * r)),
  odd: r % 5 === 0 ? undefined : BigInt(r),
  kind: r % 2 ? "a" : "b",
}));
const options = { target: "kind", hidden: [4], epochs: 2, ensemble: 1, columns: { odd: "ignore" } } as const;

const forms: Record<string, (all: typeof rows) => unknown> = {
  iterable: (all) => new Set(all),
  stream: (all) => Readable.from(all),
  columns: (all) =>
    Object.fromEntries(Object.keys(all[0]).map((name) => [name, all.map((row) => row[name as "city"])])),
};

for (const [name, form] of Object.entries(forms)) {
  it(`${name}: the model of fit`, async () => {
    const validation = rows.slice(50, 90);
    const wanted = await Classifier.fit(rows, { ...options, validation });
    const given = { ...options, validation: form(validation) as TableRows };
    const model = await fitInWorker(Classifier, form(rows) as TableRows, given);
    expect(Buffer.compare(model.save(), wanted.save())).toBe(0);
    // Aborted: what fit makes of it.
    const aborted = { ...options, signal: AbortSignal.abort() };
    const fits = [
      Classifier.fit(form(rows) as TableRows, aborted),
      fitInWorker(Classifier, form(rows) as TableRows, aborted),
    ];
    const ends = await Promise.all(fits.map((fit) => fit.then((model) => model.warnings, String)));
    expect(ends[1]).toEqual(ends[0]);
  });
}

it("refuses what fit refuses, in its words", async () => {
  const cases: [unknown, object][] = [
    [new Set([...rows, 7]), {}],
    [new Set([...rows, { ...rows[0], city: [] }]), {}],
    [{ kind: ["a", "b"], x: [1] }, {}],
    ["rows", {}],
    [new Set(rows), { target: "none" }],
    [rows, { validation: new Set([3]) }],
  ];
  for (const [given, more] of cases) {
    const all = { ...options, ...more };
    const here = await Classifier.fit(given as TableRows, all).catch((error) => error);
    const there = await fitInWorker(Classifier, given as TableRows, all).catch((error) => error);
    expect(here).toBeInstanceOf(Error);
    expect([there.name, there.message, there.row]).toEqual([here.name, here.message, here.row]);
  }
});
