/** The fit of a table that goes on from a checkpoint: the same bytes as the fit that never stopped. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, Classifier, type ClassifierOptions, cosineDecay, Regressor, sgd } from "../../src/index.js";

const random = new Random(4);
const rows = Array.from({ length: 90 }, () => {
  const [size, weight] = [random.normal(), 40 + 9 * random.normal()];
  const colour = ["red", "green", "blue"][random.below(3)];
  const label = size + random.normal() > 0 ? "yes" : "no";
  return { size, weight: random.below(9) === 0 ? null : weight, colour, label, price: 3 * size + random.normal() };
});
const [classified, priced] = [rows.map(({ price, ...row }) => row), rows.map(({ label, ...row }) => row)];

const OPTIMIZERS = {
  sgd: sgd({ learningRate: 0.05 }),
  momentum: sgd({ learningRate: cosineDecay({ initial: 0.1, over: 20 }), momentum: 0.9 }),
  adam: undefined,
};

const EXTRAS: Record<string, Partial<ClassifierOptions>> = {
  defaults: {},
  "a share held out": { validation: 0.2, earlyStopping: { patience: 4 } },
  "rows held out, dropout, plateau": {
    validation: classified.slice(0, 20).map((row) => ({ price: 0, ...row })),
    dropout: 0.3,
    reduceOnPlateau: { patience: 2 },
  },
  "balanced, in order": { classWeights: "balanced", shuffle: false, hidden: [8, 8], activation: "tanh" },
};

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

describe("the checkpoint of a table", () => {
  const kinds = {
    Classifier: (options: Partial<ClassifierOptions>) =>
      Classifier.fit(classified, { target: "label", ...options } as ClassifierOptions),
    Regressor: ({ classWeights, validation, ...options }: Partial<ClassifierOptions>) =>
      Regressor.fit(priced, {
        target: "price",
        ...(options as object),
        validation: typeof validation === "object" ? priced.slice(0, 20) : validation,
      }),
  };
  for (const [kind, train] of Object.entries(kinds)) {
    for (const [name, optimizer] of Object.entries(OPTIMIZERS)) {
      for (const [title, extra] of Object.entries(EXTRAS)) {
        it(`${kind}, ${name}, ${title}: goes on to the same bytes from 20 random epochs`, async () => {
          const options = { epochs: 20, optimizer, hidden: [12], seed: 5, ...extra };
          const files: Uint8Array[] = [];
          const whole = await train({ ...options, onEpoch: async (_, save) => files.push(await save()) });
          expect(isSame((await train(options)).save({ resume: true }), whole.save({ resume: true }))).toBe(true);
          const draw = new Random(7);
          for (let stop = 0; stop < 20; stop++) {
            const resume = files[draw.below(files.length)];
            const again = await train({ ...options, resume });
            expect(again.history).toEqual(whole.history);
            expect(isSame(again.save({ resume: true }), whole.save({ resume: true }))).toBe(true);
          }
        });
      }
    }
  }

  /** One network, and a rate that does not look at the epochs to come. */
  const single = { target: "label", ensemble: 1, validation: 0 } as const;

  /** A checkpoint of the second epoch. */
  async function checkpoint(options: Partial<ClassifierOptions> = {}): Promise<Uint8Array> {
    let file: Uint8Array | undefined;
    const onEpoch = async ({ epoch }: { epoch: number }, save: () => Promise<Uint8Array>) => {
      if (epoch === 1) file = await save();
    };
    await Classifier.fit(classified, { ...single, epochs: 3, hidden: [8], ...options, onEpoch });
    return file!;
  }

  it("loads as a model too, and more epochs are the longer fit", async () => {
    const resume = await checkpoint();
    const model = await Classifier.load(resume);
    expect(model.history.epochs.length).toBe(2);
    expect(["yes", "no"]).toContain(model.predict(classified[0]));
    const long = await Classifier.fit(classified, { ...single, epochs: 9, hidden: [8] });
    const again = await Classifier.fit(classified, { ...single, epochs: 9, hidden: [8], resume });
    expect(again.history.epochs[8].loss).toBe(long.history.epochs[8].loss);
    expect(again.net.parameters()).toEqual(long.net.parameters());
    const once = await Classifier.fit(classified, { ...single, epochs: 4, hidden: [8] });
    const more = { ...single, epochs: 9, hidden: [8], resume: once.save({ resume: true }) };
    expect((await Classifier.fit(classified, more)).net.parameters()).toEqual(long.net.parameters());
  });

  it("refuses other rows and other options where it can tell", async () => {
    const resume = await checkpoint();
    const refused = (given: Partial<ClassifierOptions>, others: readonly object[] = classified) =>
      expect(Classifier.fit(others, { ...single, epochs: 3, hidden: [8], resume, ...given })).rejects;
    const tail = "of the fit it goes on with, got";
    await refused({ hidden: [9] }).toThrow(`Classifier.fit: resume must have the layers ${tail} [`);
    await refused({ activation: "tanh" }).toThrow(`Classifier.fit: resume must have the activation ${tail} "tanh".`);
    await refused({ target: "colour" }).toThrow(`Classifier.fit: resume must have the target ${tail} "colour".`);
    await refused({ columns: { weight: "ignore" } }).toThrow(
      `Classifier.fit: resume must have the columns ${tail} rows that make others. Pass the rows and options of that fit.`,
    );
    await refused({}, classified.slice(1)).toThrow("resume must have the columns");
    await refused(
      {},
      classified.map((row) => ({ ...row, label: `${row.label}!` })),
    ).toThrow("resume must have the values of the target");
    const columns = { size: "ignore", weight: "ignore" } as const;
    const bare = await checkpoint({ columns });
    await refused({ columns, resume: bare }, [...classified, ...classified]).toThrow(
      "fit: resume must have the rows to train on of the fit it goes on with (90), got 180.",
    );
    await refused({ batchSize: 7 }).toThrow("resume must have the batchSize");
    await refused({ optimizer: sgd() }).toThrow("resume must have the optimizer");
    await refused({ dropout: 0.5 }).toThrow("resume must have the dropout");
    await expect(Regressor.fit(priced, { target: "price", resume })).rejects.toThrow(
      `Regressor.fit: resume must have the kind of model ${tail} "regressor".`,
    );
  });

  it("refuses what is none, with what to do", async () => {
    const finished = await Classifier.fit(classified, { target: "label", epochs: 1 });
    const refused = (resume: unknown) =>
      expect(Classifier.fit(classified, { target: "label", resume: resume as Uint8Array })).rejects;
    for (const [resume, got] of [
      [true, "true"],
      [null, "null"],
      ["file", '"file"'],
    ]) {
      await refused(resume).toThrow(`Classifier.fit: resume must be a Uint8Array, got ${got}.`);
    }
    await refused(finished.save()).toThrow(
      "Classifier.fit: resume must be a checkpoint of a table's fit, got a model without one. Pass what save() gave inside onEpoch.",
    );
    await refused(finished.net.save({ resume: true })).toThrow("got a network alone.");
    await refused(finished.save().slice(1)).toThrow("Classifier.fit: the file must");
    const options = { target: "label", resume: finished.save() };
    for (const call of [
      Classifier.crossValidate(classified, options),
      Classifier.search(classified, { epochs: [1] }, options),
    ]) {
      await expect(call).rejects.toThrow('got "resume".');
    }
  });

  it("control: another rate is another way; another seed is none, since the file has the generator", async () => {
    const options = { ...single, epochs: 6, hidden: [8], optimizer: adam() };
    let resume: Uint8Array | undefined;
    const onEpoch = async ({ epoch }: { epoch: number }, save: () => Promise<Uint8Array>) => {
      if (epoch === 2) resume = await save();
    };
    const whole = await Classifier.fit(classified, { ...options, onEpoch });
    const again = await Classifier.fit(classified, { ...options, resume, seed: 6 });
    expect(isSame(again.save(), whole.save())).toBe(true);
    const other = await Classifier.fit(classified, { ...options, resume, optimizer: adam({ learningRate: 0.002 }) });
    expect(isSame(other.save(), whole.save())).toBe(false);
  });
});
