/**
 * `tsx scripts/engines.ts [node node22 node24 node26 bun deno chromium firefox frames] [--folder DIR]`: what is published
 * does the same, byte for byte, on every engine, and freezes none. All of it if nothing is named. Needs `npm run build`
 * before; installs engines that are missing into DIR, or into a folder that is removed at the end. The exit code is 1 if
 * anything failed.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { answersOf } from "../tests/engines/browsers.js";
import { bundle } from "../tests/engines/bundle.js";
import type { Outcome } from "../tests/engines/conformance.js";
import { frames } from "../tests/engines/frames.js";
import { ENGINES, type Engine, install, versionOf } from "../tests/engines/install.js";
import { type Unbundled, unbundled } from "../tests/engines/unbundled.js";

const NAMES = [...ENGINES.map(({ name }) => name), "frames"];
const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: "string" } },
});
const unknown = positionals.filter((name) => !NAMES.includes(name));
if (unknown.length > 0) {
  throw new RangeError(`engines: names must be among ${NAMES.join(", ")}, got ${unknown.join(", ")}.`);
}
const wanted = positionals.length > 0 ? positionals : NAMES;

const scratch = mkdtempSync(join(tmpdir(), "wasmlp-engines-"));
const folder = options.folder ? resolve(options.folder) : scratch;
const [SCRIPT, MODULE, THREADS, TURBO] = await Promise.all([
  bundle("main", "script", scratch),
  bundle("main", "module", scratch),
  bundle("main-threads", "module", scratch),
  bundle("main-turbo", "node", scratch),
]);
const total = { engines: 0, enginesFailed: 0, passed: 0, failed: 0 };

/** The tarball, installed once for all browsers. */
let site: Unbundled | undefined;

/** Prints one engine's outcomes in one line, what failed in lines of their own, and adds them up. */
function report(title: string, outcomes: Outcome[]): void {
  const passed = outcomes.reduce((sum, outcome) => sum + outcome.passed, 0);
  const failed = outcomes.flatMap((outcome) => outcome.failed);
  console.log(`${title}: ${passed} passed, ${failed.length} failed`);
  for (const sentence of failed) console.log(`  FAILED ${sentence}`);
  total.passed += passed;
  total.failed += failed.length;
  if (failed.length > 0) total.enginesFailed++;
  else total.engines++;
}

/** Runs a script that answers on its standard output. */
function run(binary: string, before: readonly string[], ...script: string[]): Outcome & { turbo?: boolean } {
  // Deno keeps a cache, and looks for a newer Deno.
  const env = { ...process.env, DENO_DIR: join(scratch, "deno"), DENO_NO_UPDATE_CHECK: "1" };
  try {
    const said = execFileSync(binary, [...before, ...script], {
      encoding: "utf8",
      stdio: "pipe",
      timeout: 120_000,
      env,
    });
    return JSON.parse(said.trim().split("\n").at(-1) ?? "");
  } catch (error) {
    return { passed: 0, failed: [`the engine must answer, got ${(error as Error).message}`] };
  }
}

/** With turbo asked for; it is given up if a busy machine shows no gain, so it is asked three times where it must run. */
function runTurbo(binary: string, { turbo, run: before = [] }: Engine, script: string): Outcome & { turbo?: boolean } {
  for (let left = 3; ; left--) {
    const outcome = run(binary, before, script);
    if (turbo !== "must" || outcome.turbo || outcome.failed.length > 0) return outcome;
    if (left === 1) return { ...outcome, failed: ["turbo must run, got a refusal"] };
  }
}

async function conformOn(engine: Engine): Promise<void> {
  const binary = install(engine, folder);
  const title = `${engine.name} ${versionOf(binary)}`;
  if (engine.turbo === "none") {
    report(`${title}, as a script and as a module`, await answersOf(engine.name, binary, [SCRIPT, MODULE], scratch));
    const shared = [await answersOf(engine.name, binary, [THREADS], scratch, true)];
    shared.push(await answersOf(engine.name, binary, [THREADS], scratch));
    report(`${title}, three threads on a page that is isolated, one elsewhere`, shared.flat());
    site ??= await unbundled();
    report(`${title}, from node_modules without a bundler`, [await site.visit(engine.name, binary, scratch)]);
    return;
  }
  const plain = run(binary, engine.run ?? [], MODULE);
  const turbo = runTurbo(binary, engine, TURBO);
  report(`${title}, plain and turbo${turbo.turbo ? "" : " (given up)"}`, [plain, turbo]);
  const counts = ["2", "7"];
  report(
    `${title}, ${counts.join(" and ")} threads`,
    counts.map((count) => run(binary, engine.run ?? [], THREADS, count)),
  );
}

try {
  for (const engine of ENGINES.filter(({ name }) => wanted.includes(name))) {
    await conformOn(engine).catch((error) => report(engine.name, [{ passed: 0, failed: [`${error}`] }]));
  }
  if (wanted.includes("frames")) {
    const chromium = ENGINES.find(({ name }) => name === "chromium")!;
    console.log("frames, clicks and delays while 784-128-10 trains:");
    const measured = frames(install(chromium, folder), scratch);
    report("frames", [await measured.catch((error) => ({ passed: 0, failed: [`${error}`] }))]);
  }
} finally {
  site?.remove();
  rmSync(scratch, { recursive: true, force: true, maxRetries: 10 });
}

const left = NAMES.filter((name) => !wanted.includes(name));
if (left.length > 0) console.log(`left out: ${left.join(", ")} (.ci/run and tsx scripts/engines.ts run them all)`);
console.log(`engines: ${total.engines} passed, ${total.enginesFailed} failed`);
console.log(`results checked: ${total.passed} passed, ${total.failed} failed`);
if (total.failed > 0) process.exitCode = 1;
