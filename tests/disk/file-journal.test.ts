/** Studies that are killed go on to the same end; one journal is one process's; files that were cut short are read. */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJournal } from "../../src/node.js";
import { Study } from "../../src/study.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-journal-"));
const script = join(folder, "writer.mjs");
/** Moments at which the study is killed. */
const KILLS = process.env.WASMLP_LONG === "1" ? 50 : 8;
/** So many that they are not done before. */
const TRIALS = 6 * KILLS;

beforeAll(async () => {
  const entryPoints = [fileURLToPath(new URL("journal-writer.ts", import.meta.url))];
  await build({
    entryPoints,
    outfile: script,
    bundle: true,
    logLevel: "error",
    platform: "node",
    format: "esm",
    target: "es2022",
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = () => join(folder, `${files++}.jsonl`);

const start = (path: string, pause: number) => spawn(process.execPath, [script, path, String(pause), String(TRIALS)]);

/** What it says until it ends, and its errors; it is killed when it has said so many lines, if that is told. */
async function outputOf(child: ChildProcess, killAfter = Number.POSITIVE_INFINITY): Promise<string> {
  let said = "";
  child.stderr?.on("data", (text) => {
    said += text;
  });
  child.stdout?.on("data", (text) => {
    said += text;
    if (said.split("\n").length > killAfter) child.kill("SIGKILL");
  });
  if (killAfter === 0) setTimeout(() => child.kill("SIGKILL"), 120);
  await new Promise((resolve) => child.once("close", resolve));
  return said;
}

const endOf = (said: string) => JSON.parse(said.slice(said.indexOf("done ") + 5));

const space = { x: { low: 0, high: 1 } };

describe("a journal in a file", () => {
  it("of a study that is killed again and again leads to the same trials and the same best", async () => {
    const whole = endOf(await outputOf(start(newFile(), 0)));
    expect(whole.trials.length).toBe(TRIALS);
    expect(whole.trials.filter(({ state }: { state: string }) => state === "pruned").length).toBeGreaterThan(5);
    const path = newFile();
    let killed = 0;
    let said = "";
    // At once, after a few trials, or in the midst of them.
    for (let i = 0; killed < KILLS && !said.includes("done "); i++) {
      said = await outputOf(start(path, 3), (i * 7) % 5);
      if (!said.includes("done ")) killed++;
    }
    expect(killed).toBe(KILLS);
    if (!said.includes("done ")) said = await outputOf(start(path, 0));
    expect(endOf(said)).toEqual(whole);
  });

  it("is one process's: a second is refused, and nothing is lost", async () => {
    const path = newFile();
    const child = start(path, 3);
    const said = outputOf(child);
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    const remedy = "Wait until it has ended.";
    const message = `openJournal: ${path} must be in use by nobody else, got process ${child.pid}. ${remedy}`;
    await expect(openJournal(path)).rejects.toThrow(message);
    const { trials } = endOf(await said);
    const journal = await openJournal(path);
    await expect(openJournal(path)).rejects.toThrow(`got process ${process.pid}`);
    const { lines } = journal;
    expect(lines.filter((line) => line.includes('"op":"tell"')).length).toBe(trials.length);
    await journal.close();
    await expect(journal.append("{}")).rejects.toThrow("append: the journal must be open, got one that is closed.");
    await (await openJournal(path)).close();
  });

  it("is taken by one of many who come at once", async () => {
    const path = newFile();
    const come = await Promise.allSettled(Array.from({ length: 8 }, () => openJournal(path)));
    expect(come.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  it("whose last line was cut short is read without it, and goes on", async () => {
    const path = newFile();
    const run = async (trials: number) => {
      const journal = await openJournal(path);
      const study = new Study({ space, seed: 3, journal });
      await study.run(({ settings }) => settings.x, { trials });
      await journal.close();
      return study.trials;
    };
    const some = await run(5);
    appendFileSync(path, '{"op":"tell","trial":5,"sc');
    const all = await run(8);
    expect(all.slice(0, 5)).toEqual(some);
    expect(await run(8)).toEqual(all);
    expect(readFileSync(path, "utf8")).toContain('"sc\n{"op":"open"');
  });

  it("of a process that is gone is taken over; of another machine only if that is said", async () => {
    const path = newFile();
    const claim = (host: string, pid: number) => `${JSON.stringify({ op: "open", id: `${host} ${pid}`, pid, host, began: "long ago" })}\n`; // biome-ignore format: one line
    // Nobody has that number; this process has another beginning.
    writeFileSync(path, claim(hostname(), 2 ** 30) + claim(hostname(), process.pid) + claim(hostname(), process.ppid));
    await (await openJournal(path)).close();
    appendFileSync(path, claim("elsewhere", 1));
    const remedy = "If that is gone, pass takeOver: true.";
    await expect(openJournal(path)).rejects.toThrow(`got process 1 of elsewhere. ${remedy}`);
    await (await openJournal(path, { takeOver: true })).close();
  });

  it("is refused where it is none, in one sentence", async () => {
    const path = newFile();
    writeFileSync(path, "a,b\n1,2\n");
    const message = `openJournal: the file must be a journal, got "a,b" as line 1 of ${path}. Name another file.`;
    await expect(openJournal(path)).rejects.toThrow(message);
    expect(readFileSync(path, "utf8")).toBe("a,b\n1,2\n");
    await expect(openJournal(5 as never)).rejects.toThrow(
      "openJournal: path must be a file's name or a file: URL, got 5.",
    );
    await expect(openJournal(join(folder, "no/where"))).rejects.toThrow("ENOENT");
    await expect(openJournal(newFile(), { wait: 1 } as never)).rejects.toThrow(
      "openJournal: the options must be among takeOver",
    );
  });

  it("keeps whatever objects it is given", async () => {
    const path = newFile();
    const journal = await openJournal(path);
    await journal.append('{"table":1}');
    await journal.append('["a list"]');
    await journal.close();
    const again = await openJournal(path);
    expect(again.lines).toEqual(['{"table":1}', '["a list"]']);
    await again.close();
  });

  it("control: a line in the midst that cannot be read is told of", async () => {
    const path = newFile();
    await (await openJournal(path)).close();
    appendFileSync(path, '{"op":"tell","tri\n{"op":"ask"}\n');
    await expect(openJournal(path)).rejects.toThrow('got "{\\"op\\":\\"tell\\",\\"tri" as line 3 of');
  });

  it("that nobody closes and nobody keeps stays open as long as its process, without a word from the engine", async () => {
    const forgetful = join(folder, "forgetful.mjs");
    const contents = `import { openJournal } from "./src/node.js"; const open = () => openJournal(process.argv[2]);
      open().then(() => setInterval(gc, 10).unref());
      setTimeout(() => open().catch((error) => process.stdout.write(error.message)), 200);`;
    const stdin = { contents, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) };
    await build({
      stdin,
      outfile: forgetful,
      bundle: true,
      logLevel: "error",
      platform: "node",
      format: "esm",
      target: "es2022",
    });
    const path = newFile();
    const child = spawn(process.execPath, ["--expose-gc", forgetful, path]);
    const message = `openJournal: ${path} must be in use by nobody else, got process ${child.pid}. Wait until it has ended.`;
    expect(await outputOf(child)).toBe(message);
    expect(child.exitCode).toBe(0);
  });
});
