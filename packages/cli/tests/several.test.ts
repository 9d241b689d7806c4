/** Models of several targets, by the command: trained to the library's bytes, asked as the library answers; and targets of mixed types. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, Regressor } from "wasmlp";
import { csv, customers, Place, QUICK } from "./command.js";

const place = new Place();
afterAll(() => place.remove());

const rows = customers(300).map((row, i) => ({ ...row, "a,b": i % 3 === 0 ? "u" : "v", debt: String(i % 50) }));
const { targets } = { targets: ["churn", "plan"] };

beforeAll(async () => {
  place.write("rows.csv", csv(rows));
  const { code, err } = await place.run(`train rows.csv -t churn,plan -o two.model --test 0 --seed 3 ${QUICK}`);
  expect([code, err]).toEqual([0, expect.stringContaining("plan: network 1 of 1")]);
});

/** By target: types of models that are loaded do not say that there are several. */
const answersOf = (model: { predict(rows: object[]): unknown }) => model.predict(rows) as Record<string, string>[];

describe("several targets", () => {
  it("are trained to the bytes of the library's fit, by one flag or by several", async () => {
    const options = { target: targets, seed: 3, hidden: [8], ensemble: 1, epochs: 3 };
    const wanted = (await Classifier.fit(rows, options)).save();
    expect(new Uint8Array(readFileSync(place.path("two.model")))).toEqual(wanted);
    const again = await place.run(`train rows.csv -t churn -t plan -o again.model --test 0 --seed 3 ${QUICK} --quiet`);
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(readFileSync(place.path("again.model"))).toEqual(readFileSync(place.path("two.model")));
  });

  it("are answered side by side, and scored one by one", async () => {
    const model = await Classifier.load(readFileSync(place.path("two.model")));
    const { out } = await place.run("predict two.model rows.csv --json");
    const answers = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ prediction_plan: plan }) => plan)).toEqual(answersOf(model).map(({ plan }) => plan));
    const [head, first] = (await place.run("predict two.model rows.csv --as said --no-probabilities")).out.split("\n");
    expect(head).toMatch(/,said_churn,said_plan$/);
    const { churn, plan } = answersOf(model)[0];
    expect(first.endsWith(`,${churn},${plan.includes(",") ? `"${plan}"` : plan}`)).toBe(true);
    const scores = JSON.parse((await place.run("evaluate two.model rows.csv --json")).out);
    expect(scores.scores).toEqual(JSON.parse(JSON.stringify(model.evaluate(rows))));
    expect(Object.keys(scores.baseline)).toEqual(targets);
    expect(JSON.parse((await place.run("inspect two.model --json")).out)).toMatchObject({
      kind: "classifier",
      targets,
    });
    const { out: page } = await place.run("inspect two.model rows.csv --importance");
    expect(page).toContain("importance: how much the score of plan falls");
  });

  it("may be values; a column whose name has a comma is one", async () => {
    const call = `-o values.model --test 0 ${QUICK} --kind regressor --quiet`;
    expect((await place.run(`train rows.csv -t age,debt ${call}`)).code).toBe(0);
    const model = await Regressor.load(readFileSync(place.path("values.model")));
    const { out } = await place.run("predict values.model rows.csv --json");
    const { age, debt } = model.predict(rows[0]) as unknown as Record<string, number>;
    expect(JSON.parse(out.split("\n")[0])).toMatchObject({ prediction_age: age, prediction_debt: debt });
    const plan = await place.run("train rows.csv -t a,b --dry-run --json");
    expect(JSON.parse(plan.out).target).toBe("a,b");
  });

  it.each([
    ["cv rows.csv -t churn,plan", 2, "wasmlp cv takes one target, got churn, plan. Call it for each of them."],
    ["tune rows.csv -t churn,plan -o x", 2, "wasmlp tune takes one target, got churn, plan."],
    ["export two.model --to onnx -o x", 2, "two.model has the targets churn, plan, and other runtimes take one."],
    ["train rows.csv -t churn,age -o x", 2, "must be all labels or all numbers, got labels in churn, numbers in age."],
    ["train rows.csv -t churn,none -o x", 65, 'The table must have the target "none"'],
    ["train rows.csv -t churn,churn -o x", 2, "--target must name each column once, got churn twice."],
  ])("where one is needed are refused: %s", async (call, code, says) => {
    const ended = await place.run(call);
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining(says)]);
    expect(place.files()).not.toContain("x");
  });
});

describe("a target's kind", () => {
  const decided = async (of: (i: number) => unknown) => {
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ a: i % 7, y: of(i) })).join("\n");
    return (await place.run("train - -t y --dry-run -o x", lines)).err;
  };

  it("is decided by all rows, whatever the first one holds, and mixed ones are told of", async () => {
    expect(await decided((i) => (i === 0 ? null : i / 4))).toContain("y is learned as numbers: pass --kind classifier");
    expect(await decided((i) => (i === 0 ? 3 : `t${i % 4}`))).toContain(
      "y is learned as 5 labels, as it holds 1 numbers and 59 texts: pass --kind regressor",
    );
    expect(await decided((i) => (i === 59 ? "none" : i / 4))).toContain("as it holds 59 numbers and 1 texts");
    expect(await decided((i) => i % 2 === 0)).toContain("y is learned as 2 labels: pass");
  });
});
