/** Learns as well as scikit-learn does, from CSV to score: the short form of bench/learning/tables.ts. */
import { describe, expect, it } from "vitest";
import {
  crossValidate,
  foldsOf,
  goalOf,
  haveTables,
  loadRows,
  meanOf,
  type Row,
  SETS,
  type Settings,
  TABLES,
} from "../../bench/learning/load-tables.js";
import { order, Random } from "../../src/ground/random.js";
import { adam, Classifier } from "../../src/index.js";

/** Near the middle of what bench/learning/tables.ts chooses on training folds; the same for all sets, and one seed. */
const SETTINGS: Settings = {
  optimizer: adam({ learningRate: 3e-3 }),
  l2: 3e-3,
  earlyStopping: { patience: 10, minDelta: 1e-3 },
  seed: 1,
};

const set = (name: string) => SETS.find((candidate) => candidate.name === name)!;

/** Each row with the target of another one. */
function shuffled(rows: readonly Row[], target: string): Row[] {
  const from = order(rows.length, new Random(1));
  return rows.map((row, r) => ({ ...row, [target]: rows[from[r]][target] }));
}

describe("goals", () => {
  it("are scikit-learn's figures less half its standard deviation over folds, or plain bounds", () => {
    const goals = Object.fromEntries(SETS.map((each) => [each.name, goalOf(each)]));
    expect(goals).toEqual({
      iris: 0.947 - 0.0475 / 2,
      wine: 0.972 - 0.0191 / 2,
      breast_cancer: 0.975 - 0.0136 / 2,
      digits: 0.972 - 0.0066 / 2,
      penguins: 0.98,
      titanic: 0.8,
      mpg: 0.85,
    });
  });
});

// The sets are no part of the project.
describe(`five folds of${haveTables ? "" : ` (skipped: there is no ${TABLES.pathname})`}`, () => {
  it.skipIf(!haveTables).each(SETS)("$name reach the goal", async (each) => {
    const scores = await crossValidate(each, loadRows(each), SETTINGS);
    expect(scores).toHaveLength(5);
    expect(meanOf(scores)).toBeGreaterThanOrEqual(goalOf(each));
  });

  it.skipIf(!haveTables)("are those that the bench gives to scikit-learn", async () => {
    const wine = set("wine");
    const rows = loadRows(wine);
    const [{ train, test }] = foldsOf(wine, rows, 1);
    const pick = (numbers: Uint32Array) => Array.from(numbers, (r) => rows[r]);
    const model = await Classifier.fit(pick(train), { ...wine.options, ...SETTINGS, target: wine.target });
    const { folds } = await Classifier.crossValidate(rows, { ...wine.options, ...SETTINGS, target: wine.target });
    expect(folds[0]).toEqual(model.evaluate(pick(test)));
  });

  it.skipIf(!haveTables)("control: of shuffled targets nothing is learned", async () => {
    const [wine, mpg] = [set("wine"), set("mpg")];
    // Three cultivars, the most frequent being 40 %.
    const accuracies = await crossValidate(wine, shuffled(loadRows(wine), wine.target), SETTINGS);
    expect(meanOf(accuracies)).toBeLessThan(0.5);
    const r2s = await crossValidate(mpg, shuffled(loadRows(mpg), mpg.target), SETTINGS);
    expect(meanOf(r2s)).toBeLessThan(0.1);
  });
});
