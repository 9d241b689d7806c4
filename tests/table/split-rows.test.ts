/** Rows of objects, split at random. */
import { describe, expect, it } from "vitest";
import { splitRows } from "../../src/index.js";

describe("splitRows", () => {
  it("splits objects, each value of a column by its share", () => {
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, sex: id % 4 === 0 ? "female" : "male" }));
    const { train, test } = splitRows(rows, { test: 0.2, seed: 3, stratify: "sex" });
    expect(test.filter(({ sex }) => sex === "female")).toHaveLength(5);
    expect([...train, ...test].map(({ id }) => id).sort((a, b) => a - b)).toEqual(rows.map(({ id }) => id));
    expect(splitRows(rows, { test: 0.2, seed: 3, stratify: "sex" })).toEqual({ train, test });
    expect(splitRows(rows, { test: 0.2, seed: 4 }).test).not.toEqual(test);
    expect(() => splitRows(rows.slice(0, 1), { test: 0.5 })).toThrow("splitRows: rows must be 2 at least, got 1.");
    expect(() => splitRows({} as never, { test: 0.5 })).toThrow("splitRows: rows must be an array of objects");
  });
});
