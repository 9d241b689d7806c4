/** What jobs over Redis cost, and what a second worker gains: part of `npm run bench:study`. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Classifier, Regressor } from "wasmlp";
import { openFolder } from "wasmlp/node";
import { createPool } from "wasmlp/pool";
import { trainMany } from "wasmlp/study";
import { openQueue } from "wasmlp-bullmq";
import { hasRedis, TestRedis } from "../packages/bullmq/tests/redis-server.js";
import { Random } from "../src/ground/random.js";

const COMMAND = fileURLToPath(new URL("../packages/cli/dist/main.js", import.meta.url));

/** Rows whose label follows from a few columns. */
function table(count: number, groups = 1) {
  const random = new Random(5);
  return Array.from({ length: count }, (_, r) => {
    const x = Array.from({ length: 10 }, () => random.normal());
    const own = Object.fromEntries(x.map((value, i) => [`x${i}`, value]));
    return { ...own, group: r % groups, kind: x[0] * x[1] > 0 ? "u" : "v", price: x[0] - x[2] + random.normal() };
  });
}

async function worker(url: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [COMMAND, "worker", "--redis", url, "--workers", "1", "--json", "-q"], { stdio: ["ignore", "pipe", "inherit"] }); // biome-ignore format: one line
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  child.stdout?.resume();
  return child;
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
};

export async function onMachines(): Promise<void> {
  if (!hasRedis) return console.log("machines: left out, there is no redis-server");
  const redis = await TestRedis.start();
  const workers: ChildProcess[] = [];
  try {
    const queue = await openQueue({ redis: redis.url });
    workers.push(await worker(redis.url));
    const rows = table(4000);
    const of = await queue.rows(rows);
    const options = { target: "kind", hidden: [32], ensemble: 1, epochs: 6, folds: 3 } as const;
    const judge = queue.crossValidation(Classifier, of);
    let seed = 0;
    // Each seed is another job: none is found again.
    const several = (count: number) => () => Promise.all(Array.from({ length: count }, () => judge({ ...options, seed: seed++ }))); // biome-ignore format: one line
    await several(4)();
    const jobs = 24;
    await Classifier.crossValidate(rows, options);
    const here =
      (await timed(async () => {
        for (let i = 0; i < 8; i++) await Classifier.crossValidate(rows, { ...options, seed: i });
      })) / 8;
    const one = (await timed(several(jobs))) / jobs;
    workers.push(await worker(redis.url));
    await several(8)();
    const two = (await timed(several(jobs))) / jobs;
    console.log(`\na cross-validation of 4,000 rows: ${here.toFixed(1)} ms here, ${one.toFixed(1)} by a worker, ${two.toFixed(1)} a job by two: ${(one / two).toFixed(2)} times as fast`); // biome-ignore format: one line
    const small = await queue.rows(rows.slice(0, 40));
    const quick = { target: "kind", hidden: [], ensemble: 1, epochs: 1, folds: 2 } as const;
    const light = queue.crossValidation(Classifier, small);
    const quickly = async (count: number) => {
      for (let i = 0; i < count; i++) await light({ ...quick, seed: seed++ });
    };
    await quickly(20);
    const job = (await timed(() => quickly(100))) / 100;
    const alone =
      (await timed(async () => {
        for (let i = 0; i < 100; i++) await Classifier.crossValidate(rows.slice(0, 40), { ...quick, seed: i });
      })) / 100;
    console.log(`one job after the other: ${job.toFixed(1)} ms, of which ${alone.toFixed(1)} are the work: ${(job - alone).toFixed(1)} ms a job`); // biome-ignore format: one line
    await onGroups(queue);
    await queue.close();
  } finally {
    for (const child of workers) child.kill("SIGKILL");
    await redis.stop();
  }
}

/** Groups of 100 rows, alone, by threads, by two workers. */
async function onGroups(queue: Awaited<ReturnType<typeof openQueue>>): Promise<void> {
  const groups = Number(process.argv.find((word) => word.startsWith("groups="))?.slice(7) ?? 1000);
  const rows = table(100 * groups, groups).map(({ kind, ...row }) => row);
  const options = { by: "group", target: "price", hidden: [8], ensemble: 1, epochs: 10 } as const;
  const arms: Record<string, (store: never) => Promise<{ groups: readonly { digest?: string }[] }>> = {
    "here": (store) => trainMany(Regressor, rows, { ...options, store }),
    "pool of 2": (store) => trainMany(Regressor, rows, { ...options, store, pool: createPool({ workers: 2 }) }),
    "2 workers": (store) => trainMany(queue.fitter(Regressor), rows, { ...options, store, workers: 16 }),
  }; // biome-ignore format: a table
  let digests: string | undefined;
  for (const [name, arm] of Object.entries(arms)) {
    const folder = mkdtempSync(join(tmpdir(), "wasmlp-groups-"));
    const store = await openFolder(folder);
    const begun = performance.now();
    const found = await arm(store as never);
    const each = (performance.now() - begun) / groups;
    await store.close();
    rmSync(folder, { recursive: true, force: true });
    const own = found.groups.map(({ digest }) => digest).join();
    digests ??= own;
    console.log(
      `${groups} groups of 100 rows, ${name.padEnd(9)} ${each.toFixed(1)} ms a group${own === digests ? "" : ": OTHER BYTES"}`,
    );
  }
}
