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

/** What a job is. */
const JUDGED = { target: "kind", hidden: [32], ensemble: 1, epochs: 20, folds: 3 } as const;

/** Jobs that are timed together, and how often. */
const JOBS = 20;
const ROUNDS = 5;

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

/** Milliseconds of such a cross-validation in so many processes at once that have nothing to do with each other: what this machine's cores gain. */
async function apart(count: number): Promise<number> {
  const code = `import { Classifier } from "wasmlp";
    let text = "";
    for await (const part of process.stdin) text += part;
    const rows = JSON.parse(text);
    const judge = (seed) => Classifier.crossValidate(rows, { ...${JSON.stringify(JUDGED)}, seed });
    for (let i = 0; i < 4; i++) await judge(i);
    const begun = performance.now();
    for (let i = 0; i < ${JOBS}; i++) await judge(i);
    process.stdout.write(String((performance.now() - begun) / ${JOBS}));`;
  const times = Array.from({ length: count }, async () => {
    const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin?.end(JSON.stringify(table(4000)));
    let said = "";
    child.stdout?.on("data", (text) => {
      said += text;
    });
    await new Promise((resolve) => child.once("close", resolve));
    return Number(said);
  });
  return Math.max(...(await Promise.all(times)));
}

export async function onMachines(): Promise<void> {
  if (!hasRedis) return console.log("machines: left out, there is no redis-server");
  const redis = await TestRedis.start();
  const workers: ChildProcess[] = [];
  try {
    const queue = await openQueue({ redis: redis.url });
    workers.push(await worker(redis.url));
    const rows = table(4000);
    const of = await queue.rows(rows);
    const judge = queue.crossValidation(Classifier, of);
    let seed = 0;
    // Each seed is another job: none is found again.
    const several = (count: number) => () => Promise.all(Array.from({ length: count }, () => judge({ ...JUDGED, seed: seed++ }))); // biome-ignore format: one line
    await several(4)();
    await Classifier.crossValidate(rows, JUDGED);
    const here =
      (await timed(async () => {
        for (let i = 0; i < 8; i++) await Classifier.crossValidate(rows, { ...JUDGED, seed: i });
      })) / 8;
    const [one, two]: number[][] = [[], []];
    // In turns, since others use the machine too.
    for (let round = 0; round < ROUNDS; round++) {
      one.push((await timed(several(JOBS))) / JOBS);
      workers.push(await worker(redis.url));
      await several(8)();
      two.push((await timed(several(JOBS))) / JOBS);
      const second = workers.pop() as ChildProcess;
      second.kill("SIGTERM");
      await new Promise((resolve) => second.once("exit", resolve));
    }
    const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1];
    const gains = one.map((own, round) => own / two[round]);
    const [single, both] = [await apart(1), await apart(2)];
    console.log(`\na cross-validation of 4,000 rows: ${here.toFixed(0)} ms here, ${median(one).toFixed(0)} by a worker, ${median(two).toFixed(0)} a job by two: ${median(gains).toFixed(2)} times as fast (${gains.map((gain) => gain.toFixed(2)).join(", ")}); two processes that know nothing of each other: ${((2 * single) / both).toFixed(2)}`); // biome-ignore format: one line
    workers.push(await worker(redis.url));
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
