/** Workers killed, Redis restarted, the way cut, jobs done twice: a study ends as on one machine alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { Study, type StudyTrial } from "wasmlp/study";
import { openQueue, startWorker } from "../src/index.js";
import { hasRedis, TestRedis, Way } from "./redis-server.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-machines-"));
/** How many workers there are at once, and how many are killed. */
const WORKERS = 4;
const KILLS = process.env.WASMLP_LONG === "1" ? 40 : 8;
const TRIALS = 40;
const space = { x: { low: -3, high: 3 } };

const wait = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the study is on one machine alone. */
async function alone(): Promise<StudyTrial[]> {
  const study = new Study({ space, seed: 4, pruner: "asha", parallel: WORKERS });
  await study.run(
    ({ settings: { x }, report }) => {
      for (let step = 1; step <= 16; step++) if (report(step, Math.abs(x - 0.3) + 1 / step)) break;
      return Math.abs(x - 0.3);
    },
    { trials: TRIALS, workers: WORKERS },
  );
  return study.trials;
}

describe.skipIf(!hasRedis)("a study on many machines", () => {
  let redis: TestRedis;
  // Where it finds the packages, and nobody keeps it.
  const place = fileURLToPath(new URL("../node_modules/.tests", import.meta.url));
  const script = join(place, `worker-${process.pid}.mjs`);
  const children = new Set<ChildProcess>();

  beforeAll(async () => {
    redis = await TestRedis.start();
    const entryPoints = [fileURLToPath(new URL("worker-process.ts", import.meta.url))];
    const options = { bundle: true, platform: "node", format: "esm", target: "es2022", logLevel: "error" } as const;
    await build({ ...options, entryPoints, outfile: script, packages: "external" });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await redis.stop();
    rmSync(script, { force: true });
    rmSync(folder, { recursive: true, force: true });
  });

  /** A worker in a process of its own. */
  function begin(url: string, queue: string, pause = 2): ChildProcess {
    const child = spawn(process.execPath, [script, url, queue, String(pause)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.add(child);
    child.once("exit", () => children.delete(child));
    return child;
  }

  async function studied(url: string, queue: string, during: () => Promise<void>): Promise<StudyTrial[]> {
    const jobs = await openQueue({ redis: url, queue });
    const study = new Study({ space, seed: 4, pruner: "asha", parallel: WORKERS });
    const running = study.run(jobs.objective("hole", 0.3), { trials: TRIALS, workers: WORKERS });
    await Promise.all([running, during()]);
    await jobs.close();
    return study.trials;
  }

  it("whose workers are killed again and again has the trials that it has alone", async () => {
    for (let i = 0; i < WORKERS; i++) begin(redis.url, "killed", 4);
    let killed = 0;
    const trials = await studied(redis.url, "killed", async () => {
      for (; killed < KILLS; killed++) {
        await wait(250 + ((killed * 67) % 300));
        const [first] = children;
        first?.kill("SIGKILL");
        begin(redis.url, "killed", 4);
      }
    });
    expect(killed).toBe(KILLS);
    expect(trials).toEqual(await alone());
    for (const child of children) child.kill("SIGKILL");
  });

  it("whose Redis is killed and started again, and whose way to it is cut, has them, too", async () => {
    const [near, far] = [await Way.open(redis.port), await Way.open(redis.port)];
    for (let i = 0; i < 2; i++) begin(`redis://127.0.0.1:${far.port}`, "cut", 8);
    const trials = await studied(`redis://127.0.0.1:${near.port}`, "cut", async () => {
      await wait(1500);
      await redis.kill();
      await wait(300);
      await redis.begin();
      await wait(700);
      near.cut();
      await wait(400);
      near.mend();
      await wait(300);
      // Longer than a lock: what was begun is given to others, and done twice.
      far.cut();
      await wait(1800);
      far.mend();
    });
    expect(trials).toEqual(await alone());
    near.close();
    far.close();
    for (const child of children) child.kill("SIGKILL");
  });

  it("has a job that two workers do at once come to the same, whichever is heard", async () => {
    const way = await Way.open(redis.port);
    const rows = Array.from({ length: 60 }, (_, i) => ({ a: i % 5, b: i % 3, kind: "uv"[Number(i % 5 > 2)] }));
    const options = { target: "kind", hidden: [4], ensemble: 1, epochs: 3 } as const;
    const jobs = await openQueue({ redis: redis.url, queue: "twice" });
    const done: string[] = [];
    const slow = await startWorker({
      ...{ redis: `redis://127.0.0.1:${way.port}`, queue: "twice", workers: 1, lock: 1 },
      tasks: {
        slow: async ({ input, rows: of }) => {
          const model = await Classifier.fit((await of(input)) as object[], options);
          if (done.push("begun") === 1) {
            way.cut();
            await wait(2500);
            way.mend();
          }
          done.push("ended");
          return Buffer.from(model.save()).toString("base64");
        },
      },
    });
    const waiting = jobs.run("slow", await jobs.rows(rows));
    while (done.length === 0) await wait(10);
    const quick = await startWorker({
      ...{ redis: redis.url, queue: "twice", workers: 1, lock: 1 },
      tasks: {
        slow: async ({ input, rows: of }) => {
          const model = await Classifier.fit((await of(input)) as object[], options);
          done.push("done");
          return Buffer.from(model.save()).toString("base64");
        },
      },
    });
    const model = await waiting;
    while (!done.includes("ended")) await wait(20);
    await wait(200);
    expect(done.sort()).toEqual(["begun", "done", "ended"]);
    expect(model).toBe(Buffer.from((await Classifier.fit(rows, options)).save()).toString("base64"));
    await jobs.close();
    await Promise.all([slow.close(), quick.close()]);
    way.close();
  });
});
