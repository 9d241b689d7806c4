/** A checkpoint that is saved inside `onEpoch`: a crash after it costs what came after it, and no bit. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, cosineDecay, Dataset, type FitOptions, MLP, sgd, stepDecay } from "../../src/index.js";

/** Two noisy classes in the plane: the validation loss falls, then rises. */
function noisy(rows: number, seed: number): Dataset {
  const random = new Random(seed);
  const y = Array.from({ length: rows }, () => random.below(2));
  return Dataset.from({ x: y.map((label) => [random.normal() + 0.7 * label, random.normal()]), y });
}

const train = noisy(60, 1);
const held = noisy(100, 2);
const create = () => MLP.create({ layers: [2, 16, 2], seed: 3 });

const OPTIMIZERS = {
  sgd: sgd({ learningRate: 0.05 }),
  momentum: sgd({ learningRate: cosineDecay({ initial: 0.1, over: 24 }), momentum: 0.9 }),
  nesterov: sgd({
    learningRate: stepDecay({ initial: 0.1, rate: 0.9, every: 7, unit: "step" }),
    momentum: 0.9,
    nesterov: true,
  }),
  adam: adam({ learningRate: 0.02 }),
};

const EXTRAS: Record<string, FitOptions<"softmax">> = {
  plain: {},
  "no shuffling": { shuffle: false },
  "penalties, dropout": { l1: 1e-4, l2: 1e-3, dropout: { input: 0.1, hidden: 0.4 } },
  "balanced, clipped": { classWeights: "balanced", clipNorm: 0.5 },
  "early stopping": { validation: held, earlyStopping: { patience: 4 } },
  "early stopping on the training loss": { earlyStopping: { patience: 3 } },
  "a share held out, plateau": {
    validation: 0.25,
    earlyStopping: { patience: 9, minDelta: 1e-3 },
    reduceOnPlateau: { patience: 2, factor: 0.5 },
  },
};

const EPOCHS = 24;
const STOPS = 20;

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("a checkpoint", () => {
  for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
    for (const [title, extra] of Object.entries(EXTRAS)) {
      it(`${name}, ${title}: goes on to the same bits from ${STOPS} random epochs`, async () => {
        const options = { epochs: EPOCHS, batchSize: 16, optimizer, ...extra };
        const untold = await create();
        await untold.fit(train, options);
        const net = await create();
        const files: Uint8Array[] = [];
        const history = await net.fit(train, {
          ...options,
          onEpoch: async (_, save) => {
            files.push(net.save({ resume: true }));
            expect(isSame(await save(), files.at(-1)!)).toBe(true);
          },
        });
        const whole = net.save({ resume: true });
        // Whoever saves changes nothing.
        expect(isSame(untold.save({ resume: true }), whole)).toBe(true);
        const random = new Random(7);
        for (let stop = 0; stop < STOPS; stop++) {
          const file = files[random.below(files.length)];
          const again = await MLP.load<"softmax">(file);
          expect(await again.fit(train, { ...options, resume: true })).toEqual(history);
          expect(isSame(again.save({ resume: true }), whole)).toBe(true);
        }
      });
    }
  }

  it("is the model as if the fit had been aborted there", async () => {
    const options = { epochs: EPOCHS, validation: held, earlyStopping: { patience: 30 } };
    const net = await create();
    const files: Uint8Array[] = [];
    await net.fit(train, { ...options, onEpoch: async (_, save) => files.push(await save()) });
    for (const stop of [0, 5, 23]) {
      const stopped = await create();
      const controller = new AbortController();
      const onEpoch = ({ epoch }: { epoch: number }) => epoch === stop && controller.abort();
      const history = await stopped.fit(train, { ...options, onEpoch, signal: controller.signal });
      const again = await MLP.load(files[stop]);
      expect(again.parameters()).toEqual(stopped.parameters());
      expect(again.history).toEqual({ ...history, stopped: "aborted" });
    }
  });

  it("of a fit that goes on, and of a fit after another one, is of the latest", async () => {
    const options = { epochs: 8, batchSize: 16, optimizer: OPTIMIZERS.momentum };
    const net = await create();
    await net.fit(train, { epochs: 2 });
    const files: Uint8Array[] = [];
    const onEpoch = async (_: unknown, save: () => Promise<Uint8Array>) => files.push(await save());
    await net.fit(train, { ...options, onEpoch });
    const half = await MLP.load<"softmax">(files[3]);
    expect(half.history?.epochs.length).toBe(4);
    await half.fit(train, { ...options, onEpoch, resume: true });
    expect(isSame(files[8], files[4])).toBe(true);
    const again = await MLP.load<"softmax">(files[9]);
    await again.fit(train, { ...options, resume: true });
    expect(isSame(again.save({ resume: true }), net.save({ resume: true }))).toBe(true);
  });

  it("is a matter of that moment: refused inside an epoch, with what to do", async () => {
    const net = await create();
    const sentence =
      "save: the model must not be inside fit, got a call before it ended. Await fit, or call the function save that onEpoch is given.";
    let late: Promise<unknown> | undefined;
    const learningRate = ({ step }: { step: number }) => {
      expect(() => net.save({ resume: true })).toThrow(sentence);
      return step === 0 ? 0.1 : 0.05;
    };
    const onEpoch = (_: unknown, save: () => Promise<Uint8Array>) => {
      // A promise that nobody waits for.
      late ??= Promise.resolve()
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => save())
        .catch((error) => error.message);
    };
    const big = noisy(20_000, 5);
    await net.fit(big, { epochs: 2, optimizer: sgd({ learningRate }), onEpoch });
    expect(await late).toBe(sentence);
    // Without resume it is the model at hand, as before.
    await net.fit(train, { epochs: 1, onEpoch: () => expect(net.save().length).toBeGreaterThan(0) });
  });

  it("stays of use when the fit fails later, and onEpoch may throw after it", async () => {
    const options = { epochs: 6, batchSize: 16, optimizer: OPTIMIZERS.adam };
    const whole = await create();
    await whole.fit(train, options);
    const net = await create();
    let file = new Uint8Array();
    const fitting = net.fit(train, {
      ...options,
      onEpoch: async ({ epoch }, save) => {
        file = await save();
        if (epoch === 2) throw new Error("the machine is switched off");
      },
    });
    await expect(fitting).rejects.toThrow("switched off");
    const again = await MLP.load<"softmax">(file);
    await again.fit(train, { ...options, resume: true });
    expect(isSame(again.save({ resume: true }), whole.save({ resume: true }))).toBe(true);
  });

  it("control: without what only a checkpoint has, the way is another one", async () => {
    const options = { epochs: 12, batchSize: 16, optimizer: OPTIMIZERS.adam, validation: held };
    const net = await create();
    const files: Uint8Array[] = [];
    const onEpoch = async (_: unknown, save: () => Promise<Uint8Array>) => files.push(net.save(), await save());
    await net.fit(train, { ...options, onEpoch });
    // The parameters alone, and a fit of the rest of the epochs.
    const bare = await MLP.load<"softmax">(files[2 * 5]);
    await bare.fit(train, { ...options, epochs: 6 });
    expect(bare.parameters()).not.toEqual(net.parameters());
    // Another rate, which no file tells.
    const other = await MLP.load<"softmax">(files[2 * 5 + 1]);
    await other.fit(train, { ...options, optimizer: adam({ learningRate: 0.0201 }), resume: true });
    expect(other.parameters()).not.toEqual(net.parameters());
  });
});
