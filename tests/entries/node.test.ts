/** F4: a save that is cut short leaves the old file or the new. `WASMLP_LONG=1` kills a thousand times. */
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, MLP, type MultiLabelClassifier, Regressor } from "../../src/index.js";
import { loadFile, saveFile } from "../../src/node.js";

const KILLS = process.env.WASMLP_LONG === "1" ? 1000 : 25;
const folder = mkdtempSync(join(tmpdir(), "wasmlp-node-"));
afterAll(() => rmSync(folder, { recursive: true }));

const net = await MLP.create({ layers: [3, 4, 2], seed: 1 });
const leftOver = () => readdirSync(folder).filter((name) => name.endsWith(".tmp"));

describe("saveFile and loadFile", () => {
  it("bring back every kind of model, as the file says or as asked", async () => {
    const rows = [
      { a: 1, y: "u" },
      { a: 2, y: "v" },
    ];
    const options = { target: "y", epochs: 2, hidden: [3] };
    const classifier = await Classifier.fit(rows, options);
    const regressor = await Regressor.fit(
      [
        { a: 1, y: 1 },
        { a: 2, y: 2 },
      ],
      options,
    );
    for (const [kind, model] of [
      [MLP, net],
      [Classifier, classifier],
      [Regressor, regressor],
    ] as const) {
      const path = join(folder, `${kind.name}.model`);
      await saveFile(path, model);
      const loaded = await loadFile(path);
      expect(loaded).toBeInstanceOf(kind);
      expect(loaded.save()).toEqual(model.save());
      expect((await loadFile(pathToFileURL(path), kind as typeof MLP)).save()).toEqual(model.save());
    }
    const sets = [["b"], [], ["a", "b"], ["a"]].map((y, a) => ({ a, y }));
    await saveFile(join(folder, "sets.model"), await Classifier.fit<MultiLabelClassifier>(sets, options));
    expect(await loadFile(join(folder, "sets.model"))).toBeInstanceOf(Classifier);
    for (const [name, several] of [
      [
        "labels",
        await Classifier.fit(
          rows.map(({ a, y }) => ({ a, y, z: y })),
          { ...options, target: ["y", "z"] },
        ),
      ],
      [
        "values",
        await Regressor.fit(
          [1, 2].map((a) => ({ a, y: a, z: -a })),
          { ...options, target: ["y", "z"] },
        ),
      ],
    ] as const) {
      const path = join(folder, `${name}.model`);
      await saveFile(path, several);
      const loaded = await loadFile(path);
      expect(loaded.constructor).toBe(several.constructor);
      expect(loaded.save()).toEqual(several.save());
      const damaged = several.save();
      damaged[damaged.length - 5] ^= 4;
      writeFileSync(path, damaged);
      await expect(loadFile(path)).rejects.toThrow(/^loadFile: the file must have checksum/);
    }
    await expect(loadFile(join(folder, "MLP.model"), Classifier)).rejects.toThrow("must hold a classifier");
    expect(leftOver()).toEqual([]);
  });

  it("save what resuming needs, replace what is there, follow links", async () => {
    const [path, link] = [join(folder, "a.model"), join(folder, "link.model")];
    await saveFile(path, net);
    symlinkSync(path, link);
    net.trainer({ optimizer: (await import("../../src/index.js")).adam() });
    await saveFile(link, net, { resume: true });
    expect(new Uint8Array(readFileSync(path))).toEqual(net.save({ resume: true }));
    expect(statSync(path).size).toBeGreaterThan(net.save().length);
  });

  it("leave the old file when a save fails, and nothing beside it", async () => {
    const path = join(folder, "kept.model");
    await saveFile(path, net);
    const before = readFileSync(path);
    const failing = {
      save: () => {
        throw new Error("no");
      },
    };
    await expect(saveFile(path, failing)).rejects.toThrow("no");
    await expect(saveFile(join(folder, "none", "x.model"), net)).rejects.toThrow("ENOENT");
    // A folder cannot be replaced by a file.
    await expect(saveFile(folder, net)).rejects.toThrow();
    expect(readFileSync(path)).toEqual(before);
    expect(leftOver()).toEqual([]);
    await expect(saveFile("", net)).rejects.toThrow('saveFile: path must be a file\'s name or a file: URL, got "".');
    await expect(saveFile(path, {} as never)).rejects.toThrow("saveFile: model must be a model, got an object.");
    await expect(loadFile(join(folder, "nothing"))).rejects.toThrow("ENOENT");
  });
});

const THREADS = 4;
const SAVES = 40;

/** Saves so often in a thread, beside others, with `saveFile` or under a temporary name that all threads share. */
const RIVAL = `
import { rename, rm, writeFile } from "node:fs/promises";
import { parentPort, workerData } from "node:worker_threads";
import { MLP } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
import { saveFile } from ${JSON.stringify(new URL("../../dist/node.js", import.meta.url).href)};
const { path, saves, careless, seed } = workerData;
const net = await MLP.create({ layers: [300, 200, 10], seed });
let failed = 0;
const sharing = async () => {
  const temporary = path + ".1.tmp";
  try {
    await writeFile(temporary, net.save(), { flag: "wx" });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};
for (let i = 0; i < saves; i++) await (careless ? sharing() : saveFile(path, net)).catch(() => failed++);
parentPort.postMessage(failed);
`;

/** How many saves failed, and how often the file was no whole model meanwhile. */
async function rivals(careless: boolean): Promise<{ failed: number; halves: number }> {
  const script = join(folder, "rival.mjs");
  writeFileSync(script, RIVAL);
  const path = join(folder, "rivals.model");
  await saveFile(path, net);
  let ended = false;
  const threads = Array.from({ length: THREADS }, (_, seed) => {
    const worker = new Worker(script, { workerData: { path, saves: SAVES, careless, seed }, execArgv: [] });
    return new Promise<number>((done, fail) => worker.once("message", done).once("error", fail));
  });
  const all = Promise.all(threads).finally(() => {
    ended = true;
  });
  let halves = 0;
  while (!ended) {
    await loadFile(path, MLP).catch(() => halves++);
    await new Promise((later) => setTimeout(later, 1));
  }
  return { failed: (await all).reduce((sum, each) => sum + each, 0), halves };
}

describe("threads that save to one path", () => {
  it("all succeed, and the file is whole all the time", async () => {
    expect(await rivals(false)).toEqual({ failed: 0, halves: 0 });
    expect(leftOver()).toEqual([]);
  }, 120_000);

  it("control: with one temporary name they fail", async () => {
    expect((await rivals(true)).failed).toBeGreaterThan(0);
  }, 120_000);
});

/** Saves two models over each other for ever; told to be careless, it writes into the file itself. */
const SAVER = `
import { writeFile } from "node:fs/promises";
import { MLP } from ${JSON.stringify(new URL("../../dist/index.js", import.meta.url).href)};
import { saveFile } from ${JSON.stringify(new URL("../../dist/node.js", import.meta.url).href)};
const [path, careless] = process.argv.slice(2);
const models = [await MLP.create({ layers: [300, 200, 10], seed: 1 }), await MLP.create({ layers: [300, 200, 10], seed: 2 })];
for (let i = 0; ; i++) {
  if (careless) await writeFile(path, models[i % 2].save());
  else await saveFile(path, models[i % 2]);
  if (i === 1) process.send("started");
}
`;

/** Kills a saver after a random time, again and again: how often what it left was no model. */
async function halfFiles(kills: number, careless: boolean): Promise<number> {
  const script = join(folder, "saver.mjs");
  writeFileSync(script, SAVER);
  const path = join(folder, careless ? "careless.model" : "careful.model");
  const random = new Random(1);
  let broken = 0;
  for (let kill = 0; kill < kills; kill++) {
    const child = fork(script, [path, ...(careless ? ["careless"] : [])], { execArgv: [] });
    await new Promise((resolve) => child.once("message", resolve));
    await new Promise((resolve) => setTimeout(resolve, 12 * random.uniform()));
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await gone;
    await loadFile(path, MLP).catch(() => broken++);
  }
  return broken;
}

describe("a save that is killed", () => {
  it(
    `leaves the old file or the new, ${KILLS} times of ${KILLS}`,
    async () => {
      expect(await halfFiles(KILLS, false)).toBe(0);
    },
    KILLS * 3000,
  );

  it("control: writing into the file itself leaves halves", async () => {
    let broken = 0;
    for (let round = 0; round < 20 && broken === 0; round++) broken = await halfFiles(10, true);
    expect(broken).toBeGreaterThan(0);
  }, 120_000);
});
