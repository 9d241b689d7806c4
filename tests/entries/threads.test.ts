/** Threads of the library as it is built, each in a process of its own: as many as asked for, killed, left alone, in a worker. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-threads-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const dist = (entry: string) => JSON.stringify(pathToFileURL(join(process.cwd(), `dist/${entry}.js`)).href);

/** What every program begins with: helpers are kept in a list, `digest` is of a fit of a network whose work is shared. */
const HEAD = `
import wt from "node:worker_threads";
import { createHash } from "node:crypto";
import { adam, Dataset, MLP } from ${dist("index-node")};
import { threads } from ${dist("threads")};
const helpers = [];
const { Worker } = wt;
wt.Worker = class extends Worker { constructor(...given) { super(...given); helpers.push(this); } };
const warnings = [];
process.on("warning", ({ message }) => warnings.push(message));
const x = Float32Array.from({ length: 256 * 96 }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
const data = Dataset.from({ x, y: Int32Array.from({ length: 256 }, (_, i) => (i * i) % 5) });
const create = () => MLP.create({ layers: [96, 128, 5], seed: 3 });
async function digest(onEpoch, net) {
  net ??= await create();
  await net.fit(data, { epochs: 6, batchSize: 64, optimizer: adam(), onEpoch });
  return createHash("sha256").update(net.save({ resume: true })).update(net.predictProba(data)).digest("hex");
}
`;

let programs = 0;

/** What a program prints, as JSON; it must end by itself. */
async function run(body: string): Promise<unknown> {
  const file = join(folder, `${programs++}.mjs`);
  writeFileSync(file, `${HEAD}${body}`);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { timeout: 60_000 });
  return JSON.parse(stdout);
}

const alone = (await run("console.log(JSON.stringify(await digest()))")) as string;

describe("threads", () => {
  it.each([1, 2, 3, 4, 7, 8])("%s: the same bytes, and the process ends by itself", async (count) => {
    const program = `
      const used = await threads({ count: ${count} });
      console.log(JSON.stringify([used, helpers.length, await digest(), warnings]));`;
    expect(await run(program)).toEqual([count, count - 1, alone, []]);
  });

  it("leave models alone that were made before", async () => {
    const program = `
      const before = await create();
      await threads({ count: 3 });
      console.log(JSON.stringify([await digest(undefined, before), await digest()]));`;
    expect(await run(program)).toEqual([alone, alone]);
  });

  it("that are killed are told of, and the others go on: the same bytes", async () => {
    const program = `
      await threads({ count: 3 });
      const made = [await digest(({ epoch }) => epoch === 2 && helpers[0].terminate())];
      await helpers[1].terminate();
      made.push(await digest());
      console.log(JSON.stringify([...made, ...warnings]));`;
    const lost = "threads: each thread must run on, got exit code 1. The others go on.";
    expect(await run(program)).toEqual([alone, alone, lost, lost]);
  });

  it("run in a worker, and in a worker of a worker", async () => {
    const inner = join(folder, "inner.mjs");
    writeFileSync(inner, `${HEAD}await threads({ count: 2 }); wt.parentPort.postMessage(await digest());`);
    const outer = join(folder, "outer.mjs");
    const start = `new Worker(new URL(${JSON.stringify(pathToFileURL(inner).href)}))`;
    writeFileSync(
      outer,
      `${HEAD}await threads({ count: 2 });
       ${start}.on("message", async (message) => wt.parentPort.postMessage([message, await digest()]));`,
    );
    const program = `
      await threads({ count: 2 });
      const worker = new Worker(new URL(${JSON.stringify(pathToFileURL(outer).href)}));
      const [message] = await (await import("node:events")).once(worker, "message");
      console.log(JSON.stringify([...message, await digest()]));
      process.exit();`;
    expect(await run(program)).toEqual([alone, alone, alone]);
  });

  it("beside processes that take all cores: the same bytes", async () => {
    const program = `
      const { spawn } = await import("node:child_process");
      const busy = [1, 2, 3, 4].map(() => spawn(process.execPath, ["-e", "for (;;);"]));
      await threads({ count: 4 });
      console.log(JSON.stringify([await digest(), warnings]));
      for (const one of busy) one.kill("SIGKILL");`;
    expect(await run(program)).toEqual([alone, []]);
  });

  it("of a wrong count are refused, and of another than the first", async () => {
    const program = `
      const say = (options) => threads(options).then(String, ({ name, message }) => name + ": " + message);
      const said = [];
      for (const options of [{ count: 0 }, { count: 1.5 }, { count: "2" }, { count: 256 }, { threads: 2 }]) said.push(await say(options));
      said.push(await say({ count: 2 }), await say(), await say({ count: 3 }));
      console.log(JSON.stringify([...said, await digest()]));`;
    expect(await run(program)).toEqual([
      "RangeError: threads: count must be a whole number from 1 to 255, got 0.",
      "RangeError: threads: count must be a whole number from 1 to 255, got 1.5.",
      'TypeError: threads: count must be a whole number, got "2".',
      "RangeError: threads: count must be a whole number from 1 to 255, got 256.",
      expect.stringMatching(/^TypeError: threads: .*threads/),
      "2",
      "2",
      "RangeError: threads: count must be 2, as in the first call, got 3.",
      alone,
    ]);
  });

  it("of which one cannot start are all ended", async () => {
    const program = `
      const Started = wt.Worker;
      wt.Worker = class extends Started { constructor(...given) { if (helpers.length === 2) throw new Error("too many"); super(...given); } };
      const used = await threads({ count: 5 });
      const exits = await Promise.all(helpers.map((one) => new Promise((resolve) => one.once("exit", resolve))));
      console.log(JSON.stringify([used, exits, await digest(), warnings]));`;
    const warning = 'threads: threads must start, got "too many". Models run on one thread.';
    expect(await run(program)).toEqual([1, [1, 1], alone, [warning]]);
  });

  it("leave no memory of models that were dropped", async () => {
    const program = `
      await threads({ count: 3 });
      for (let i = 0; i < 300; i++) {
        const net = await MLP.create({ layers: [784, 256, 10] });
        await net.fit(Dataset.from({ x: new Float32Array(64 * 784), y: new Uint8Array(64), rows: 64 }), { epochs: 1, batchSize: 64 });
      }
      console.log(JSON.stringify(process.memoryUsage().rss / 2 ** 20));`;
    // All of them would be a gigabyte.
    expect(await run(program)).toBeLessThan(500);
  });

  it("that cannot start leave one, and a warning", async () => {
    const program = `
      wt.Worker = class { constructor() { throw new Error("no more processes"); } };
      console.log(JSON.stringify([await threads({ count: 2 }), await digest(), warnings]));`;
    const warning = 'threads: threads must start, got "no more processes". Models run on one thread.';
    expect(await run(program)).toEqual([1, alone, [warning]]);
  });
});

it("control: one seed further is other bytes", async () => {
  const program = `
    await threads({ count: 2 });
    console.log(JSON.stringify(await digest(undefined, await MLP.create({ layers: [96, 128, 5], seed: 4 }))));`;
  expect(await run(program)).not.toEqual(alone);
});
