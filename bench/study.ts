/**
 * `npm run bench:study`: what searches come to in as many trials. TPE and random on test functions, beside Optuna 3 where Python has it (Debian's
 * python3-optuna); on open tables, paired over seeds; what ASHA saves of epochs there; how long a group of `trainMany` takes; and what jobs over Redis cost.
 *
 *   npx tsx bench/study.ts [functions | tables | epochs | groups | machines]... [seeds=10]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type * as wasmlp from "../src/index.js";
import type * as files from "../src/node.js";
import type * as pools from "../src/pool.js";
import type * as studies from "../src/study.js";
import { FUNCTIONS } from "../tests/study/functions.js";
import { haveSets, openSets, type Row, readSet } from "./learning/open-sets.js";

const { Classifier, Regressor, splitRows } = (await import("wasmlp")) as unknown as typeof wasmlp;
const { openFolder } = (await import("wasmlp/node")) as unknown as typeof files;
const { createPool } = (await import("wasmlp/pool")) as unknown as typeof pools;
const { Study, trainMany } = (await import("wasmlp/study")) as unknown as typeof studies;

const words = process.argv.slice(2).filter((word) => !word.includes("="));
const wants = (word: string) => words.length === 0 || words.includes(word);
const SEEDS = Number(process.argv.find((word) => word.startsWith("seeds="))?.slice(6) ?? 10);

const quantile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
/** The median, and the quarters around it. */
const spread = (values: readonly number[]) =>
  `${quantile(values, 0.5).toPrecision(3)} (${quantile(values, 0.25).toPrecision(3)} to ${quantile(values, 0.75).toPrecision(3)})`;
const bestOf = (trials: readonly studies.StudyTrial[], count: number) =>
  Math.min(...trials.slice(0, count).map(({ score }) => score ?? Number.POSITIVE_INFINITY));

/** Regrets after 50 and 100 trials. */
async function onFunctions(): Promise<void> {
  console.log(`\nregret after 50 and 100 trials, median (quarters) over ${SEEDS} seeds`);
  for (const [name, { space, of, best }] of Object.entries(FUNCTIONS)) {
    const names = Object.keys(space);
    for (const [label, options] of Object.entries(SAMPLERS)) {
      const regrets: number[][] = [[], []];
      for (let seed = 0; seed < SEEDS; seed++) {
        const study = new Study({ ...options, space, seed });
        await study.run(({ settings }) => of(names.map((key) => settings[key] as number)), { trials: 100 });
        regrets.forEach((list, i) => {
          list.push(bestOf(study.trials as studies.StudyTrial[], 50 * (i + 1)) - best);
        });
      }
      console.log(`${name.padEnd(12)} ${label.padEnd(22)} ${regrets.map(spread).join("   ")}`);
    }
  }
  const script = fileURLToPath(new URL("study-optuna.py", import.meta.url));
  const { status, stdout } = spawnSync("/usr/bin/python3", [script, String(SEEDS)], { encoding: "utf8" });
  console.log(status === 0 ? stdout.trimEnd() : "Optuna: left out, this Python has none (python3-optuna)");
}

const SAMPLERS = {
  "random": { sampler: "random" },
  "tpe, parallel 4": { sampler: "tpe" },
  "tpe, parallel 1": { sampler: "tpe", parallel: 1 },
} as const; // biome-ignore format: a table

const SPACE = {
  hidden: [[8], [32], [128], [32, 16], [128, 64]],
  activation: ["relu", "tanh", "gelu"],
  learningRate: { low: 1e-4, high: 0.3, log: true },
  weightDecay: { low: 1e-3, high: 10, log: true },
  dropout: { low: 0, high: 0.5 },
  batchSize: { low: 16, high: 256, log: true, whole: true },
} as const;

/** Fits a network and says how its validation loss falls. */
async function lossOf(
  set: { readonly kind: string; readonly target: string },
  rows: readonly Row[],
  settings: studies.SettingsOf<typeof SPACE>,
  epochs: number,
  onEpoch: (epoch: number, loss: number) => unknown = () => {},
  signal?: AbortSignal,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  const options = {
    ...{ ...settings, target: set.target, ensemble: 1, validation: 0.3, seed: 1, epochs, signal },
    onEpoch: ({ epoch, validation }: { epoch: number; validation?: { loss: number } }) => {
      best = Math.min(best, validation?.loss ?? best);
      onEpoch(epoch + 1, best);
    },
  };
  if (set.kind === "class") await Classifier.fit([...rows], options);
  else await Regressor.fit([...rows], options);
  return best;
}

const rowsOf = (set: ReturnType<typeof openSets>[number], most: number) => {
  const rows = readSet(set);
  return rows.length <= most ? rows : splitRows(rows, { test: most / rows.length, seed: 1 }).test;
};

const TRIALS = 40;

/** The best loss after 20 and 40 trials, TPE's beside that of random trials of the same seed: the first ten are the same. */
async function onTables(): Promise<void> {
  console.log(
    `\nbest loss on held-out rows in ${TRIALS / 2} and ${TRIALS} trials of 12 epochs, 800 rows: TPE's over random's, ${SEEDS} seeds`,
  );
  const all: number[][] = [[], []];
  for (const set of openSets()) {
    const rows = rowsOf(set, 800);
    const ratios: number[][] = [[], []];
    for (let seed = 0; seed < SEEDS; seed++) {
      const found: number[][] = [];
      for (const sampler of ["random", "tpe"] as const) {
        const study = new Study({ space: SPACE, sampler, seed });
        await study.run(({ settings }) => lossOf(set, rows, settings, 12), { trials: TRIALS });
        found.push([TRIALS / 2, TRIALS].map((count) => bestOf(study.trials as studies.StudyTrial[], count)));
      }
      ratios.forEach((list, i) => {
        list.push(found[1][i] / found[0][i]);
      });
    }
    const wins = ratios.map((list) => `${list.filter((r) => r < 1).length}:${list.filter((r) => r > 1).length}`);
    console.log(`${set.name.padEnd(12)} ${ratios.map((list, i) => `${spread(list)} won ${wins[i]}`).join("   ")}`);
    ratios.forEach((list, i) => {
      all[i].push(...list);
    });
  }
  for (const [i, list] of all.entries()) {
    const logs = list.map(Math.log);
    const mean = logs.reduce((sum, own) => sum + own, 0) / logs.length;
    const error = Math.sqrt(logs.reduce((sum, own) => sum + (own - mean) ** 2, 0) / logs.length / (logs.length - 1));
    const shown = [mean, mean - 2 * error, mean + 2 * error].map((own) => Math.exp(own).toFixed(4));
    console.log(
      `all, ${(TRIALS / 2) * (i + 1)} trials: geometric mean ${shown[0]}, two standard errors ${shown[1]} to ${shown[2]}`,
    );
  }
}

const PRUNERS = [undefined, "asha", "median"] as const;

/** What trials that are stopped early save of epochs, and what becomes of the best loss, beside the same study without a pruner. */
async function onEpochs(): Promise<void> {
  console.log(
    `\n${TRIALS} trials of 16 epochs each, 3000 rows, ${SEEDS} seeds: epochs without a pruner over those with, best loss over that without`,
  );
  for (const name of ["letters", "credit", "satellite", "wages"]) {
    const set = openSets().find((own) => own.name === name);
    if (!set) continue;
    const rows = rowsOf(set, 3000);
    for (const sampler of ["random", "tpe"] as const) {
      const runs: Pruned[][] = [];
      for (let seed = 1; seed <= SEEDS; seed++) {
        const own: Pruned[] = [];
        for (const pruner of PRUNERS) own.push(await pruned(set, rows, { sampler, seed, ...(pruner && { pruner }) }));
        runs.push(own);
      }
      const lines = PRUNERS.slice(1).map((pruner, i) => comparedWithNone(`${pruner}`, runs, i + 1));
      console.log(`${name.padEnd(12)} ${sampler.padEnd(8)} ${lines.join("   ")}`);
    }
  }
}

interface Pruned {
  readonly epochs: number;
  readonly best: number;
}

async function pruned(
  set: Parameters<typeof lossOf>[0],
  rows: readonly Row[],
  options: { sampler: "random" | "tpe"; seed: number; pruner?: "asha" | "median" },
): Promise<Pruned> {
  const study = new Study({ space: SPACE, ...options });
  let epochs = 0;
  const { bestTrial } = await study.run(
    ({ settings, report, signal }) => {
      const tell = (epoch: number, loss: number) => {
        epochs++;
        report(epoch, loss);
      };
      return lossOf(set, rows, settings, 16, tell, signal);
    },
    { trials: TRIALS },
  );
  return { epochs, best: bestTrial?.score ?? Number.NaN };
}

function comparedWithNone(name: string, runs: readonly (readonly Pruned[])[], own: number): string {
  const saved = runs.map((run) => run[0].epochs / run[own].epochs);
  const ratios = runs.map((run) => run[own].best / run[0].best);
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const same = ratios.filter((ratio) => ratio <= 1).length;
  const [least, most] = [Math.min(...saved), Math.max(...saved)].map((ratio) => ratio.toFixed(1));
  return `${name}: ${least} to ${most} times fewer, loss ${mean.toFixed(4)} (worst ${Math.max(...ratios).toFixed(4)}), no worse in ${same} of ${ratios.length}`;
}

/** Milliseconds a group of 100 rows: what is learned, and where it is kept. */
async function onGroups(): Promise<void> {
  const count = 100;
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const rows = Array.from({ length: 100 * count }, (_, r) => {
    const [shop, price, stock] = [r % count, random(), random()];
    return { shop, price, stock, day: "mtw"[Math.floor(3 * random())], sales: (shop % 7) * price + stock };
  });
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-groups-"));
  console.log(`\nmilliseconds a group, of ${count} with 100 rows each`);
  for (const [label, own] of Object.entries({
    "[8], 20 epochs": { hidden: [8], epochs: 20 },
    "[64], 200 epochs": { hidden: [64], epochs: 200 },
  })) {
    for (const workers of [0, 2]) {
      const store = await openFolder(join(folder, `${label} ${workers}`));
      const options = { by: "shop", target: "sales", ensemble: 1, seed: 1, ...own, store };
      const begun = performance.now();
      const { groups } = await trainMany(
        Regressor,
        rows,
        workers ? { ...options, pool: createPool({ workers }) } : options,
      );
      const each = (performance.now() - begun) / groups.length;
      console.log(`${label.padEnd(20)} ${workers || "no"} workers ${each.toFixed(2)}`);
      await store.close();
    }
  }
  rmSync(folder, { recursive: true, force: true });
}

if (wants("functions")) await onFunctions();
if (!haveSets) console.log("Tables are left out: ../shared/data/tables is not there.");
if (haveSets && wants("tables")) await onTables();
if (haveSets && wants("epochs")) await onEpochs();
if (wants("groups")) await onGroups();
if (wants("machines")) await (await import("./machines.js")).onMachines();
