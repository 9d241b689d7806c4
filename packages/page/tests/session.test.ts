/** The engine of the page without a page: what is read of tables, told of columns, scored and answered, held against the library. */
import { describe, expect, it } from "vitest";
import { Classifier, Regressor } from "wasmlp";
import { Session } from "../src/engine/session.js";
import type { ModelView, TrainSettings } from "../src/talk.js";

const QUICK = { seed: 1, ensemble: 1, hidden: [4], epochs: 3, held: 0.2 };

/** A number in [0, 1) by the row, in no order. */
const mixed = (r: number) => ((r * 2654435761) % 2 ** 32) / 2 ** 32;

const csv = (names: string, rows: number, line: (r: number) => string) =>
  `${names}\n${Array.from({ length: rows }, (_, r) => line(r)).join("\n")}\n`;

async function opened(text: string, name = "t.csv") {
  const session = new Session(() => {});
  const table = await session.open({ name, text });
  const column = (wanted: string) => table.columns.find((one) => one.name === wanted)!;
  return { session, table, column };
}

async function trained(session: Session, target: string, settings: Partial<TrainSettings> = {}): Promise<ModelView> {
  const { kind } = await session.task(target);
  return session.train({ ...QUICK, target, kind, ...settings });
}

describe("names of columns", () => {
  const NAMES = ["constructor", "__proto__", "toString", "<img onerror=alert(1)>", "é\u202e", "a,b"];

  it.each(NAMES)("%s is read, overruled, trained on, predicted and asked for", async (name) => {
    const text = csv(`"${name}",x,y`, 60, (r) => `${Math.floor(9 * mixed(r))},${r % 7},${r % 2 ? "p" : "q"}`);
    const { session, table, column } = await opened(text);
    expect(table.columns.map((one) => [one.name, one.kind])).toEqual([
      [name, "number"],
      ["x", "number"],
      ["y", "text"],
    ]);
    expect(column(name).overruled).toBeUndefined();
    const overruled = await session.overrule(new Map([[name, "text"]]));
    expect(overruled.columns.map(({ kind }) => kind)).toEqual(["text", "number", "text"]);
    const model = await trained(session, "y");
    expect(model.fields.map((field) => field.name)).toEqual([name, "x"]);
    const { answer } = await session.answer(
      Object.fromEntries([
        [name, "3"],
        ["x", 2],
      ]),
    );
    expect(["p", "q"]).toContain(answer);
    expect((await session.dependence(name)).values.length).toBeGreaterThan(2);
    await session.overrule(new Map());
    expect((await trained(session, name)).target).toBe(name);
  });
});

describe("columns", () => {
  it("of dates have their own range, whatever their order", async () => {
    const day = (r: number) => `${String(1 + (r % 28)).padStart(2, "0")}/0${1 + (r % 3)}/2016`;
    const { column } = await opened(csv("date,y", 84, (r) => `${day(r)},${r % 5}`));
    expect(column("date")).toMatchObject({ kind: "date", low: "2016-01-01", high: "2016-03-28" });
    expect(column("date").bars.reduce((sum, bar) => sum + bar)).toBe(84);
  });

  it("count as missing what the library reads as missing, and say so", async () => {
    const { column } = await opened(csv("x,y", 40, (r) => `${r % 8 === 0 ? "#N/A" : mixed(r).toFixed(3)},${r % 2}`));
    expect(column("x")).toMatchObject({ kind: "number", gaps: 5 });
    expect(column("x").remarks.join()).toMatch(/counted as missing/);
  });

  it("of amounts, clocks and decimal commas have the numbers that the library reads", async () => {
    const text = csv("price;at;share;y", 60, (r) => `${r + 1}.000,5 €;${10 + (r % 9)}:30;${r % 9},5;${r % 2}`);
    const { column } = await opened(text);
    expect(column("price").range).toEqual([1000.5, 60000.5]);
    expect(column("share").range).toEqual([0.5, 8.5]);
    expect(column("at")).toMatchObject({ low: "10:30", high: "18:30", range: [630, 1110] });
  });

  it("are shown though none of them can be read, and one alone is told to be one", async () => {
    const { session, table } = await opened(csv("words", 30, (r) => `w${r} of ${mixed(r)}`));
    expect(table.columns).toMatchObject([{ kind: "ignore" }]);
    await expect(session.task("words")).rejects.toThrow("has one column");
  });

  it("speak to people: no option of a program, and the row of the file", async () => {
    const text = csv(
      "when,n,y",
      60,
      (r) => `${1 + (r % 9)}/${1 + (r % 7)}/2024,${r === 41 ? "oops" : mixed(r)},${r % 2}`,
    );
    const { table } = await opened(text);
    const said = table.columns.flatMap(({ remarks }) => remarks).join(" ");
    expect(said).not.toMatch(/[Pp]ass |columns:|when fitting|name (it|them) in missing|"month-first"/);
    expect(said).toMatch(/or choose how it is read\./);
    expect(said).toMatch(/first in row 42/);
    const far = await opened(csv("x,y", 60, (r) => `${r === 30 ? 1e6 : mixed(r)},${r % 2}`));
    expect(far.column("x").remarks.join()).toMatch(/first 1000000 in row 31/);
    // In a fit rows are shuffled; a model that is opened from a file knows none.
    const model = await trained(far.session, "y");
    expect(model.warnings.join()).toMatch(/first 1000000 in row 31/);
    const { content } = await far.session.file("model");
    const { warnings } = await far.session.load(new Blob([content as BlobPart]));
    expect(warnings.join()).toMatch(/Far from all others/);
    expect(warnings.join()).not.toMatch(/ row \d/);
  });
});

describe("a number to predict", () => {
  it.each(["NA", "?", "n/a", "broken"])("is left out where it is %s, like a blank one", async (gap) => {
    const text = csv(
      "x,y",
      80,
      (r) => `${mixed(r)},${r % 16 === 3 ? gap : r % 16 === 4 ? "" : (3 * mixed(r)).toFixed(3)}`,
    );
    const { session } = await opened(text);
    const task = await session.task("y");
    expect(task).toMatchObject({ kind: "values", without: 10 });
    const model = await trained(session, "y");
    const { rows } = await session.judge();
    expect(model.trainedOn + rows).toBe(70);
  });

  it("with a decimal comma is scored, drawn and told of as the library reads it", async () => {
    const value = (r: number) => 1000 + r + 0.25;
    const spelled = (r: number) => `1.${String(r).padStart(3, "0")},25`;
    const { session } = await opened(csv("a;y", 120, (r) => `${mixed(r)};${spelled(r)}`));
    await trained(session, "y");
    const { scores, scatter, rows, worst } = await session.judge();
    const mean = scores.find(({ name }) => name === "mean absolute error")!;
    expect(rows).toBe(24);
    for (const truth of scatter!.truth) expect(truth).toBe(value(Math.round(truth - 1000.25)));
    expect(Math.min(...scatter!.truth)).toBeGreaterThanOrEqual(value(0));
    // The mean distance of 24 of 0...119 from their middle is about 30; as digits in a row it would be thousands.
    expect(mean.baseline).toBeGreaterThan(20);
    expect(mean.baseline).toBeLessThan(45);
    const errors = scatter!.truth.map((truth, i) => Math.abs(truth - scatter!.predicted[i]));
    expect(errors.reduce((sum, error) => sum + error) / rows).toBeCloseTo(mean.value, 6);
    expect(worst[0].by).toBe(Math.max(...errors));
  });
});

describe("a number that float32 cannot hold", () => {
  it("makes no labels of the others", async () => {
    const { session } = await opened(csv("x,y", 60, (r) => `${mixed(r)},${r === 7 ? "1e300" : r + 0.5}`));
    await expect(trained(session, "y")).rejects.toThrow("“y”: Targets must be numbers that are");
  });
});

describe("labels", () => {
  it("that are all predicted right leave no wrong row to tell of", async () => {
    const { session } = await opened(csv("x,y", 200, (r) => `${r % 2},${r % 2 ? "odd" : "even"}`));
    await trained(session, "y", { epochs: 60 });
    const { worst, confusion } = await session.judge();
    expect(confusion).toEqual([
      [expect.any(Number), 0],
      [0, expect.any(Number)],
    ]);
    expect(worst).toEqual([]);
  });

  it("of which each is in one row alone are refused before anything is learned", async () => {
    const { session } = await opened(csv("x,y", 40, (r) => `${mixed(r)},label ${r}`));
    await expect(trained(session, "y")).rejects.toThrow("Each label of “y” is in one row alone");
  });
});

describe("another file", () => {
  const lines = csv("a,b,y", 60, (r) => `${mixed(r).toFixed(2)},${r % 4}.50,${r % 3 ? "yes" : "no"}`);

  it("is answered with its own cells as they were, and what it lacks is told", async () => {
    const { session } = await opened(lines);
    await trained(session, "y");
    const answers = await session.answers({ name: "u.csv", text: "id,a,y\n007,0.50,yes\n1.0,0.1,\n" });
    expect(answers.note).toBe("The file has no b: taken as missing in each row.");
    const [, first, second] = (await answers.csv.text()).split("\r\n");
    expect(first).toMatch(/^007,0\.50,yes,(yes|no),/);
    expect(second).toMatch(/^1\.0,0\.1,,(yes|no),/);
    expect(answers.score).toMatch(/^(0|100)\.0 % of its “y”, in 1 row with it, are predicted right\.$/);
    expect((await session.answers({ name: "v.csv", text: lines })).note).toBeUndefined();
  });

  it("whose cells are of another kind is refused by column and row", async () => {
    const { session } = await opened(lines);
    await trained(session, "y");
    const text = `a,b\n1,2\n${"0.5,1\n".repeat(2500)}foo,3\n`;
    await expect(session.answers({ name: "u.csv", text })).rejects.toThrow(
      /^“a”: Must hold numbers, got "foo" at row 2502/,
    );
  });

  it("of values is scored by them", async () => {
    const { session } = await opened(csv("a,y", 60, (r) => `${r},$${r},000.50`.replace(/,(?=000)/, "")));
    await trained(session, "y");
    const answers = await session.answers({ name: "u.csv", text: "a,y\n3,$3000.50\n4,NA\n" });
    expect(answers.score).toMatch(/^Its “y”, in 1 row with it, is missed by [\d,.]+ in the mean\.$/);
  });
});

describe("what was begun before", () => {
  it("does not take the place of what was begun later", async () => {
    const slow = csv("x,y", 4000, (r) => `${mixed(r)},${r % 2}`);
    const { session } = await opened(slow);
    const early = expect(trained(session, "y", { epochs: 500 })).rejects.toThrow("Something else was begun");
    await new Promise((resolve) => setTimeout(resolve, 30));
    const table = await session.open({ name: "u.csv", text: csv("p,q", 30, (r) => `${r % 5},${r % 2}`) });
    await early;
    expect(table.columns.map(({ name }) => name)).toEqual(["p", "q"]);
    expect((await trained(session, "q")).fields.map(({ name }) => name)).toEqual(["p"]);
  });

  it("control: alone it does", async () => {
    const { session } = await opened(csv("x,y", 400, (r) => `${mixed(r)},${r % 2}`));
    expect((await trained(session, "y")).trainedOn).toBe(320);
  });

  it("answers one question after the other", async () => {
    const { session } = await opened(csv("x,z,y", 300, (r) => `${mixed(r)},${r % 9},${r % 2 ? "p" : "q"}`));
    await trained(session, "y");
    const asked = [
      session.judge(),
      session.importance(),
      session.dependence("x"),
      session.explain({ x: 0.5, z: 1 }),
      session.answers({ name: "u.csv", text: "x,z\n1,2\n" }),
      session.judge(),
    ];
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(asked.map(() => "fulfilled"));
  });
});

describe("models", () => {
  it("are the library's, to the byte, of the rows that were trained on", async () => {
    const { session } = await opened(csv("x,y", 90, (r) => `${mixed(r).toFixed(3)},${r % 2 ? "p" : "q"}`));
    await trained(session, "y");
    const { content } = await session.file("model");
    const model = await Classifier.load(content as Uint8Array);
    const { probability } = (await session.answer({ x: 0.25 })).shares.find(({ label }) => label === "p")!;
    expect(model.predictProba({ x: 0.25 }).p).toBe(probability);
    await expect(Regressor.load(content as Uint8Array)).rejects.toThrow();
  });

  it("of values are opened from a file, and stay when another file is no model", async () => {
    const rows = Array.from({ length: 60 }, (_, r) => ({ x: r % 9, a: r, b: 2 * r, tags: r % 2 ? ["odd"] : [] }));
    const plain = { epochs: 1, ensemble: 1, hidden: [2], validation: 0 } as const;
    const session = new Session(() => {});
    const file = (model: { save(): Uint8Array }) => new Blob([model.save() as BlobPart]);
    const values = await Regressor.fit(rows, { ...plain, target: "a", columns: { tags: "ignore" } });
    expect((await session.load(file(values))).kind).toBe("values");
    await expect(session.load(new Blob(["no model"]))).rejects.toThrow();
    // What was open stays.
    expect(await session.answer({ x: 1, b: 3 })).toMatchObject({ shares: [] });
  });

  it("ask for whole numbers in whole steps, whatever their median is", async () => {
    const { session } = await opened(csv("n,long,y", 90, (r) => `${r % 9},${1700000000000 + 1000 * r},${r % 2}`));
    const { fields } = await trained(session, "y");
    expect(fields[0]).toMatchObject({ low: 0, high: 8, step: 1 });
    const { low, high, value } = fields[1];
    expect([low! <= 1700000000000 && low! > 1699999999000, high! >= 1700000089000 && high! < 1700000091000]).toEqual([
      true,
      true,
    ]);
    expect(Number(value)).toBeGreaterThanOrEqual(low!);
  });

  it("ask for numbers within the table's own range, at round steps", async () => {
    const { session } = await opened(
      csv("age,height,y", 90, (r) => `${18 + (r % 60)},${(1.5 + mixed(r) / 2).toFixed(2)},${r % 2}`),
    );
    const { fields } = await trained(session, "y");
    expect(fields[0]).toMatchObject({ name: "age", low: 18, high: 77, step: 1 });
    const { low, high, step, value } = fields[1];
    expect([low! >= 1.49 && low! <= 1.5, high! >= 1.98 && high! <= 2.01, step]).toEqual([true, true, 0.001]);
    const steps = (Number(value) - low!) / step!;
    expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
  });
});
