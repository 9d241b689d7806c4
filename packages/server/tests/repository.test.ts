/** The folder of models: loaded when asked for, dropped, changed while requests are answered, learning, saved. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetch } from "undici";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { loadFile, saveFile } from "wasmlp/node";
import { createApp, start } from "../src/index.js";
import { Repository } from "../src/models/repository.js";
import { asked, type Fixture, homeOf, makeFixture, ROWS } from "./fixtures.js";

let fixture: Fixture;
let folder: string;
const [row] = asked();

beforeAll(async () => {
  fixture = await makeFixture();
});
afterAll(() => fixture?.remove());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "wasmlp-models-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a model's file in place, whole. */
function put(name: string, bytes: Uint8Array): void {
  writeFileSync(join(folder, "new"), bytes);
  renameSync(join(folder, "new"), join(folder, name));
}

const labelOf = async (repository: Repository, name: string, version?: string) =>
  ((await repository.get(name, version)).model as Classifier).predictProba(row, new Float32Array(2))[0];

describe("names and versions", () => {
  it("are those of files; the largest version answers where none is asked for", async () => {
    const [old, young] = [await homeOf(2), await homeOf(3)];
    put("plain.model", old.save());
    mkdirSync(join(folder, "home"));
    await saveFile(join(folder, "home/9.model"), old);
    await saveFile(join(folder, "home/10.model"), young);
    writeFileSync(join(folder, "home/draft.model"), "no version");
    writeFileSync(join(folder, "notes.txt"), "no model");
    const { app } = await createApp({ models: folder, logLevel: "silent" });
    const post = async (url: string) => (await app.inject({ method: "POST", url, payload: row })).json();
    const of = (model: Classifier) => ({ label: model.predict(row), probabilities: model.predictProba(row) });
    expect(await post("/models/home/predict")).toEqual(of(young));
    expect(await post("/models/home/versions/9/predict")).toEqual(of(old));
    expect((await app.inject("/v2/models/home/versions/9")).json()).toMatchObject({
      name: "home",
      versions: ["9", "10"],
    });
    expect((await app.inject("/v2/models/home/versions/8")).statusCode).toBe(404);
    const index = await app.inject({ method: "POST", url: "/v2/repository/index" });
    expect(index.json()).toEqual([
      { name: "home", version: "9", state: "READY", reason: "" },
      { name: "home", version: "10", state: "READY", reason: "" },
      { name: "plain", state: "READY", reason: "" },
    ]);
    const inputs = [{ name: "kind", datatype: "BYTES", shape: [1], data: ["cat"] }];
    const infer = await app.inject({ method: "POST", url: "/v2/models/home/infer", payload: { inputs } });
    expect(infer.json()).toMatchObject({ model_name: "home", model_version: "10" });
    await app.close();
  });

  it("lead nowhere else", async () => {
    put("home.model", fixture.models.home.save());
    const repository = await Repository.open(folder);
    for (const name of [
      "",
      ".",
      "..",
      "../home",
      "a/home",
      "home.model/..",
      "\0",
      "home\0",
      "x".repeat(200),
      "__proto__",
      "HOME/1",
    ]) {
      await expect(
        Promise.resolve().then(() => repository.get(name)),
        name,
      ).rejects.toMatchObject({ statusCode: 404 });
    }
    for (const version of ["1/../..", "-1", "1e3", "", "01"]) {
      await expect(
        Promise.resolve().then(() => repository.get("home", version)),
        version,
      ).rejects.toMatchObject({ statusCode: 404 });
    }
  });

  it("are loaded and unloaded on request", async () => {
    put("home.model", fixture.models.home.save());
    const { app } = await createApp({ models: folder, logLevel: "silent" });
    const post = async (url: string, payload: object = {}) =>
      (await app.inject({ method: "POST", url, payload })).statusCode;
    expect(await post("/v2/repository/models/home/load")).toBe(200);
    expect(await post("/v2/repository/models/home/unload")).toBe(200);
    expect((await app.inject("/v2/models/home/ready")).statusCode).toBe(503);
    expect(await post("/models/home/predict", row)).toBe(503);
    expect(
      (await app.inject({ method: "POST", url: "/v2/repository/index", payload: { ready: true } })).json(),
    ).toEqual([]);
    expect(await post("/v2/repository/models/home/load")).toBe(200);
    expect(await post("/models/home/predict", row)).toBe(200);
    for (const verb of ["load", "unload"]) expect(await post(`/v2/repository/models/nobody/${verb}`)).toBe(404);
    await app.close();
  });
});

describe("a file that changes", () => {
  it("is loaded beside and swapped; one that is damaged, or half there, leaves the old one", async () => {
    const told: string[] = [];
    put("home.model", fixture.models.home.save());
    const repository = await Repository.open(folder, { refresh: 0, onFailure: ({ message }) => told.push(message) });
    const before = await labelOf(repository, "home");
    const other = await homeOf(2);
    const bytes = other.save();
    const damaged = bytes.slice();
    damaged[damaged.length - 5] ^= 1;
    for (const bad of [bytes.subarray(0, 1000), damaged, new Uint8Array(0)]) {
      put("home.model", bad);
      expect(await labelOf(repository, "home")).toBe(before);
    }
    expect(told).toHaveLength(3);
    expect((await repository.index())[0]).toMatchObject({ state: "READY", reason: told[2] });
    put("home.model", bytes);
    expect(await labelOf(repository, "home")).toBe(other.predictProba(row, new Float32Array(2))[0]);
    rmSync(join(folder, "home.model"));
    await expect(repository.get("home")).rejects.toMatchObject({ statusCode: 404 });
  });

  it("that was never whole is refused with what is wrong with it, until it is", async () => {
    put("home.model", Buffer.from("no model"));
    const repository = await Repository.open(folder, { refresh: 0 });
    for (let i = 0; i < 2; i++) {
      await expect(repository.get("home")).rejects.toMatchObject({
        statusCode: 503,
        message: expect.stringMatching(/^the model "home" cannot be loaded: .* the file must /),
      });
    }
    put("home.model", fixture.models.home.save());
    expect(await labelOf(repository, "home")).toBe(fixture.models.home.predictProba(row, new Float32Array(2))[0]);
  });

  const [reloads, requests] = [100, 10_000];

  it(`fails no request: ${requests} requests during ${reloads} reloads, each answered by one of two models, whole`, async () => {
    const pair = [fixture.models.home, await homeOf(2)];
    const texts = pair.map((model) => JSON.stringify(model.predictProba(row)));
    const files = pair.map((model) => model.save());
    expect(texts[0]).not.toBe(texts[1]);
    put("home.model", files[0]);
    const server = await start({ models: folder, port: 0, refresh: 1, logLevel: "silent" });
    const seen = [0, 0];
    let [asked, reloaded] = [0, 0];
    const ask = async () => {
      while (asked < requests || reloaded < reloads) {
        asked++;
        const headers = { "content-type": "application/json" };
        const response = await fetch(`${server.url}/models/home/predict`, {
          method: "POST",
          headers,
          body: JSON.stringify(row),
        });
        const { probabilities } = (await response.json()) as { probabilities: object };
        const which = texts.indexOf(JSON.stringify(probabilities));
        expect([response.status, which >= 0]).toEqual([200, true]);
        seen[which]++;
      }
    };
    const reload = async () => {
      for (; reloaded < reloads; reloaded++) {
        const from = asked;
        // A copy over it, first: for a moment the file is cut short.
        if (reloaded % 4 === 3) writeFileSync(join(folder, "home.model"), files[reloaded % 2].subarray(0, 2000));
        put("home.model", files[(reloaded + 1) % 2]);
        while (asked < from + requests / reloads / 2) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    };
    await Promise.all([reload(), ...Array.from({ length: 8 }, ask)]);
    expect(Math.min(...seen)).toBeGreaterThan(requests / 10);
    await server.close();
  });
});

describe("memory", () => {
  it("has room for so many: the least recently used are dropped, and answer the same when they come back", async () => {
    for (let i = 0; i < 12; i++) copyFileSync(fixture.path("home"), join(folder, `tenant ${i}.model`));
    const { bytes } = await (await Repository.open(folder)).get("tenant 0");
    const repository = await Repository.open(folder, { memory: 5 * bytes });
    const answer = await labelOf(repository, "tenant 0");
    for (let i = 0; i < 12; i++) {
      expect(await labelOf(repository, `tenant ${i}`)).toBe(answer);
      // Asked again and again: it stays.
      expect(repository.get("tenant 0")).not.toBeInstanceOf(Promise);
      expect(repository.usage.bytes).toBeLessThanOrEqual(5 * bytes);
    }
    expect(repository.usage.models).toBeGreaterThan(1);
    expect(repository.get("tenant 1")).toBeInstanceOf(Promise);
    expect(await labelOf(repository, "tenant 1")).toBe(answer);
  });

  it("is not what a model's first request loads twice", async () => {
    put("home.model", fixture.models.home.save());
    const repository = await Repository.open(folder);
    const loaded = await Promise.all(Array.from({ length: 5 }, () => repository.get("home")));
    expect(new Set(loaded).size).toBe(1);
  });
});

describe("learning", () => {
  const known = ROWS.map(({ kind, weight, tame, born, home }) => ({ kind, weight, tame, born, home }));

  it("is as partialFit, saved before it is answered, and goes on from call to call; answers are whole", async () => {
    put("home.model", fixture.models.home.save());
    const { app } = await createApp({ models: folder, learn: true, logLevel: "silent" });
    const twin = await Classifier.load(fixture.models.home.save());
    const post = async (url: string, payload: object) => app.inject({ method: "POST", url, payload });
    for (let i = 0; i < 3; i++) {
      const answer = await post("/models/home/learn", known);
      expect(answer.json()).toEqual({
        model: "home",
        rows: 60,
        loss: twin.partialFit(known),
        digest: expect.any(String),
      });
      expect(readFileSync(join(folder, "home.model"))).toEqual(Buffer.from(twin.save()));
      expect((await post("/models/home/predict", row)).json().probabilities).toEqual(twin.predictProba(row));
    }
    const calls = await Promise.all(Array.from({ length: 4 }, () => post("/models/home/learn", known.slice(0, 8))));
    expect(calls.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    for (const _ of calls) twin.partialFit(known.slice(0, 8));
    expect((await loadFile(join(folder, "home.model"), Classifier)).predictProba(row)).toEqual(twin.predictProba(row));
    await app.close();
  });

  it("refuses rows that do not fit, models that cannot, and all of it unless it is asked for", async () => {
    for (const name of ["home", "digits", "several"]) copyFileSync(fixture.path(name), join(folder, `${name}.model`));
    const { app } = await createApp({ models: folder, learn: true, logLevel: "silent" });
    const learn = async (name: string, payload: unknown) => {
      const { statusCode, body } = await app.inject({
        method: "POST",
        url: `/models/${name}/learn`,
        payload: payload as object,
      });
      return [statusCode, JSON.parse(body).error];
    };
    const before = readFileSync(join(folder, "home.model"));
    expect(await learn("home", [{ ...row, home: "barn" }])).toEqual([
      400,
      expect.stringMatching(/^partialFit: targets must be among/),
    ]);
    expect(await learn("home", [{ ...row, weight: "x", home: "flat" }])).toEqual([
      400,
      expect.stringMatching(/"weight"/),
    ]);
    expect(await learn("home", { kind: "cat" })).toEqual([400, expect.stringMatching(/must be a list of objects/)]);
    expect(await learn("home", [])).toEqual([400, expect.stringMatching(/one at least/)]);
    for (const name of ["digits", "several"])
      expect(await learn(name, known)).toEqual([400, expect.stringMatching(/must be a Classifier/)]);
    expect(await learn("nobody", known)).toEqual([404, expect.any(String)]);
    expect(readFileSync(join(folder, "home.model"))).toEqual(before);
    await app.close();
    const still = await createApp({ models: folder, logLevel: "silent" });
    expect((await still.app.inject({ method: "POST", url: "/models/home/learn", payload: known })).statusCode).toBe(
      404,
    );
    await still.app.close();
  });
});
