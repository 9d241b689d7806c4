/**
 * `npm run bench:peers`: wasmlp beside what one would otherwise use, each in a process of its own, in turns on one core, some with two threads on two cores too.
 *   --quick        results and agreement only: the times of its one call mean nothing
 *   --only a,b     peers by name (wasmlp is always there): plain brain tfjs-cpu tfjs-wasm ort-web ort-node sklearn numpy torch
 *                  wasmlp-turbo wasmlp-2 ort-node-2 torch-2
 *   --cases a,b    cases whose names hold one of these: 2-10-2, update, mnist, epoch, ...
 *   --chart FILE   writes the chart there, also of a part or a quick run
 * A run of everything writes bench/RESULTS.md and bench/results.svg. The exit code is 1 if any result disagrees.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Agreement, compare, control } from "./agreement.js";
import { type Cases, writeCases } from "./cases.js";
import { drawChart } from "./chart.js";
import { judgeGoals } from "./goals.js";
import { agreementTable, epochLines, goalsTable, NOTES, page, type Run, ratiosTable, timesTable } from "./report.js";
import { timeInTurns } from "./rounds.js";
import { PEERS, PINNED, Worker } from "./worker.js";

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    cases: { type: "string" },
    chart: { type: "string" },
  },
});
const only = options.only?.split(",");
const unknown = only?.filter((name) => !PEERS.some((peer) => peer.name === name)) ?? [];
if (unknown.length > 0) {
  throw new RangeError(`--only: names must be among ${PEERS.map(({ name }) => name).join(", ")}, got ${unknown}.`);
}

let failed = false;
function fail(message: string): void {
  console.log(`FAILED ${message}`);
  failed = true;
}

/** Every peer that can work; npm's must, Python's may be absent. */
async function startAll(folder: string, skipped: string[], versions: string[]): Promise<Worker[]> {
  const workers: Worker[] = [];
  for (const peer of PEERS) {
    if (only && !only.includes(peer.name) && peer.name !== "wasmlp") continue;
    const { worker, version, absent } = await Worker.start(peer, folder);
    if (worker && version) {
      workers.push(worker);
      if (!versions.includes(version)) versions.push(version);
    } else {
      skipped.push(`${peer.title} (${absent})`);
      console.log(`absent: ${peer.title}: ${absent}`);
      if (!peer.python && peer.name !== "wasmlp-turbo")
        fail(`${peer.title} must be there: npm ci --ignore-scripts --prefix bench/peers`);
    }
  }
  return workers;
}

/** Peers that do the case and agree; wasmlp first, for the others are compared with it. */
async function checkAll(folder: string, name: string, cases: Cases, workers: readonly Worker[]) {
  const agreements = new Map<string, Agreement>();
  const agreeing: Worker[] = [];
  for (const worker of workers) {
    const { name: peer } = worker.peer;
    const answer = await worker.check(name);
    if (answer === "none") continue;
    if (answer !== "done") {
      fail(`${name}, ${peer}: ${answer}`);
      continue;
    }
    const agreement = compare(folder, peer, name, cases[name]);
    if (peer === "wasmlp" && control(folder, name, cases[name])) fail(`${name}, control: a planted error agrees`);
    agreements.set(peer, agreement);
    if (agreement.agrees) agreeing.push(worker);
    else fail(`${name}, ${peer} disagrees with wasmlp: ${agreement.text}`);
  }
  return { agreements, agreeing };
}

async function runAll(folder: string): Promise<Run> {
  const wanted = options.cases?.split(",");
  const every = writeCases(folder, options.quick);
  const named = ([name]: [string, unknown]) => wanted?.some((part) => name.includes(part)) ?? true;
  const cases = Object.fromEntries(Object.entries(every).filter(named));
  if (Object.keys(cases).length === 0) {
    throw new RangeError(
      `--cases: a part of these names must be given: ${Object.keys(every).join(", ")}, got ${wanted}.`,
    );
  }
  const skipped: string[] = [];
  const versions: string[] = [];
  const workers = await startAll(folder, skipped, versions);
  const times = new Map<string, Map<string, number>>();
  const agreements = new Map<string, Map<string, Agreement>>();
  try {
    for (const name of Object.keys(cases)) {
      const { agreements: byPeer, agreeing } = await checkAll(folder, name, cases, workers);
      agreements.set(name, byPeer);
      times.set(name, await timeInTurns(name, agreeing, options.quick));
      process.stderr.write(`${name}: ${agreeing.length} peers\n`);
    }
  } finally {
    for (const worker of workers) worker.end();
  }
  const pinned = PINNED === undefined ? "not pinned" : `pinned to core ${PINNED}`;
  const machine = `${cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}, ${pinned}`;
  const args = process.argv.slice(2).join(" ");
  const command = `npm run bench:peers${args ? ` -- ${args}` : ""}`;
  return { machine, command, peers: workers.map(({ peer }) => peer), versions, skipped, cases, times, agreements };
}

function print(run: Run): void {
  const judged = judgeGoals(run.times).filter(({ ratio }) => ratio !== undefined);
  console.log(`${run.machine}\n${run.versions.join("; ")}\n${run.command}`);
  if (options.quick) console.log("quick: one call each, times mean nothing");
  for (const kind of ["predict", "update"]) {
    if (!Object.values(run.cases).some((one) => one.kind === kind)) continue;
    console.log(`\n${kind}: µs a call\n${timesTable(run, kind)}`);
    if (!options.quick) console.log(`\n${kind}: peer / wasmlp\n${ratiosTable(run, kind)}`);
  }
  console.log(["", ...epochLines(run), "", agreementTable(run)].join("\n"));
  if (!options.quick && judged.length > 0) console.log(`\n${goalsTable(judged)}`);
  console.log(`\n${NOTES.join("\n")}`);
}

const folder = mkdtempSync(join(tmpdir(), "wasmlp-peers-"));
try {
  const run = await runAll(folder);
  print(run);
  if (options.chart) writeFileSync(options.chart, drawChart(run));
  if (!options.quick && !only && !options.cases) {
    writeFileSync(fileURLToPath(new URL("../RESULTS.md", import.meta.url)), page(run, judgeGoals(run.times)));
    writeFileSync(fileURLToPath(new URL("../results.svg", import.meta.url)), drawChart(run));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (failed) process.exitCode = 1;
