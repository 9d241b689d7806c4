/** Searches and predictions by workers over Redis: the files that one machine makes alone. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { openQueue } from "wasmlp-bullmq";
import { hasRedis, TestRedis } from "../../bullmq/tests/redis-server.js";
import { csv, customers, ended, Place } from "./command.js";

const place = new Place();
const workers: ChildProcess[] = [];
let redis: TestRedis;

/** Starts one, and waits until it takes jobs. */
async function begin(flags = ""): Promise<ChildProcess> {
  const child = place.start(`worker --redis ${redis.url} --workers 1 --json -q${flags}`);
  workers.push(child);
  await new Promise((resolve, reject) => {
    child.stdout?.once("data", resolve);
    child.stderr?.once("data", (text) => reject(new Error(String(text))));
  });
  return child;
}

describe.skipIf(!hasRedis)("the command with workers", () => {
  beforeAll(async () => {
    redis = await TestRedis.start();
    place.write("churn.csv", csv(customers(300)));
    mkdirSync(place.path("parts"));
    for (let i = 0; i < 12; i++) place.write(`parts/part-${i}.csv`, csv(customers(400, 10 + i)));
    const { code, err } = await place.run("train churn.csv -t churn -o churn.model --ensemble 1 --epochs 4 -q");
    expect(err).toBe("");
    expect(code).toBe(0);
  });
  afterAll(async () => {
    for (const child of workers) child.kill("SIGKILL");
    await redis.stop();
    place.remove();
  });

  it("tunes to the model that it finds alone, and finds again what was judged", async () => {
    await begin();
    await begin();
    const call = "tune churn.csv -t churn --trials 3 --folds 2 --ensemble 1 --epochs 3 --json -q -o";
    const alone = await place.run(`${call} alone.model`);
    const far = await place.run(`${call} far.model --redis ${redis.url}`);
    expect([alone.err, far.err]).toEqual(["", ""]);
    const { file, ...facts } = JSON.parse(far.out);
    expect(facts).toEqual({ ...JSON.parse(alone.out), file: undefined });
    expect(readFileSync(place.path("far.model"))).toEqual(readFileSync(place.path("alone.model")));
    const again = await place.run(`${call} again.model --redis ${redis.url}`);
    expect(JSON.parse(again.out).digest).toBe(facts.digest);
  });

  it("answers tables to the bytes of predict, once each, though workers are killed, and goes on where it was", async () => {
    const tables = Array.from({ length: 12 }, (_, i) => `parts/part-${i}.csv`);
    const call = `predict churn.model ${tables.join(" ")} -o answers --redis ${redis.url} --queue parts --json -q`;
    const running = ended(place.start(call));
    const first = place.start(`worker --redis ${redis.url} --queue parts --workers 1 --lock 1 --json -q`);
    await new Promise((resolve) => first.stdout?.on("data", (text) => String(text).includes("predict") && resolve(0)));
    first.kill("SIGKILL");
    workers.push(place.start(`worker --redis ${redis.url} --queue parts --workers 2 --lock 1 -q`));
    // What the killed one had is given to others when its lock is over.
    const { code, out, err } = await running;
    expect([code, err]).toEqual([0, ""]);
    expect(
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).table),
    ).toEqual(tables);
    for (const [i, table] of tables.entries()) {
      const own = await place.run(`predict churn.model ${table} --json -q`);
      expect(readFileSync(place.path(`answers/part-${i}.jsonl`), "utf8")).toBe(own.out);
      if (i === 2) break;
    }
    expect(readdirSync(place.path("answers")).length).toBe(tables.length + 1);
    const journal = readFileSync(place.path("answers/shards.jsonl"), "utf8");
    const lines = () => readFileSync(place.path("answers/shards.jsonl"), "utf8").split('"table"').length - 1;
    expect(journal.split('"table"').length - 1).toBe(12);
    // One was lost, and one has changed.
    writeFileSync(place.path("answers/part-3.jsonl"), "half");
    place.write("parts/part-4.csv", csv(customers(20, 99)));
    const again = await place.run(call);
    expect([again.code, again.err]).toEqual([0, ""]);
    expect(lines()).toBe(14);
  });

  it("tunes for some seconds, and does fits of programs, whose files it reads by itself", async () => {
    const timed = `tune churn.csv -t churn --seconds 2 --ensemble 1 --epochs 2 -q -o timed.model --redis ${redis.url}`;
    const { code, err } = await place.run(timed);
    expect([code, err]).toEqual([0, ""]);
    const queue = await openQueue({ redis: redis.url });
    const file = await queue.files([place.path("churn.csv")]);
    const model = await queue.fit(Classifier, file, { target: "churn", ensemble: 1, epochs: 2 });
    expect(model.labels).toEqual(["no", "yes"]);
    await queue.close();
  });

  it("keeps the answers of this model, though a job of another one is done late", async () => {
    await place.run("train churn.csv -t churn -o other.model --ensemble 1 --epochs 9 --seed 5 -q");
    const call = (model: string) => `predict ${model} parts/part-0.csv -o late --redis ${redis.url} --queue late -q`;
    // It asks, and is gone before anybody does it.
    const gone = place.start(call("churn.model"));
    const queue = new Redis(redis.url);
    while ((await queue.keys("{wasmlp}:late:j*")).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    gone.kill("SIGKILL");
    const asked = ended(place.start(call("other.model")));
    while ((await queue.keys("{wasmlp}:late:j*")).length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    queue.disconnect();
    await begin(" --queue late");
    expect((await asked).code).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const own = await place.run("predict other.model parts/part-0.csv -q");
    expect(readFileSync(place.path("late/part-0.csv"), "utf8")).toBe(own.out);
  });

  it("refuses what cannot be, in a sentence", async () => {
    for (const [call, message] of [
      ["tune - -t churn -o m --redis redis://127.0.0.1:1", "Redis must answer at 127.0.0.1:1, got ECONNREFUSED."],
      ["worker --redis localhost", "--redis must be redis://HOST:PORT, got another text."],
      ["worker --redis redis://127.0.0.1:1", "Redis must answer at 127.0.0.1:1, got ECONNREFUSED."],
      [`predict churn.model parts/part-0.csv --redis ${redis.url}`, "With --redis -o must be a folder, got none."],
      [`predict churn.model churn.csv parts/../churn.csv -o a --redis ${redis.url}`, "got churn.csv twice"],
    ]) {
      const { code, err } = await place.run(call, csv(customers(30)));
      expect(err).toContain(message);
      expect(
        err
          .trim()
          .split("\n")
          .filter((line) => line.startsWith("wasmlp:")).length,
      ).toBe(1);
      expect(code).not.toBe(0);
    }
    expect(existsSync(place.path("a"))).toBe(false);
  });

  it("ends a worker that is told to, when its jobs are done", async () => {
    const child = await begin(" --queue none");
    const gone = ended(child);
    child.kill("SIGTERM");
    expect((await gone).code).toBe(0);
  });
});
