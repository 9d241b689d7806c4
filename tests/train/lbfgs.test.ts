/** L-BFGS: what it reaches, how it ends, and what it gives back. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import { adam, Dataset, lbfgs, MLP } from "../../src/index.js";
import { searchLine, type Trial } from "../../src/train/line-search.js";

/** Rows of numbers and two targets that follow from them but for noise. */
function regression(rows: number, inputs: number): { x: number[][]; y: number[][] } {
  const random = new Random(1);
  const x = Array.from({ length: rows }, () => Array.from({ length: inputs }, (_, i) => random.normal() * (1 + i)));
  const y = x.map((row) => [0, 1].map((t) => row.reduce((sum, v, i) => sum + v * (i - t), 3) + random.normal()));
  return { x, y };
}

/** The least squares with ½·l2·ΣW², by Gauss, in float64: biases are not penalised. */
function normalEquations(x: number[][], y: number[][], l2: number): number[][] {
  const rows = x.map((row) => [...row, 1]);
  const n = rows[0].length;
  return y[0].map((_, target) => {
    const a = Array.from({ length: n }, (_, i) => [
      ...Array.from({ length: n }, (_, j) => {
        const mean = rows.reduce((sum, row) => sum + row[i] * row[j], 0) / rows.length;
        return mean + (i === j && i < n - 1 ? l2 : 0);
      }),
      rows.reduce((sum, row, r) => sum + row[i] * y[r][target], 0) / rows.length,
    ]);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        if (j === i) continue;
        const factor = a[j][i] / a[i][i];
        for (let k = i; k <= n; k++) a[j][k] -= factor * a[i][k];
      }
    }
    return a.map((row, i) => row[n] / row[i]);
  });
}

describe("lbfgs", () => {
  const { x, y } = regression(200, 6);
  const data = Dataset.from({ x, y });
  const create = () => MLP.create({ layers: [6, 2], output: "linear", seed: 2 });
  const distance = (net: MLP<"linear">, l2: number) => {
    const wanted = normalEquations(x, y, l2);
    const [{ weights, biases }] = net.parameters();
    const errors = wanted.flatMap((column, t) =>
      column.map((value, i) => Math.abs((i < 6 ? weights[i * 2 + t] : biases[t]) - value)),
    );
    return Math.max(...errors);
  };

  it.each([0, 0.1])("of a linear regression reaches what the normal equations say, l2 = %s", async (l2) => {
    const net = await create();
    const history = await net.fit(data, { optimizer: lbfgs({ tolerance: 1e-6 }), epochs: 100, l2 });
    expect(distance(net, l2)).toBeLessThan(1e-4);
    expect(history.stopped).toBe("done");
    expect(history.epochs.length).toBeLessThan(40);
    // Control: another penalty leads elsewhere.
    expect(distance(net, l2 + 0.01)).toBeGreaterThan(1e-3);
  });

  it("never lets the loss rise, whatever batchSize, shuffle and the seed of later draws", async () => {
    const nets = [await create(), await create()];
    const { epochs } = await nets[0].fit(data, { optimizer: lbfgs(), epochs: 20 });
    for (let e = 1; e < epochs.length; e++) expect(epochs[e].loss).toBeLessThanOrEqual(epochs[e - 1].loss * (1 + 1e-6));
    await nets[1].fit(data, { optimizer: { ...lbfgs() }, epochs: 20, batchSize: 7, shuffle: false });
    expect(nets[1].parameters()).toEqual(nets[0].parameters());
    const { loss } = nets[0].evaluate(data);
    const other = await create();
    await other.fit(data, { optimizer: adam({ learningRate: 0.05 }), epochs: 20, batchSize: 200 });
    expect(loss).toBeLessThan(other.evaluate(data).loss);
  });

  it("validates, stops early, keeps frozen layers, and ends at a signal with the parameters of an iteration", async () => {
    const layers = [6, 8, 2];
    const make = () => MLP.create({ layers, output: "linear", activation: "tanh", seed: 4 });
    const net = await make();
    const [first] = net.parameters();
    const options = { optimizer: lbfgs(), epochs: 30, layerRates: [0, 1], validation: data };
    const history = await net.fit(data, { ...options, earlyStopping: { patience: 3 } });
    expect(net.parameters()[0]).toEqual(first);
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    expect(net.evaluate(data).loss).toBe(Math.min(...losses));
    const seen: unknown[] = [];
    const whole = await make();
    await whole.fit(data, { ...options, onEpoch: () => seen.push(whole.parameters()) });
    for (const after of [0, 3, 8, 20]) {
      const stopped = await make();
      const before = stopped.parameters();
      let asked = 0;
      const aborted = () => asked++ >= after;
      const signal = Object.defineProperty({}, "aborted", { get: aborted }) as AbortSignal;
      const { stopped: how, epochs } = await stopped.fit(data, { ...options, signal });
      expect(how).toBe("aborted");
      expect(stopped.parameters()).toEqual(epochs.length === 0 ? before : seen[epochs.length - 1]);
    }
  });

  it("cannot be resumed, which it says; a loss that is not finite leaves the model as it was", async () => {
    const net = await create();
    await net.fit(data, { optimizer: lbfgs(), epochs: 2 });
    const file = net.save({ resume: true });
    await expect(net.fit(data, { optimizer: lbfgs(), epochs: 3, resume: true })).rejects.toThrow(
      "fit: resume must be left out with lbfgs, got true.",
    );
    const huge = Dataset.from({ x: [[1e30, 1e30, 0, 0, 0, 0]], y: [[1, 1]] });
    await expect(net.fit(huge, { optimizer: lbfgs() })).rejects.toThrow("fit: the loss became");
    expect(net.save({ resume: true })).toEqual(file);
    expect(await (await MLP.load(file)).save({ resume: true })).toEqual(file);
  });
});

describe("the search along a line", () => {
  /** Step and slope conditions of what was found on the function `f` with derivative `df`. */
  function search(f: (a: number) => number, df: (a: number) => number, first: number) {
    let trials = 0;
    const trial = (step: number): Trial => ({
      ...{ step, loss: f(step), dataLoss: 0, slope: df(step) },
      ...{ x: new Float64Array(0), gradient: new Float64Array(0) },
    });
    // biome-ignore lint/correctness/useYield: nothing to wait for
    const at = function* (step: number) {
      trials++;
      return trial(step);
    };
    const found = runThrough(searchLine(at, trial(0), first, 40)) as Trial;
    const decreases = found.loss <= f(0) + 1e-4 * found.step * df(0) + 2 ** -23 * Math.abs(f(0));
    return { found, trials, meets: decreases && Math.abs(found.slope) <= 0.9 * Math.abs(df(0)) };
  }

  it.each([1e-3, 0.1, 1, 50])("meets the strong Wolfe conditions from a first step of %s", (first) => {
    expect(
      search(
        (a) => (a - 2) ** 2,
        (a) => 2 * (a - 2),
        first,
      ).meets,
    ).toBe(true);
    const waves = search(
      (a) => Math.cos(a) - 0.1 * a + 0.01 * a * a,
      (a) => -Math.sin(a) - 0.1 + 0.02 * a,
      first,
    );
    expect(waves.meets).toBe(true);
    // Not a number beyond 3: it comes back from there.
    const wall = search(
      (a) => (a > 3 ? Number.NaN : (a - 2) ** 2),
      (a) => 2 * (a - 2),
      first,
    );
    expect(wall.meets).toBe(true);
  });

  it("control: where nothing is less it says so", () => {
    const { found } = search(
      (a) => a * a + a,
      () => -1,
      1,
    );
    expect(found).toBe("none");
  });
});
