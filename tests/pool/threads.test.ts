/** Threads of a pool: when they start and end, what a killed one leaves behind, what errors and signals end. */
import { execFileSync } from "node:child_process";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Classifier, Regressor } from "../../src/index.js";
import { createPool } from "../../src/pool.js";
import { fitInWorker } from "../../src/worker.js";
import { bytesOf, cars, passengers } from "./tables.js";

const options = { target: "survived", ensemble: 4, hidden: [6], epochs: 4 } as const;
const long = { ...options, epochs: 100_000 } as const;

/** Threads that were started since the test began. */
const started: Worker[] = [];
const threads = process.getBuiltinModule("node:worker_threads");
vi.spyOn(process, "getBuiltinModule").mockImplementation(((name: string) =>
  name === "node:worker_threads"
    ? {
        ...threads,
        Worker: class extends Worker {
          constructor(...given: ConstructorParameters<typeof Worker>) {
            super(...given);
            started.push(this);
          }
        },
      }
    : undefined) as never);
afterEach(async () => {
  await Promise.all(started.splice(0).map((worker) => worker.terminate()));
});

/** Resolves when so many threads are there and have answered. */
async function until(count: number): Promise<void> {
  while (started.length < count) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe("a pool", () => {
  it("starts threads with the first job, as many as there are jobs, and no more than it was told", async () => {
    const [small, large] = [createPool({ workers: 2 }), createPool({ workers: 9 })];
    expect([small.workers, large.workers, started.length]).toEqual([2, 9, 0]);
    await Classifier.fit(passengers, { ...options, pool: small });
    expect(started.length).toBe(2);
    await Classifier.fit(passengers, { ...options, pool: small });
    expect(started.length).toBe(2);
    await Classifier.fit(passengers, { ...options, pool: large });
    expect(started.length).toBe(2 + options.ensemble);
  });

  it("sends rows once to each thread, however many networks there are", async () => {
    const pool = createPool({ workers: 2 });
    const sent = vi.spyOn(Worker.prototype, "postMessage");
    await Classifier.crossValidate(passengers, { ...options, folds: 4, pool });
    const kinds = sent.mock.calls.map(([{ kind }]) => kind);
    sent.mockRestore();
    expect(kinds.filter((kind) => kind === "keep").length).toBe(2);
    expect(kinds.filter((kind) => kind === "task").length).toBe(4 * options.ensemble);
    // What the fit before had is of no use to another table.
    const later = vi.spyOn(Worker.prototype, "postMessage");
    await Classifier.fit(passengers.slice(5), { ...options, pool });
    const drops = later.mock.calls.map(([message]) => message).filter(({ kind }) => kind === "drop");
    later.mockRestore();
    expect(drops.map(({ things }) => things.length)).toEqual([1, 1]);
  });

  it("has as many threads as the machine has cores, unless it is told otherwise", () => {
    const { mock } = vi.mocked(process.getBuiltinModule);
    expect(mock).toBeDefined();
    expect(Number.isInteger(createPool().workers) && createPool().workers >= 1).toBe(true);
    for (const workers of [0, -1, 1.5, 1025, Number.NaN]) {
      expect(() => createPool({ workers })).toThrow(/^createPool: workers must be .*, got /);
    }
    expect(() => createPool({ workers: "2" } as never)).toThrow(TypeError);
    expect(() => createPool({ threads: 2 } as never)).toThrow(/^createPool: .*threads/);
  });

  it.each([3, {}, { workers: 2 }, null, "2"])("is what createPool made, not %j", async (pool) => {
    const given = { ...options, pool: pool as never };
    const refused = /^\S+: pool must be one that createPool of wasmlp\/pool made, got /;
    await expect(Classifier.fit(passengers, given)).rejects.toThrow(refused);
    await expect(Classifier.crossValidate(passengers, given)).rejects.toThrow(refused);
    await expect(Classifier.search(passengers, given)).rejects.toThrow(refused);
    await expect(Regressor.fit(cars, { ...given, target: ["price", "weight"] })).rejects.toThrow(refused);
    const model = await Classifier.fit(passengers, options);
    await expect(model.importance(passengers, { pool: pool as never })).rejects.toThrow(refused);
  });

  it("cannot go to another thread itself", async () => {
    const there = fitInWorker(Classifier, passengers, { ...options, pool: createPool() });
    await expect(there).rejects.toThrow(
      "Classifier.fit: pool must be left out in a worker, got one. Use fit with the pool, or fitInWorker without.",
    );
    expect(started.length).toBe(0);
  });
});

it("control: work of a pool is done there, and one number that is changed on its way changes the model", async () => {
  const pool = createPool({ workers: 1 });
  const there = async () => bytesOf(await Classifier.fit(passengers, { ...options, ensemble: 2, pool }));
  const here = bytesOf(await Classifier.fit(passengers, { ...options, ensemble: 2 }));
  expect((await there()) === here).toBe(true);
  const send = Worker.prototype.postMessage;
  let count = 0;
  vi.spyOn(Worker.prototype, "postMessage").mockImplementation(function (this: Worker, message, ...rest) {
    if (message.kind === "piece" && message.numbers instanceof Float32Array && count++ === 0) message.numbers[0] += 0.5;
    send.call(this, message, ...rest);
  });
  expect((await there()) === here).toBe(false);
  vi.mocked(Worker.prototype.postMessage).mockRestore();
  expect((await there()) === here).toBe(true);
});

describe("a thread that is killed", () => {
  it.each([
    ["ends the fit with an error", (worker: Worker) => void worker.terminate()],
    ["in the middle of a message, too", (worker: Worker) => setImmediate(() => void worker.terminate())],
  ])("%s, and the pool works again", async (_, kill) => {
    const pool = createPool({ workers: 2 });
    const fit = Classifier.fit(passengers, { ...long, pool });
    await until(2);
    kill(started[1]);
    await expect(fit).rejects.toThrow(/^Classifier\.fit: the worker must run to its end, got exit code \d+ before\.$/);
    const again = await Classifier.fit(passengers, { ...options, pool });
    expect(bytesOf(again) === bytesOf(await Classifier.fit(passengers, options))).toBe(true);
  });

  it("ends a cross-validation and importance with an error", async () => {
    const pool = createPool({ workers: 2 });
    const folds = Classifier.crossValidate(passengers, { ...long, pool });
    await until(1);
    void started[0].terminate();
    await expect(folds).rejects.toThrow("Classifier.crossValidate: the worker must run to its end, got exit code");
    const model = await Classifier.fit(passengers, options);
    const [before, many] = [started.length, Array.from({ length: 9 }, () => passengers).flat()];
    const importance = model.importance(many, { repeats: 20, pool: createPool({ workers: 2 }) });
    await until(before + 2);
    for (const worker of started) void worker.terminate();
    await expect(importance).rejects.toThrow("importance: the worker must run to its end, got exit code");
    expect(await model.importance(passengers, { pool })).toEqual(await model.importance(passengers));
  });

  it("ends a search with an error: no trial has failed by it", async () => {
    const pool = createPool({ workers: 2 });
    const trials: unknown[] = [];
    const onTrial = ({ trial }: { trial: unknown }) => trials.push(trial);
    const found = Classifier.search(passengers, { ...long, pool, trials: 3, onTrial });
    await until(2);
    void started[1].terminate();
    await expect(found).rejects.toThrow("Classifier.search: the worker must run to its end, got exit code");
    expect(trials).toEqual([]);
  });

  it("lets nobody be told of anything once the call has ended", async () => {
    const pool = createPool({ workers: 2 });
    let [isOver, late] = [false, 0];
    const onEpoch = () => {
      if (isOver) late++;
    };
    const fit = Classifier.fit(passengers, { ...long, pool, onEpoch });
    await until(2);
    void started[1].terminate();
    await fit.catch(() => {
      isOver = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([isOver, late]).toEqual([true, 0]);
  });

  it("that had nothing to do is replaced", async () => {
    const pool = createPool({ workers: 1 });
    await Classifier.fit(passengers, { ...options, pool });
    await started[0].terminate();
    await Classifier.fit(passengers, { ...options, pool });
    expect(started.length).toBe(2);
  });
});

describe("errors on a pool", () => {
  it("are those of the call without one, and the pool works again", async () => {
    const pool = createPool({ workers: 2 });
    const cases = [
      { learningRate: 1e300 },
      { epochs: 0 },
      { batchSize: -1 },
      { optimizer: {} },
      { dropout: 2 },
      { earlyStopping: { patience: 0 } },
      { onEpoch: 3 },
      { signal: 3 },
    ];
    for (const own of cases) {
      const given = { ...options, ...own } as never;
      const messageOf = (error: Error) => `${error.constructor.name} ${error.message}`;
      const here = await Classifier.fit(passengers, given).catch(messageOf);
      const there = await Classifier.fit(passengers, { ...(given as object), pool } as never).catch(messageOf);
      expect(there).toBe(here);
      expect(typeof here).toBe("string");
    }
    const again = await Classifier.fit(passengers, { ...options, pool });
    expect(bytesOf(again) === bytesOf(await Classifier.fit(passengers, options))).toBe(true);
  });

  it("of callbacks are the caller's own, whichever network they come from", async () => {
    const pool = createPool({ workers: 3 });
    const mine = new Error("mine");
    for (const [member, epoch] of [
      [0, 1],
      [2, 0],
      [3, 3],
    ]) {
      const told: string[] = [];
      const onEpoch = (report: { member: number; epoch: number }) => {
        told.push(`${report.member}.${report.epoch}`);
        if (report.member === member && report.epoch === epoch) throw mine;
      };
      await expect(Classifier.fit(passengers, { ...options, pool, onEpoch })).rejects.toBe(mine);
      expect(told.length).toBe(member * options.epochs + epoch + 1);
    }
    const onFold = () => Promise.reject(mine);
    await expect(Classifier.crossValidate(passengers, { ...options, pool, onFold })).rejects.toBe(mine);
    const onTrial = onFold;
    await expect(Classifier.search(passengers, { ...options, trials: 3, pool, onTrial })).rejects.toBe(mine);
    const onEpoch = () => {
      throw mine;
    };
    await expect(Classifier.search(passengers, { ...options, trials: 3, pool, onEpoch })).rejects.toBe(mine);
  });

  it("refuse what cannot travel", async () => {
    const pool = createPool({ workers: 1 });
    const given = { ...options, pool };
    const optimizer = { name: "sgd", learningRate: () => 0.1, momentum: 0, nesterov: false } as never;
    await expect(Classifier.fit(passengers, { ...given, optimizer })).rejects.toThrow(
      "Classifier.fit: learningRate must be a number or one of wasmlp's schedules in a worker, got another function.",
    );
    expect(started.length).toBe(0);
  });
});

describe("a signal on a pool", () => {
  it("ends all at once, and leaves what the fit without a pool would", async () => {
    const pool = createPool({ workers: 3 });
    for (const [member, epoch] of [
      [0, 1],
      [1, 2],
      [3, 0],
    ]) {
      const begin = (own?: typeof pool) => {
        const control = new AbortController();
        const onEpoch = (report: { member: number; epoch: number }) => {
          if (report.member === member && report.epoch === epoch) control.abort();
        };
        return Classifier.fit(passengers, { ...options, pool: own, onEpoch, signal: control.signal });
      };
      const there = await begin(pool);
      expect(there.members.length).toBe(Math.max(1, member));
      expect(bytesOf(there) === bytesOf(await begin())).toBe(true);
    }
  });

  it("that is of no class, and was given before all began, is obeyed", async () => {
    const pool = createPool({ workers: 2 });
    const signal = { aborted: true } as AbortSignal;
    const there = await Classifier.fit(passengers, { ...long, pool, signal });
    expect(bytesOf(there) === bytesOf(await Classifier.fit(passengers, { ...long, signal }))).toBe(true);
    const late = { aborted: false };
    const fit = Classifier.fit(passengers, { ...long, pool, signal: late as AbortSignal });
    setTimeout(() => {
      late.aborted = true;
    }, 300);
    expect((await fit).history.stopped).toBe("aborted");
  });

  it("ends folds, a search and several targets", async () => {
    const pool = createPool({ workers: 2 });
    const soon = () => AbortSignal.timeout(300);
    const folds = await Classifier.crossValidate(passengers, { ...long, pool, signal: soon() });
    expect([folds.stopped, folds.folds]).toEqual(["aborted", []]);
    const found = await Classifier.search(passengers, { ...long, pool, signal: soon() });
    expect([found.stopped, found.trials]).toEqual(["aborted", []]);
    const both = await Regressor.fit(cars, { ...long, target: ["price", "weight"], pool, signal: soon() });
    expect(both.models.weight.history.stopped).toBe("aborted");
  });

  it("of a fold that is told of late gives what it gives without a pool", async () => {
    const pool = createPool({ workers: 3 });
    for (const last of [0, 1, 3]) {
      const run = (own?: typeof pool) => {
        const control = new AbortController();
        const onFold = ({ fold }: { fold: number }) => {
          if (fold === last) control.abort();
        };
        return Classifier.crossValidate(passengers, { ...options, pool: own, onFold, signal: control.signal });
      };
      expect(await run(pool)).toEqual(await run());
    }
  });
});

describe("a process", () => {
  const run = (code: string, ...args: string[]) =>
    execFileSync(process.execPath, [...args, "--input-type=module", "-e", code], { encoding: "utf8", timeout: 60_000 });
  const begin = `
    import { createPool } from "./dist/pool.js";
    import { Classifier } from "./dist/index.js";
    const rows = Array.from({ length: 90 }, (_, i) => ({ a: i % 7, b: i % 5, c: i % 7 > 3 ? "x" : "y" }));
    const fit = (pool, more) => Classifier.fit(rows, { target: "c", ensemble: 3, hidden: [4], epochs: 3, pool, ...more });`;

  it("ends by itself at once, and knows of no thread then", () => {
    const code = `${begin}
      const pool = createPool({ workers: 2 });
      const model = await fit(pool);
      const began = performance.now();
      process.on("exit", () => console.log(model.members.length, performance.now() - began < 3000));`;
    expect(run(code)).toBe("3 true\n");
  });

  it("does not end while a fit goes on", () => {
    expect(run(`${begin} fit(createPool({ workers: 1 })).then(({ members }) => console.log(members.length));`)).toBe(
      "3\n",
    );
  });

  it("has no thread left some seconds after the last job", () => {
    const code = `${begin}
      const { getActiveResourcesInfo } = process;
      const ports = () => process.getActiveResourcesInfo().filter((name) => name === "MessagePort").length;
      const { Worker } = process.getBuiltinModule("node:worker_threads");
      let ended = 0;
      const { terminate } = Worker.prototype;
      Worker.prototype.terminate = function () { ended++; return terminate.call(this); };
      await fit(createPool({ workers: 2 }));
      const before = ended;
      await new Promise((resolve) => setTimeout(resolve, 6000));
      console.log(before, ended, ports());`;
    expect(run(code)).toBe("0 2 0\n");
  });

  it("has pools in its threads, too", () => {
    const code = `${begin}
      import { Worker } from "node:worker_threads";
      const code = \`${begin.replaceAll("./dist", `${process.cwd()}/dist`)}
        import { parentPort } from "node:worker_threads";
        const save = async (pool) => Buffer.from((await fit(pool)).save()).toString("hex");
        parentPort.postMessage((await save(createPool({ workers: 2 }))) === (await save()));\`;
      const url = new URL("data:text/javascript," + encodeURIComponent(code.replaceAll('"' + ${JSON.stringify(process.cwd())}, '"file://' + ${JSON.stringify(process.cwd())})));
      const worker = new Worker(url);
      worker.on("message", (same) => console.log(same));`;
    expect(run(code)).toBe("true\n");
  });
});
