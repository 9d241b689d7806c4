/** The command as a process: it says what it serves, drains when it is told to end, loses no request, and no model when it is killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Agent, fetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { loadFile } from "wasmlp/node";
import { asked, type Fixture, makeFixture, ROWS } from "./fixtures.js";

const command = fileURLToPath(new URL("../dist/command.js", import.meta.url));
const started: ChildProcess[] = [];
let fixture: Fixture;

beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => {
  for (const child of started) if (child.exitCode === null) child.kill("SIGKILL");
  fixture?.remove();
});

function run(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  return child;
}

/** Starts the command; waits until it says where it listens. */
async function serve(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = run("--port", "0", ...args, fixture.folder);
  const [line] = await once(child.stderr!, "data");
  return { child, url: /http:\/\/\S+/.exec(String(line))![0] };
}

const statusOf = async (url: string) => (await fetch(url)).status;

/** Sends requests over `connections` until told that the server is not ready; each must be answered as the model does. */
async function load(url: string, connections: number, isOver: () => boolean): Promise<number> {
  const [row] = asked();
  const right = JSON.stringify({
    label: fixture.models.home.predict(row),
    probabilities: fixture.models.home.predictProba(row),
  });
  const dispatcher = new Agent({ connections });
  let answered = 0;
  const one = async () => {
    while (!isOver()) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(`${url}/models/home/predict`, {
        method: "POST",
        headers,
        body: JSON.stringify(row),
        dispatcher,
      });
      expect([response.status, await response.text()]).toEqual([200, right]);
      answered++;
    }
  };
  await Promise.all(Array.from({ length: connections }, one));
  await dispatcher.close();
  return answered;
}

describe("the command", () => {
  const runs = process.env.WASMLP_LONG ? 10 : 3;

  it(`loses no request when it is told to end under load: ${runs} runs`, async () => {
    for (let i = 0; i < runs; i++) {
      const { child, url } = await serve("--drain", "1");
      let isReady = true;
      const answered = load(url, 8, () => !isReady);
      await wait(150);
      child.kill("SIGTERM");
      // As a load balancer does.
      while (isReady) {
        isReady = (await statusOf(`${url}/v2/health/ready`)) === 200;
        if (isReady) await wait(20);
      }
      expect(await statusOf(`${url}/v2/health/live`)).toBe(200);
      expect(await answered).toBeGreaterThan(20);
      expect(await once(child, "exit")).toEqual([0, null]);
      await expect(fetch(url)).rejects.toThrow();
    }
  });

  it("goes on for its time after SIGTERM, connection by connection; skips the wait at SIGINT", async () => {
    const { child, url } = await serve("--drain", "1");
    child.kill("SIGTERM");
    await wait(300);
    const response = await fetch(`${url}/v2/models/home`);
    expect([response.status, response.headers.get("connection")]).toEqual([200, "close"]);
    const ready = await fetch(`${url}/v2/health/ready`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false }]);
    await once(child, "exit");
    const other = await serve("--drain", "600");
    other.child.kill("SIGINT");
    expect(await once(other.child, "exit")).toEqual([0, null]);
  });

  it("is killed while it saves what it learns: its model is whole", async () => {
    const rows = ROWS.map(({ kind, weight, tame, born, home }) => ({ kind, weight, tame, born, home }));
    for (let i = 0; i < 3; i++) {
      const { child, url } = await serve("--learn");
      const headers = { "content-type": "application/json" };
      const learn = async () => {
        for (;;)
          await (
            await fetch(`${url}/models/home/learn`, { method: "POST", headers, body: JSON.stringify(rows) })
          ).text();
      };
      const learning = learn().catch(() => {});
      await wait(250 + 37 * i);
      child.kill("SIGKILL");
      await learning;
      expect((await loadFile(fixture.path("home"), Classifier)).labels).toEqual(["farm", "flat"]);
    }
  });

  it("says how it is used, and what is wrong with its arguments", async () => {
    for (const [args, status, says] of [
      [["--help"], 0, /^Usage: wasmlp-server \[options\] MODELS\n/],
      [["--version"], 0, /^\d+\.\d+\.\d+\n$/],
      [[], 2, /^wasmlp-server: one folder or file must be named, got 0\. See wasmlp-server --help\.\n$/],
      [["--port", "http", "a"], 2, /^wasmlp-server: --port must be a number, got "http"\.\n$/],
      [["--colour", "a"], 2, /^wasmlp-server: Unknown option '--colour'/],
      [["/nowhere"], 1, /^wasmlp-server: ENOENT/],
    ] as const) {
      const child = run(...args);
      const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, "exit")]);
      expect([code, status === 0 ? out : err]).toEqual([status, expect.stringMatching(says)]);
    }
  });
});
