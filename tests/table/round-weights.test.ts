/** Weights as halves: what changes, what does not, and what a file of them is. */
import { describe, expect, it } from "vitest";
import { roundToHalf } from "../../src/file/half-floats.js";
import { Classifier, MLP, Regressor, sgd } from "../../src/index.js";
import { roundWeights } from "../../src/table/round-weights.js";

const rows = Array.from({ length: 80 }, (_, i) => ({ a: (i * 37) % 80, b: (i * 11) % 7, y: i % 2 ? "odd" : "even" }));
const quick = { seed: 1, hidden: [8], ensemble: 2, epochs: 2 };

/** Whether all weights and biases of all networks are halves. */
function areHalves(model: { members: readonly MLP[] }): boolean {
  return model.members.every((net) =>
    net.parameters().every(({ weights, biases }) => [...weights, ...biases].every((w) => roundToHalf(w) === w)),
  );
}

describe("the networks of a table", () => {
  it("have halves as weights, calibrated or not, and files of two bytes a weight, which load to the same bytes", async () => {
    const classifier = await Classifier.fit(rows, { target: "y", ...quick });
    expect(classifier.calibration?.temperature).not.toBe(1);
    const regressor = await Regressor.fit(rows, { target: "a", ...quick });
    for (const model of [classifier, regressor]) {
      expect(areHalves(model)).toBe(true);
      const bytes = model.save();
      const again = await (model === classifier ? Classifier.load(bytes) : Regressor.load(bytes));
      expect(again.save()).toEqual(bytes);
      expect(again.predict(rows)).toEqual(model.predict(rows));
      model.partialFit(rows, { optimizer: sgd({ learningRate: 0.01 }) });
      expect(areHalves(model)).toBe(false);
      const { parameterCount } = model.net;
      // Where a weight is no half all are written whole.
      expect(model.save().length - bytes.length).toBeGreaterThan(2 * 2 * parameterCount - 600);
    }
  });

  it("stay as they are where nothing is held out to see by that nothing changes", async () => {
    expect(areHalves(await Classifier.fit(rows, { target: "y", ...quick, validation: 0 }))).toBe(false);
  });
});

describe("roundWeights", () => {
  const x = Float32Array.from({ length: 200 }, (_, i) => Math.fround(((i * 29) % 31) / 31));
  const make = () => MLP.create({ layers: [2, 4, 1], output: "linear", seed: 3 });
  const state = (net: MLP) => net.parameters().map(({ weights, biases }) => [[...weights], [...biases]]);

  it("rounds where answers are as good as the same", async () => {
    const net = await make();
    const before = net.predict(x);
    await roundWeights(net, async () => net.predictProba(x));
    expect(net.parameters().every(({ weights }) => weights.every((w) => roundToHalf(w) === w))).toBe(true);
    const after = net.predict(x);
    for (const [i, answer] of before.entries()) expect(after[i]).toBeCloseTo(answer, 2);
  });

  it("leaves weights that no half is as large as", async () => {
    const net = await make();
    const [first, last] = net.parameters();
    net.setParameters([{ ...first, weights: first.weights.map(() => 1e5) }, last]);
    const before = state(net);
    await roundWeights(net, async () => net.predictProba(x));
    expect(state(net)).toEqual(before);
  });

  it("leaves weights where answers would change: large ones that cancel", async () => {
    const net = await make();
    net.setParameters([
      { weights: [1000.3, 0, 0, 0, 0, 1000.3, 0, 0], biases: [0, 0, 0, 0] },
      { weights: [1000.3, -1000.2, 0, 0], biases: [0] },
    ]);
    const before = state(net);
    // Columns that are alike: answers are their difference.
    const same = Float32Array.from({ length: 200 }, (_, i) => Math.fround((i >> 1) / 100));
    await roundWeights(net, async () => net.predictProba(same));
    expect(state(net)).toEqual(before);
  });
});
