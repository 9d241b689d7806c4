/** One model a group: the same whichever way they are fitted, found again in a store, and what goes wrong with one group is that group's. */
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor } from "../../src/index.js";
import { loadFile, openFolder } from "../../src/node.js";
import { createPool } from "../../src/pool.js";
import { trainMany } from "../../src/study.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-many-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Rows of shops, mixed: sales follow the price by a slope of each shop's own. */
function table(shops: number, each: number) {
  const random = new Random(3);
  const rows = Array.from({ length: shops * each }, (_, r) => {
    const price = random.uniform();
    return {
      shop: `shop ${r % shops}`,
      price,
      day: "mtw"[random.below(3)],
      sales: (r % shops) * price + 0.01 * random.normal(),
    };
  });
  return rows;
}

const rows = table(6, 40);
const options = { by: "shop", target: "sales", hidden: [4], ensemble: 1, epochs: 30, seed: 1 } as const;

describe("trainMany", () => {
  it("scores each group on rows of its own, and gives the models in their order", async () => {
    const told: unknown[] = [];
    const { groups, fitted, stopped } = await trainMany(Regressor, rows, {
      ...options,
      epochs: 400,
      learningRate: 0.02,
      onGroup: (result, model) => told.push([result.group, model?.predict({ price: 0.5, day: "m" })]),
    });
    expect(groups.map(({ group }) => group)).toEqual([0, 1, 2, 3, 4, 5].map((s) => `shop ${s}`));
    expect(told.map((own) => (own as [string])[0])).toEqual(groups.map(({ group }) => group));
    expect([fitted, stopped]).toEqual([6, "done"]);
    for (const { scores, rows: count, digest, error } of groups.slice(2)) {
      expect([count, error]).toEqual([40, undefined]);
      expect(scores?.r2).toBeGreaterThan(0.8);
      expect(digest).toMatch(/^[0-9a-f]{64}$/);
    }
    const slopes = told.map((own) => (own as [string, number])[1] / 0.5);
    slopes.forEach((slope, shop) => {
      expect(Math.abs(slope - shop)).toBeLessThan(0.8);
    });
  });

  it("makes the same models with a pool, and whatever other groups there are", async () => {
    const { groups } = await trainMany(Regressor, rows, options);
    expect((await trainMany(Regressor, rows, { ...options, pool: createPool({ workers: 2 }) })).groups).toEqual(groups);
    expect((await trainMany(Regressor, rows, { ...options, workers: 4 })).groups).toEqual(groups);
    await expect(trainMany(Regressor, rows, { ...options, workers: 0 })).rejects.toThrow("trainMany: workers must be");
    const some = rows
      .filter(({ shop }) => shop !== "shop 0")
      .sort((a, b) => (a.shop < b.shop ? 1 : a.shop > b.shop ? -1 : 0));
    const alone = await trainMany(Regressor, some, options);
    expect(alone.groups.reverse()).toEqual(groups.slice(1));
    expect(new Set(groups.map(({ digest }) => digest)).size).toBe(6);
  });

  it("goes on from a folder: what was fitted is not fitted again, unless its rows or its file are others", async () => {
    const path = join(folder, "shops");
    const whole = await trainMany(Regressor, rows, options);
    const control = new AbortController();
    const run = async (given: readonly object[], more: object = {}) => {
      const store = await openFolder(path);
      try {
        return await trainMany(Regressor, given as object[], { ...options, ...more, store });
      } finally {
        await store.close();
      }
    };
    const onGroup = ({ group }: { group: unknown }) => group === "shop 2" && control.abort();
    const first = await run(rows, { signal: control.signal, onGroup });
    expect(first.stopped).toBe("aborted");
    expect(first.groups.length).toBe(3);
    const second = await run(rows);
    expect([second.fitted, second.stopped]).toEqual([3, "done"]);
    expect(second.groups.map(({ file, ...own }) => own)).toEqual(whole.groups);
    for (const { file, digest } of second.groups) {
      const bytes = readFileSync(join(path, file as string));
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(digest);
      expect(await loadFile(join(path, file as string))).toBeInstanceOf(Regressor);
    }
    unlinkSync(join(path, second.groups[5].file as string));
    const changed = rows.map((row, r) => (r === 1 ? { ...row, price: 0.25 } : row));
    const third = await run(changed);
    expect(third.fitted).toBe(2);
    expect(third.groups[1].digest).not.toBe(second.groups[1].digest);
    expect([third.groups[0], ...third.groups.slice(2)]).toEqual([second.groups[0], ...second.groups.slice(2)]);
    expect(readdirSync(path).filter((name) => !/^shop-\d\.[0-9a-f]{16}\.model$/.test(name))).toEqual(["groups.jsonl"]);
    const message =
      "trainMany: the store must be of models with these options, got one of others. Name another folder.";
    await expect(run(rows, { seed: 2 })).rejects.toThrow(message);
  });

  it("tells of a group that cannot be fitted, and goes on", async () => {
    const odd = rows.map((row) => (row.shop === "shop 1" ? { ...row, sales: "many" } : row));
    const { groups } = await trainMany(Regressor, odd, options);
    expect(groups[1].error).toMatch(/^Regressor\.fit: .*"many"/);
    expect(groups[1].digest).toBeUndefined();
    expect(groups.filter(({ error }) => error === undefined).length).toBe(5);
  });

  it("of labels keeps each one's share in both parts; without test rows there are no scores", async () => {
    const labels = rows.map((row, r) => ({ ...row, sales: r % 12 < 6 ? "low" : "high" }));
    const { groups } = await trainMany(Classifier, labels, { ...options, epochs: 3 });
    for (const { scores, error } of groups) expect([typeof scores?.accuracy, error]).toEqual(["number", undefined]);
    const untested = await trainMany(Classifier, labels, { ...options, epochs: 3, test: 0 });
    for (const { scores, digest } of untested.groups) expect([scores, typeof digest]).toEqual([undefined, "string"]);
  });

  it.each<[string, unknown[], string]>([
    ["another kind", [Math, rows, options], "trainMany: kind must be Classifier or Regressor, got"],
    ["no rows", [Regressor, [], options], "trainMany: rows must be one at least, got none."],
    ["a row that is none", [Regressor, [1], options], "trainMany: row 0 must be an object, got 1."],
    [
      "no group",
      [Regressor, [...rows, { sales: 1 }], options],
      'trainMany: row 240, column "shop" must say a group, got undefined.',
    ],
    [
      "no column",
      [Regressor, rows, { ...options, by: undefined }],
      "trainMany: by must be a column's name, got undefined.",
    ],
    [
      "several targets",
      [Regressor, rows, { ...options, target: ["a", "b"] }],
      'trainMany: target must be a column\'s name, got ["a", "b"].',
    ],
    [
      "the target",
      [Regressor, rows, { ...options, by: "sales" }],
      'trainMany: by must be another column than the target, got "sales".',
    ],
    [
      "all rows to test on",
      [Regressor, rows, { ...options, test: 1 }],
      "trainMany: test must be a finite number >= 0 and < 1, got 1.",
    ],
    [
      "a list of weights",
      [Regressor, rows, { ...options, weights: [1] }],
      "trainMany: weights must be a column's name, got [1].",
    ],
    [
      "a path as store",
      [Regressor, rows, { ...options, store: "models" }],
      'trainMany: store must have lines, append, write and has, got "models". Await openFolder of wasmlp/node for one.',
    ],
  ])("refuses %s", async (_, args, message) => {
    await expect((trainMany as (...given: unknown[]) => unknown)(...args)).rejects.toThrow(message);
  });

  it("throws what the first fit threw if all did, such as for a misspelt option", async () => {
    const message = /^Regressor\.fit: the options must be among .*"hiden"/;
    await expect(trainMany(Regressor, rows, { ...options, hiden: [3] } as typeof options)).rejects.toThrow(message);
  });

  it("control: another seed makes other models", async () => {
    const { groups } = await trainMany(Regressor, rows.slice(0, 80), options);
    const others = await trainMany(Regressor, rows.slice(0, 80), { ...options, seed: 2 });
    groups.forEach(({ digest }, g) => {
      expect(others.groups[g].digest).not.toBe(digest);
    });
  });
});
