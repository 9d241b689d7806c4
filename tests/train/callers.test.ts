/** What callers give is what it was at the call, however long the fit takes to begin; and what the model lost is lost to trainers too. */
import { describe, expect, it } from "vitest";
import { Dataset, type FitOptions, lbfgs, MLP, sgd } from "../../src/index.js";
import { addKind, type Iterations, kindOf } from "../../src/train/optimizer-kinds.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";
import { XOR } from "../xor.js";

const create = () => MLP.create({ layers: [2, 8, 2], seed: 1 });

/** Options of which each list and object is changed later. */
const changeable = () => ({
  epochs: 4,
  l1: [0, 0.01],
  l2: [0.1, 0],
  maxNorm: [3, 3],
  layerRates: [1, 0.5],
  classWeights: [1, 2],
  labelSmoothing: 0.1,
  dropout: { input: 0, hidden: [0.2] },
  earlyStopping: { patience: 2, minDelta: 0.01 },
  reduceOnPlateau: { patience: 1, factor: 0.5 },
  optimizer: { name: "sgd", learningRate: 0.1, momentum: 0, nesterov: false } as const,
});

/** Changes all numbers of lists and objects, -5 for each. */
function spoil(value: object): void {
  for (const [key, own] of Object.entries(value)) {
    if (typeof own === "object" && own !== null) spoil(own);
    else if (typeof own === "number") Reflect.set(value, key, -5);
  }
}

async function train(work: typeof fitInWorker, options: FitOptions<"softmax">, change?: (options: object) => void) {
  const net = await create();
  const fitting = work(net, XOR, options);
  change?.(options);
  await fitting;
  return Buffer.from(net.save());
}

const here = ((net: MLP<"softmax">, data: Dataset, options: FitOptions<"softmax">) =>
  net.fit(data, options)) as typeof fitInWorker;

describe("options are those of the call", () => {
  // The first of them loads the script that fits.
  it("of the first fit, of later ones, and in a worker", async () => {
    const changed = await train(here, changeable(), spoil);
    const wanted = await train(here, changeable());
    expect(changed.equals(wanted)).toBe(true);
    expect((await train(here, changeable(), spoil)).equals(wanted)).toBe(true);
    expect((await train(fitInWorker, changeable(), spoil)).equals(wanted)).toBe(true);
  });

  it("also where looking at the data takes turns", async () => {
    const rows = 600_000;
    const losses = [false, true].map(async (isChanged) => {
      const net = await MLP.create({ layers: [1, 2], seed: 1 });
      const data = Dataset.from({ x: new Float32Array(rows).fill(1), y: new Float32Array(rows), rows });
      const options = { epochs: 1, batchSize: 60_000, l2: [0] };
      const fitting = net.fit(data, options);
      if (isChanged) options.l2[0] = 5;
      return (await fitting).epochs[0].loss;
    });
    const [wanted, changed] = await Promise.all(losses);
    expect(changed).toBe(wanted);
  });

  it("whatever class they are of, in a worker too", async () => {
    class Dropout {
      get hidden() {
        return [0.5];
      }
    }
    class Rate {
      readonly name = "sgd" as const;
      get learningRate() {
        return 0.5;
      }
      readonly momentum = 0;
      readonly nesterov = false;
    }
    const options = {
      epochs: 3,
      dropout: new Dropout(),
      earlyStopping: Object.create({ patience: 1, minDelta: 9 }),
      optimizer: new Rate(),
    };
    const plain = {
      epochs: 3,
      dropout: { hidden: [0.5] },
      earlyStopping: { patience: 1, minDelta: 9 },
      optimizer: sgd({ learningRate: 0.5 }),
    };
    const wanted = await train(here, plain);
    expect((await train(here, options)).equals(wanted)).toBe(true);
    expect((await train(fitInWorker, options)).equals(wanted)).toBe(true);
  });

  it("of a trainer as well", async () => {
    const losses = [1, -50].map(async (later) => {
      const classWeights = [1, 2];
      const trainer = (await create()).trainer({ optimizer: sgd(), classWeights, labelSmoothing: 0.1 });
      classWeights[0] = later;
      return trainer.step([[1, 2]], [0]);
    });
    const [wanted, changed] = await Promise.all(losses);
    expect(changed).toBe(wanted);
  });

  it("control: options that are others from the start train another model", async () => {
    const wanted = await train(here, changeable());
    expect((await train(here, { ...changeable(), l2: [0.2, 0] })).equals(wanted)).toBe(false);
  });
});

describe("what cannot be loaded", () => {
  it("changes nothing, and is tried again", async () => {
    const net = await create();
    const optimizer = lbfgs();
    const kind = kindOf(optimizer);
    let isThere = false;
    addKind("lbfgs", {
      ...kind,
      iterations: async () => {
        if (!isThere) throw new Error("no network");
        return (await kind.iterations?.()) as Iterations;
      },
    });
    const before = net.save();
    const options = { optimizer, epochs: 2, validation: 0.25 };
    await expect(net.fit(XOR, options)).rejects.toThrow("no network");
    expect(Buffer.from(net.save()).equals(before)).toBe(true);
    isThere = true;
    expect((await net.fit(XOR, options)).epochs.length).toBe(2);
  });
});

describe("what the model lost is lost to its trainer", () => {
  it("gradients, where a fit failed that wrote others over them", async () => {
    const net = await create();
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1 }) });
    trainer.backward(
      trainer.forward([[1, 2]]).map((_, i) => i - 0.5),
      { by: "logits" },
    );
    const learningRate = ({ step }: { step: number }) => {
      if (step > 0) throw new Error("mine");
      return 0.01;
    };
    const before = net.save();
    await expect(net.fit(XOR, { batchSize: 2, optimizer: sgd({ learningRate }) })).rejects.toThrow("mine");
    expect(() => trainer.update()).toThrow("update: it must come after backward, got no gradients.");
    expect(Buffer.from(net.save()).equals(before)).toBe(true);
    expect(trainer.step([[1, 2]], [0])).toBeGreaterThan(0);
  });

  it("outputs and gradients of other parameters", async () => {
    const net = await create();
    const trainer = net.trainer({ optimizer: sgd() });
    trainer.forward([[1, 2]]);
    net.setParameters(net.parameters());
    expect(() => trainer.backward([1, -1])).toThrow("backward: it must come after forward, got no outputs.");
    trainer.forward([[1, 2]]);
    trainer.backward([1, -1]);
    net.setParameters(net.parameters());
    expect(() => trainer.update()).toThrow("update: it must come after backward, got no gradients.");
  });
});

describe("a model's promises", () => {
  it("without bias there is none, whatever is given", async () => {
    const net = await MLP.create({ layers: [1, 2, 1], output: "linear", bias: [true, false] });
    const [first, last] = net.parameters();
    net.setParameters([{ ...first, biases: [1, 2] }, last]);
    const before = net.save();
    expect(() => net.setParameters([first, { ...last, biases: [5] }])).toThrow(
      "setParameters: layers[1].biases must be 0 in a layer without bias, got 5.",
    );
    expect(Buffer.from(net.save()).equals(before)).toBe(true);
  });

  it("numbers given as rows are seen through: biases that are 0, variances that are not positive", async () => {
    const net = await MLP.create({ layers: [2, 3, 2], bias: false, normalization: "batch", seed: 1 });
    const [first, last] = net.parameters();
    const rows: object = { ...first, biases: [[0, 0, 0]], variance: [[1, 2, 3]] };
    net.setParameters([rows as never, last]);
    expect(net.parameters()[0].variance).toEqual(Float32Array.of(1, 2, 3));
    const before = net.save();
    for (const [wrong, words] of [
      [{ biases: [[0, 5, 0]] }, "layers[0].biases must be 0 in a layer without bias, got 5."],
      [{ variance: [[1, -2, 3]] }, "layers[0].variance must hold numbers >= 0, got -2."],
    ] as const) {
      expect(() => net.setParameters([{ ...rows, ...wrong } as never, last])).toThrow(`setParameters: ${words}`);
    }
    expect(Buffer.from(net.save()).equals(before)).toBe(true);
  });

  it("evaluate refuses the rows that predict refuses", async () => {
    const net = await MLP.create({ layers: [1, 1, 1], activation: "exponential", output: "linear" });
    net.setParameters([
      { weights: [100], biases: [0] },
      { weights: [1], biases: [0] },
    ]);
    const rows = Dataset.from({ x: [[0], [1]], y: [[1], [1]] });
    const words = "x must hold numbers whose sums float32 holds, got others at row 1.";
    expect(() => net.predict(rows)).toThrow(`predict: ${words}`);
    expect(() => net.evaluate(rows)).toThrow(`evaluate: ${words}`);
  });
});
