/** Fits, searches and studies on workers: the same as on one machine alone; what goes wrong is told of in a sentence, and nothing is lost. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Classifier, Regressor } from "wasmlp";
import { openFolder } from "wasmlp/node";
import { Study, trainMany } from "wasmlp/study";
import {
  type JobQueue,
  openQueue,
  type RunningWorker,
  startWorker,
  type Task,
  type WorkerOptions,
} from "../src/index.js";
import { hasRedis, TestRedis, Way } from "./redis-server.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-bullmq-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = Array.from({ length: 120 }, (_, i) => ({
  a: i % 7,
  b: (i * i) % 11,
  shop: `shop ${i % 5}`,
  kind: ["u", "v"][Number((i % 7) + ((i * i) % 11) > 7)],
  price: (i % 7) - 0.5 * ((i * i) % 11),
}));
const small = { hidden: [4], ensemble: 1, epochs: 4, seed: 2 } as const;

/** Halves what it is given to, step by step. */
const hole: Task = ({ settings, report }) => {
  for (let step = 1; step <= 16; step++) if (report(step, (settings.x - 0.3) ** 2 + 1 / step)) break;
  return (settings.x - 0.3) ** 2;
};

describe.skipIf(!hasRedis)("a queue", () => {
  let redis: TestRedis;
  let queue: JobQueue;
  const workers: RunningWorker[] = [];
  const warnings: string[] = [];
  /** Names of queues: each test has one of its own. */
  let tests = 0;
  let name = "";

  const work = async (options: Partial<WorkerOptions> = {}) => {
    const worker = await startWorker({ redis: redis.url, queue: name, workers: 2, ...options });
    workers.push(worker);
    return worker;
  };
  const open = () => openQueue({ redis: redis.url, queue: name, onWarning: (message) => warnings.push(message) });
  /** The queue as BullMQ has it. */
  const clients: Redis[] = [];
  const rawQueue = () => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    clients.push(client);
    return new Queue(name, { connection: client as never, prefix: "{wasmlp}" });
  };
  const next = async () => {
    name = `test-${tests++}`;
    queue = await open();
  };

  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterEach(async () => {
    await queue?.close();
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    warnings.length = 0;
  });
  afterAll(() => redis.stop());

  it("fits models to the bytes of a fit here, of rows in Redis, in a file, behind a URL", async () => {
    await next();
    await work();
    const alone = (await Classifier.fit(rows, { target: "kind", ...small })).save();
    const file = join(folder, "rows.jsonl");
    const text = rows.map((row) => JSON.stringify(row)).join("\n");
    writeFileSync(file, text);
    const server = createServer((_, answer) => answer.end(text)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/rows.jsonl`;
    for (const of of [rows, await queue.rows(rows), await queue.files([file]), await queue.files([url])]) {
      const model = await queue.fit(Classifier, of, { target: "kind", ...small });
      expect(Buffer.compare(model.save(), alone)).toBe(0);
    }
    server.close();
  });

  it("carries cells of all kinds", async () => {
    await next();
    const cells = rows.map((row, i) => ({
      ...row,
      day: new Date(Date.UTC(2024, 0, 1 + i)),
      count: BigInt(i % 3),
      gap: [Number.NaN, undefined, null, -0, 2][i % 5],
      flag: i % 2 === 0,
    }));
    let seen: unknown;
    await work({
      tasks: {
        see: async ({ input, rows: of }) => {
          seen = await of(input);
        },
      },
    });
    await queue.run("see", await queue.rows(cells));
    expect(seen).toStrictEqual(cells);
    const remote = await queue.fit(Regressor, cells, { target: "price", ...small });
    const alone = await Regressor.fit(cells, { target: "price", ...small });
    expect(Buffer.compare(remote.save(), alone.save())).toBe(0);
    await expect(queue.rows([{ a: 1 }, { a: () => 1 }])).rejects.toThrow(
      'rows: row 1, column "a" must be a text, number, boolean, date or list of these, got a function.',
    );
    await expect(queue.rows([{ $wasmlp: 1 }])).rejects.toThrow('row 0 must have no column "$wasmlp"');
  });

  it("searches, studies and trains groups to what they come to here", async () => {
    await next();
    await work({ tasks: { hole } });
    const of = await queue.rows(rows);
    const options = { target: "kind", folds: 2, trials: 6, ...small };
    const space = { learningRate: { low: 0.001, high: 0.1, log: true } };
    const far = await Classifier.search(rows, space, {
      ...options,
      crossValidate: queue.crossValidation(Classifier, of),
    });
    const near = await Classifier.search(rows, space, options);
    expect(far.trials).toEqual(near.trials);
    expect(Buffer.compare(far.model.save(), near.model.save())).toBe(0);

    const studied = async (objective: never) => {
      const study = new Study({ space: { x: { low: -3, high: 3 } }, seed: 2, pruner: "asha" });
      await study.run(objective, { trials: 40, workers: 4 });
      return study.trials;
    };
    const there = await studied(queue.objective("hole") as never);
    expect(there).toEqual(await studied(hole as never));
    expect(there.some(({ state }) => state === "pruned")).toBe(true);

    const many = { by: "shop", target: "price", ...small };
    const store = await openFolder(join(folder, "shops"));
    const groups = await trainMany(queue.fitter(Regressor), rows, { ...many, workers: 3, store });
    await store.close();
    const alone = await trainMany(Regressor, rows, many);
    expect(groups.groups.map(({ file, ...group }) => group)).toEqual(alone.groups);
    // Of what was taken nothing stays.
    const client = new Redis(redis.url);
    expect((await client.keys(`*${name}:own:bytes*`)).length).toBe(1);
    client.disconnect();
  });

  it("does the same work once, also for who comes later, and tasks of one's own once a session", async () => {
    await next();
    const done: string[] = [];
    let count = 0;
    await work({ tasks: { count: () => ++count }, onJob: ({ task }) => done.push(task) });
    const of = await queue.rows(rows);
    const judge = (from: JobQueue) => from.crossValidation(Regressor, of)({ target: "price", folds: 2, ...small });
    const [first, second] = await Promise.all([judge(queue), judge(queue)]);
    const later = await open();
    expect(await judge(later)).toEqual(first);
    expect(second).toEqual(first);
    expect(first).toEqual(await Regressor.crossValidate(rows, { target: "price", folds: 2, ...small }));
    expect(done).toEqual(["crossValidate"]);
    expect([await queue.run("count", 1), await queue.run("count", 1), await queue.run("count", 2)]).toEqual([1, 1, 2]);
    expect(await later.run("count", 1)).toBe(3);
    await later.close();
  });

  it("tells what a task throws, or gives that is no JSON, and goes on", async () => {
    await next();
    const tasks: Record<string, Task> = {
      fails: () => {
        throw new Error("the loss became NaN");
      },
      strange: () => new Map(),
      none: () => undefined,
    };
    await work({ tasks });
    await expect(queue.run("fails")).rejects.toThrow("the loss became NaN");
    await expect(queue.run("strange")).rejects.toThrow("run: what the task gives must be what JSON has, got a Map.");
    expect(await queue.run("none")).toBe(undefined);
    await expect(queue.fit(Classifier, rows, { target: "nothing", ...small })).rejects.toThrow('"nothing"');
    const { error } = (await queue.crossValidation(Classifier, await queue.rows(rows))({ target: "no", folds: 2 })) as { error: string }; // biome-ignore format: one line
    expect(error).toContain('"no"');
    await expect(queue.run("none", { f: () => 1 })).rejects.toThrow(
      "run: input.f must be what JSON has, got a function.",
    );
    await expect(queue.fit(Classifier, rows, { target: "kind", time: 5 })).rejects.toThrow(
      "fit: time must be left out",
    );
    await expect(queue.fit(class {} as never, rows, { target: "kind" } as never)).rejects.toThrow(
      "fit: kind must be Classifier or Regressor",
    );
    const study = new Study({ space: { x: { low: 0, high: 1 } } });
    await expect(study.run(queue.objective("none"), { trials: 2 })).rejects.toThrow(
      "the task must give a finite number, got undefined.",
    );
  });

  it("takes work back when its signal ends, and has it done when it is asked for again", async () => {
    await next();
    const control = new AbortController();
    const waiting = queue.run("late", 1, { signal: control.signal });
    setTimeout(() => control.abort(), 50);
    await expect(waiting).rejects.toThrow("run: the job must be waited for, got an end by the signal.");
    await work({ tasks: { late: ({ input }) => input + 1 } });
    expect(await queue.run("late", 1)).toBe(2);
    await queue.close();
    await expect(queue.run("late", 1)).rejects.toThrow("run: the queue must be open, got one that is closed.");
  });

  it("has a worker with other rows, another version, or without the task refuse, and others do the job", async () => {
    await next();
    const [here, there] = [mkdtempSync(join(folder, "a-")), mkdtempSync(join(folder, "b-"))];
    writeFileSync(join(here, "t.json"), JSON.stringify(rows));
    writeFileSync(join(there, "t.json"), JSON.stringify(rows.slice(1)));
    const of = {
      files: [{ path: "t.json", digest: (await queue.files([join(here, "t.json")])).files?.[0].digest as string }],
    };
    const bad = await work({ folder: there });
    const fitted = queue.fit(Classifier, of, { target: "kind", ...small });
    await expect(bad.ended).rejects.toThrow(
      /t\.json must be the file of the job, with the SHA-256 [0-9a-f]{12}\.\.\., got [0-9a-f]{12}/,
    );
    const absent = await work({ folder });
    await expect(absent.ended).rejects.toThrow("must be readable on this machine, got ENOENT.");
    await work({ folder: here });
    const alone = await Classifier.fit(rows, { target: "kind", ...small });
    expect(Buffer.compare((await fitted).save(), alone.save())).toBe(0);

    const other = queue.run("sum", [1, 2]);
    await expect(workers.at(-1)?.ended).rejects.toThrow('The worker must know the task "sum", got fit, crossValidate.');
    await work({ tasks: { sum: ({ input }) => input[0] + input[1] } });
    expect(await other).toBe(3);

    const raw = rawQueue();
    await raw.add("sum", { version: "wasmlp 9.9.9", task: "sum", input: [1, 2] }, { jobId: "jother" });
    await expect(workers.at(-1)?.ended).rejects.toThrow(/must be of the job's versions, wasmlp 9\.9\.9, got wasmlp \d/);
    expect(await raw.getJobState("jother")).toBe("waiting");
    await raw.close();
    for (const client of clients.splice(0)) client.disconnect();
  });

  it("fails a job that three workers do not know, and not one that they have other rows for", async () => {
    await next();
    const waiting = queue.run("typo");
    for (let i = 0; i < 3; i++) await expect((await work()).ended).rejects.toThrow('"typo"');
    await expect(waiting).rejects.toThrow("run: a job must be done by a worker, got 3 that refuse it.");
  });

  it("lets others wait where one has gone, by a signal that says nothing by itself", async () => {
    await next();
    const signal = { aborted: false };
    const one = queue.run("late", 3, { signal: signal as AbortSignal });
    const other = queue.run("late", 3);
    signal.aborted = true;
    await expect(one).rejects.toThrow("got an end by the signal.");
    await work({ tasks: { late: ({ input }) => input + 1, nought: () => -0 } });
    expect(await other).toBe(4);
    expect(await queue.run("nought")).toBe(0);
    await expect(queue.run("late", 1, { signal: 3 as never })).rejects.toThrow(
      "run: signal must be an AbortSignal, got 3.",
    );
    const cycle: unknown[] = [];
    cycle.push(cycle);
    await expect(queue.run("late", cycle)).rejects.toThrow("what holds itself, or is too deep");
  });

  it("keeps rows that others need, and begins again what Redis had no room for", async () => {
    await next();
    await work({ workers: 1 });
    const fit = (of: readonly object[], seed: number) => queue.fit(Classifier, of, { target: "kind", ...small, seed });
    const [first] = await Promise.all([fit(rows, 1), fit(rows.slice(1), 1), fit(rows.slice(2), 1), fit(rows, 2)]);
    const alone = await Classifier.fit(rows, { target: "kind", ...small, seed: 1 });
    expect(Buffer.compare(first.save(), alone.save())).toBe(0);
    const client = new Redis(redis.url);
    const wide = { target: "kind", ensemble: 4, hidden: [4096], epochs: 1, seed: 9 } as const;
    const of = await queue.rows(rows);
    const used = Number(/used_memory:(\d+)/.exec(await client.info("memory"))?.[1]);
    await client.config("SET", "maxmemory", String(used + 300_000));
    await expect(queue.fit(Classifier, of, wide)).rejects.toThrow("got that its memory is full");
    await client.config("SET", "maxmemory", "0");
    expect((await queue.fit(Classifier, of, wide)).members.length).toBe(4);
    client.disconnect();
    await expect(queue.fit(Classifier, { a: [1] } as never, wide)).rejects.toThrow(
      "fit: rows must be what queue.rows or",
    );
    await expect(queue.fit(Classifier, rows, undefined as never)).rejects.toThrow("fit: options must be an object");
  });

  it("leaves nothing in Redis of a fit that failed, and tells of a Redis that no longer answers", async () => {
    await next();
    await work();
    await expect(queue.fit(Classifier, rows, { target: "nothing", ...small })).rejects.toThrow('"nothing"');
    const client = new Redis(redis.url);
    expect(await client.keys(`*${name}:own:bytes*`)).toEqual([]);
    client.disconnect();
    const way = await Way.open(redis.port);
    const told: string[] = [];
    const far = await openQueue({
      redis: `redis://127.0.0.1:${way.port}`,
      queue: name,
      onWarning: (text) => told.push(text),
    });
    way.cut();
    const waiting = far.run("late").catch(({ message }: Error) => message);
    for (let i = 0; told.length === 0 && i < 150; i++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toEqual(["Redis must answer, got no answer: jobs wait until it does."]);
    await far.close();
    expect(await waiting).toContain("run: the queue must be open");
    way.close();
  }, 30_000);

  it("tells of refusals, and of a queue without a worker", async () => {
    await next();
    const waiting = queue.run("unknown");
    waiting.catch(() => {});
    const worker = await work();
    await expect(worker.ended).rejects.toThrow("unknown");
    for (let i = 0; warnings.length < 2 && i < 200; i++) await new Promise((resolve) => setTimeout(resolve, 100));
    expect(warnings[0]).toContain('refuses jobs: The worker must know the task "unknown"');
    expect(warnings[1]).toBe(
      `No worker is there for the jobs that wait. Start one: wasmlp worker --redis URL --queue ${name}.`,
    );
  }, 30_000);

  it("notices a job that comes to two results", async () => {
    await next();
    let count = 0;
    await work({ tasks: { random: () => count++ } });
    expect(await queue.run("random", 1)).toBe(0);
    const raw = rawQueue();
    const [job] = await raw.getCompleted();
    const { data, id } = job;
    await job.remove();
    await raw.add("random", data, { jobId: id });
    const long = queue.run("random", 2).catch(() => {});
    const waiting = queue.run("never");
    await expect(waiting).rejects.toThrow(/a job done twice must come to the same, got|must know the task/);
    await long;
    await raw.close();
    for (const client of clients.splice(0)) client.disconnect();
  });
});
