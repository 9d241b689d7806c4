/** What must hold on every engine, counted without a test framework and without anything of Node's. */
import { configurations, hash, hashes, type Library, rowsFor, sha256 } from "./configurations.js";

type FitInWorker = typeof import("../../src/worker/fit-in-worker.js").fitInWorker;

/** What goes on on other threads. */
interface Elsewhere {
  readonly fitInWorker: FitInWorker;
  readonly createPool: typeof import("../../src/pool.js").createPool;
}

/** What an engine answers. */
export interface Outcome {
  passed: number;
  /** One sentence each. */
  failed: string[];
}

/** Checks by name; each resolves, or throws what went wrong. */
type Checks = Record<string, () => Promise<void>>;

/** Runs everything and reports what does not hold. */
export function conform(library: Library, elsewhere: Elsewhere, golden: Record<string, string>): Promise<Outcome> {
  const { fitInWorker } = elsewhere;
  return count({
    ...goldenChecks(library, golden),
    ...fileChecks(library, "momentum"),
    ...fileChecks(library, "dropout of inputs and tanh"),
    "a row alone and among others": () => predictsAlike(library),
    "refusals, word for word": () => refuses(library),
    "the worker's bytes": () => trainsElsewhere(library, fitInWorker),
    "the worker's bytes after all models that a page holds": () =>
      trainsElsewhere(library, fitInWorker, () => fillUp(library)),
    "the worker's tables": () => fitsTablesElsewhere(library, fitInWorker),
    "the bytes of a pool, however many workers": () => fitsOnPools(library, elsewhere),
    "control: a wrong golden hash fails": async () => {
      const { passed, failed } = await count({ wrong: goldenChecks(library, { ...golden, sgd: golden.defaults }).sgd });
      equal(`${passed} passed, ${failed.length} failed`, "0 passed, 1 failed");
    },
    "control: one seed further is other bytes": async () => {
      const { model, options } = configurations.sgd;
      if ((await hash(library, { model: { ...model, seed: 6 }, options })) === golden.sgd) throw new Error("the same");
    },
  });
}

async function count(checks: Checks): Promise<Outcome> {
  const outcome: Outcome = { passed: 0, failed: [] };
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check();
      outcome.passed++;
    } catch (error) {
      outcome.failed.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return outcome;
}

function goldenChecks(library: Library, golden: Record<string, string>): Checks {
  const checks: Checks = {
    "a golden hash for each": async () => equal(Object.keys(golden).join(), Object.keys(hashes).join()),
  };
  for (const [name, compute] of Object.entries(hashes)) {
    checks[name] = async () => equal(await compute(library), golden[name]);
  }
  return checks;
}

/** A model goes through its file, and has the future it would have had. */
function fileChecks(library: Library, name: string): Checks {
  const { MLP } = library;
  const { model, options } = configurations[name];
  const data = rowsFor(library, configurations[name]);
  const trained = async (epochs: number) => {
    const net = await MLP.create({ seed: 5, ...model });
    await net.fit(data, { ...options?.(library), epochs });
    return net;
  };
  return {
    [`saved and loaded: ${name}`]: async () => {
      const net = await trained(2);
      const again = await MLP.load(net.save());
      await same(again.save(), net.save());
      await same(again.predictProba(data), net.predictProba(data));
    },
    [`resumed from a file: ${name}`]: async () => {
      const half = await MLP.load((await trained(3)).save({ resume: true }));
      await half.fit(data, { ...options?.(library), epochs: 6, resume: true });
      const whole = await trained(6);
      await same(half.toSafetensors(), whole.toSafetensors());
      await same(half.predictProba(data), whole.predictProba(data));
    },
  };
}

async function predictsAlike(library: Library): Promise<void> {
  const { MLP } = library;
  for (const name of ["tanh hidden", "linear output", "wide, sparse"]) {
    const { model } = configurations[name];
    const data = rowsFor(library, configurations[name]);
    const net = await MLP.create({ seed: 5, ...model });
    const all = net.predictProba(data);
    const x = Float32Array.from(data.x);
    const alone = new Float32Array(all.length);
    for (let r = 0; r < data.rows; r++) {
      const [inputs, outputs] = [data.inputs, all.length / data.rows];
      net.predictProba(x.subarray(r * inputs, (r + 1) * inputs), alone.subarray(r * outputs, (r + 1) * outputs));
    }
    await same(alone, all);
  }
}

async function refuses({ Classifier, Dataset, MLP, sgd }: Library): Promise<void> {
  const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
  const data = Dataset.from({ x: [0, 0, 1, 1], y: [0, 1] });
  const damaged = net.save();
  damaged[damaged.length - 1] ^= 1;
  const cases: [call: () => unknown, wanted: string][] = [
    [() => MLP.create({ layers: [3] }), "MLP.create: layers must name inputs and outputs at least, got [3]."],
    [() => net.fit(data, { epochs: 0 }), "fit: epochs must be a whole number >= 1, got 0."],
    [() => net.predict([[1, Number.NaN]]), "predict: x must hold finite numbers, got NaN at row 0, column 1."],
    [
      () => MLP.load(damaged),
      'MLP.load: the file must have checksum 203915e6, got "573e2570". It is damaged or cut short.',
    ],
    [() => Classifier.fit([], { target: "price" }), "Classifier.fit: rows must hold at least one row, got none."],
    [
      () => net.fit(data, { optimizer: sgd({ learningRate: 1e30 }) }),
      "fit: the loss became NaN at epoch 1, step 1 (learning rate 1e+30). Lower the learning rate or standardise the inputs; the model is as it was before the fit.",
    ],
  ];
  for (const [call, wanted] of cases) {
    let got = "no error";
    try {
      await call();
    } catch (error) {
      got = (error as Error).message;
    }
    equal(got, wanted);
  }
}

/** Chromium's pages have room for some 125 memories, of which a worker's collector frees none that the page has dropped. */
async function fillUp({ MLP }: Library): Promise<void> {
  const models: unknown[] = [];
  try {
    while (models.length < 300) models.push(await MLP.create({ layers: [2, 2] }));
  } catch (error) {
    const { message } = error as Error;
    if (!/^MLP.create: the engine must have memory for one more model, got ".+"\. Drop some: Chromium/.test(message))
      throw error;
  }
}

async function trainsElsewhere(library: Library, fitInWorker: FitInWorker, before = async () => {}): Promise<void> {
  const { model, options } = configurations["warm-up and cosine"];
  const data = rowsFor(library, configurations["warm-up and cosine"]);
  const [here, there] = [await library.MLP.create(model), await library.MLP.create(model)];
  await here.fit(data, options?.(library));
  await before();
  let epochs = 0;
  await fitInWorker(there, data, { ...options?.(library), onEpoch: () => void epochs++ });
  equal(epochs, 10);
  await same(there.save({ resume: true }), here.save({ resume: true }));
}

async function fitsOnPools({ Classifier }: Library, { createPool }: Elsewhere): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    size: (i * 7) % 13,
    colour: `c${i % 3}`,
    big: (i * 7) % 13 > 5,
  }));
  const options = { target: "big", epochs: 4, ensemble: 3, hidden: [5] };
  const here = await Classifier.fit(rows, options);
  for (const workers of [1, 2]) {
    const pool = createPool({ workers });
    const there = await Classifier.fit(rows, { ...options, pool });
    await same(there.save({ resume: true }), here.save({ resume: true }));
    const [own, alone] = [await there.importance(rows, { pool }), await here.importance(rows)];
    equal(JSON.stringify(own), JSON.stringify(alone));
  }
}

async function fitsTablesElsewhere({ Classifier }: Library, fitInWorker: FitInWorker): Promise<void> {
  const rows = Array.from({ length: 60 }, (_, i) => ({
    size: (i * 7) % 13,
    colour: ["red", "blue"][i % 2],
    big: (i * 7) % 13 > 5,
  }));
  const options = { target: "big", epochs: 6, validation: 0.2 };
  const files: Uint8Array[] = [];
  const onEpoch = async (_: unknown, save: () => Promise<Uint8Array>) => files.push(await save());
  const here = await Classifier.fit(rows, options);
  const there = await fitInWorker(Classifier, rows, { ...options, onEpoch });
  await same(there.save({ resume: true }), here.save({ resume: true }));
  const again = await fitInWorker(Classifier, rows, { ...options, resume: files[2] });
  await same(again.save({ resume: true }), here.save({ resume: true }));
}

function equal<T>(got: T, wanted: T): void {
  if (got !== wanted) throw new Error(`must be ${wanted}, got ${got}`);
}

/** Bit for bit: NaN and -0 too. */
async function same(got: Float32Array | Uint8Array, wanted: Float32Array | Uint8Array): Promise<void> {
  equal(await sha256(got), await sha256(wanted));
}
