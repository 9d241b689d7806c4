/** `/predict`, MLflow's `/invocations`, the documentation, the metrics, the key: asked over HTTP, answered as the library does. */
import Fastify from "fastify";
import { fetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AppOptions, createApp, modelServer, type RunningServer, start } from "../src/index.js";
import { asked, type Fixture, makeFixture } from "./fixtures.js";

let fixture: Fixture;
let server: RunningServer;

beforeAll(async () => {
  fixture = await makeFixture();
  server = await start({ models: fixture.folder, port: 0, logLevel: "silent" });
});
afterAll(async () => {
  await server?.close();
  fixture?.remove();
});

async function post(path: string, body: unknown, type = "application/json", url = server.url) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(url + path, { method: "POST", headers: { "content-type": type }, body: text });
  return { status: response.status, json: (await response.json()) as never as Record<string, unknown> };
}

describe("/predict", () => {
  it("answers a row, and rows, as the library does, bit for bit", async () => {
    const { home, legs, price } = fixture.models;
    const rows = asked();
    const proba = home.predictProba(rows);
    const labels = home.predict(rows);
    const answers = rows.map((_, r) => ({ label: labels[r], probabilities: proba[r] }));
    expect(await post("/models/home/predict", rows)).toEqual({ status: 200, json: answers });
    expect((await post("/models/home/predict", rows[3])).json).toEqual(answers[3]);
    expect((await post("/models/legs/predict", rows[3])).json).toEqual({
      label: legs.predict(rows[3]),
      probabilities: legs.predictProba(rows[3]),
    });
    expect((await post("/models/price/predict", rows)).json).toEqual(price.predict(rows).map((value) => ({ value })));
    expect((await post("/models/home/predict", [])).json).toEqual([]);
  });

  it("answers of quantiles, sets of labels, several targets, networks", async () => {
    const { spread, eats, home, loud, digits, sums } = fixture.models;
    const [row] = asked();
    const [low, middle, high] = spread.predictQuantiles(row);
    const value = spread.predict(row);
    expect((await post("/models/spread/predict", row)).json).toEqual({
      value,
      quantiles: { 0.1: low, 0.5: middle, 0.9: high },
    });
    expect((await post("/models/eats/predict", row)).json).toEqual({
      labels: eats.predict(row),
      probabilities: eats.predictProba(row),
    });
    expect((await post("/models/several/predict", row)).json).toEqual({
      home: { label: home.predict(row), probabilities: home.predictProba(row) },
      loud: { label: loud.predict(row), probabilities: loud.predictProba(row) },
    });
    const x = [0.5, -1, 2, 3];
    const probabilities = [...digits.predictProba([x])];
    const own = { class: digits.predict([x])[0], probabilities };
    expect((await post("/models/digits/predict", x)).json).toEqual(own);
    expect((await post("/models/digits/predict", [x, x])).json).toEqual([own, own]);
    expect((await post("/models/sums/predict", [1, 2])).json).toEqual({ values: [...sums.predictProba([[1, 2]])] });
  });

  it("gives a bad row its own error where asked for; else refuses all, in the library's words", async () => {
    const [row] = asked();
    const rows = [row, { ...row, weight: "heavy" }, 7, { age: 3 }, row];
    const refused = await post("/models/home/predict", rows);
    expect(refused.status).toBe(400);
    expect(refused.json).toEqual({ error: "predictProba: rows[2] must be an object, got 7.", row: 2 });
    const { status, json } = await post("/models/home/predict?row_errors=true", rows);
    expect(status).toBe(200);
    const good = { label: fixture.models.home.predict(row), probabilities: fixture.models.home.predictProba(row) };
    expect(json).toEqual([
      good,
      { error: expect.stringMatching(/^predictProba: column "weight" must hold numbers, got "heavy" at row 1\./) },
      { error: "predictProba: rows[2] must be an object, got 7." },
      { error: expect.stringMatching(/must have a column among .* at row 3\.$/) },
      good,
    ]);
  });

  it("answers thousands of rows with turns for others, to the same bits; names the row that is refused", async () => {
    const { home, price } = fixture.models;
    const rows = Array.from({ length: 2000 }, (_, r) => asked()[r % asked().length]);
    const [labels, proba, values] = [home.predict(rows), home.predictProba(rows), price.predict(rows)];
    const answers = rows.map((_, r) => ({ label: labels[r], probabilities: proba[r] }));
    expect((await post("/models/home/predict", rows)).json).toEqual(answers);
    expect((await post("/models/price/predict", rows)).json).toEqual(values.map((value) => ({ value })));
    expect((await post("/models/home/invocations", { instances: rows })).json).toEqual({ predictions: labels });
    const odd = rows.map((row, r) => (r === 1500 || r === 700 ? { ...row, weight: `heavy at row ${r % 128}.` } : row));
    const { status, json } = await post("/models/home/predict", odd);
    expect(status).toBe(400);
    expect(json.row).toBe(700);
    expect(json.error).toMatch(/must hold numbers, got "heavy at row 60\." at row 700\./);
    const each = (await post("/models/home/predict?row_errors=true", odd)).json as never as Record<string, unknown>[];
    expect(each.flatMap(({ error }, r) => (error === undefined ? [] : [r]))).toEqual([700, 1500]);
    expect(each[1500].error).toMatch(/ at row 1500\./);
    expect(each.filter(({ error }) => error === undefined)).toEqual(answers.filter((_, r) => r !== 700 && r !== 1500));
    const nets = await post(
      "/models/digits/predict",
      rows.map((_, r) => [r === 999 ? "x" : r, 1, 2, 3]),
    );
    expect(nets.json).toEqual({ error: 'a row must hold finite numbers, got "x" at row 999, place 0.', row: 999 });
  });

  it("needs a name where there are several models, and none where there is one", async () => {
    const several = await post("/predict", asked()[0]);
    expect(several.status).toBe(404);
    expect(several.json.error).toMatch(/^the request must name a model where the server has not exactly one, got /);
    const single = await start({ models: fixture.path("home"), port: 0, logLevel: "silent" });
    const [row] = asked();
    const { json } = await post("/predict", row, undefined, single.url);
    expect(json.label).toBe(fixture.models.home.predict(row));
    expect((await post("/models/home/predict", row, undefined, single.url)).json).toEqual(json);
    expect((await post("/models/price/predict", row, undefined, single.url)).status).toBe(404);
    await single.close();
  });
});

describe("/invocations", () => {
  it("takes rows in each of MLflow's ways, and CSV", async () => {
    const rows = asked().slice(0, 5);
    const predictions = fixture.models.home.predict(rows);
    const columns = ["kind", "weight", "tame", "born"];
    const data = rows.map((row) => columns.map((name) => row[name]));
    const inputs = Object.fromEntries(columns.map((name) => [name, rows.map((row) => row[name])]));
    const csv = [columns, ...data].map((line) => line.map((value) => value ?? "").join(",")).join("\r\n");
    for (const body of [
      { dataframe_records: rows },
      { dataframe_split: { columns, data } },
      { instances: rows },
      { inputs },
      { inputs: rows },
    ]) {
      expect(await post("/models/home/invocations", body)).toEqual({ status: 200, json: { predictions } });
    }
    expect((await post("/models/home/invocations", csv, "text/csv")).json).toEqual({ predictions });
    expect((await post("/models/digits/invocations", { instances: [[1, 2, 3, 4]] })).json).toEqual({
      predictions: [...fixture.models.digits.predict([[1, 2, 3, 4]])],
    });
  });

  it("refuses other types with 415, and what is none of the ways with 400", async () => {
    expect((await post("/models/home/invocations", "a", "application/xml")).status).toBe(415);
    for (const body of [
      {},
      [],
      3,
      { instances: 3 },
      { dataframe_split: {} },
      { dataframe_records: [], inputs: [] },
      { inputs: { kind: [], tame: [1] } },
    ]) {
      const { status, json } = await post("/models/home/invocations", body);
      expect([status, typeof json.error]).toEqual([400, "string"]);
    }
    expect((await post("/models/home/invocations", 'kind\n"cat', "text/csv")).json.error).toMatch(
      /^the body must be CSV/,
    );
  });

  it("is beside /ping, /health and /version", async () => {
    for (const path of ["/ping", "/health"]) expect((await fetch(server.url + path)).status).toBe(200);
    expect(await (await fetch(`${server.url}/version`)).text()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("the server", () => {
  it("counts what it answers, by MLServer's names", async () => {
    const own = await start({ models: fixture.folder, port: 0, logLevel: "silent" });
    for (const row of asked().slice(0, 3)) await post("/models/home/predict", row, undefined, own.url);
    await post("/models/home/predict", { none: 1 }, undefined, own.url);
    const text = await (await fetch(`${own.url}/metrics`)).text();
    expect(text).toContain('model_infer_request_success_total{model="home",version=""} 3\n');
    expect(text).toContain('model_infer_request_failure_total{model="home",version=""} 1\n');
    expect(text).toContain('model_infer_request_duration_count{model="home",version=""} 4\n');
    expect(text).toContain(
      'rest_server_requests_total{method="POST",path="/models/:name/predict",status_code="200"} 3\n',
    );
    expect(text).toContain("rest_server_requests_in_progress 1\n");
    expect(text).toContain("wasmlp_models_loaded 1\n");
    await own.close();
  });

  it("describes every route in an OpenAPI document", async () => {
    const document = (await (await fetch(`${server.url}/docs`)).json()) as {
      openapi: string;
      paths: Record<string, object>;
    };
    expect(document.openapi).toBe("3.1.0");
    for (const path of [
      "/predict",
      "/invocations",
      "/metrics",
      "/v2",
      "/v2/models/{name}/infer",
      "/v2/repository/index",
      "/ping",
    ]) {
      expect(Object.keys(document.paths)).toContain(path);
    }
  });

  it("answers nobody without its key, but for health", async () => {
    const own = await start({ models: fixture.folder, port: 0, apiKey: "secret", logLevel: "silent" });
    const ask = (path: string, key?: string) => fetch(own.url + path, { headers: key ? { authorization: key } : {} });
    for (const key of [undefined, "secret", "Bearer secre", "Bearer secrets", "Basic secret"]) {
      const response = await ask("/v2/models/home", key);
      expect([response.status, response.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
    }
    expect((await ask("/v2/models/home", "Bearer secret")).status).toBe(200);
    for (const path of ["/v2/health/live", "/v2/health/ready", "/ping", "/health", "/version"])
      expect((await ask(path)).status).toBe(200);
    await own.close();
  });

  it("lets no page of another origin read, and listens at 127.0.0.1 unless told", async () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const response = await fetch(`${server.url}/v2`, { headers: { origin: "http://example.org" } });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("answers pages of the origins that it was told, those alone, before it asks for the key", async () => {
    const origin = "https://example.com";
    const own = await createApp({ models: fixture.folder, cors: [origin], apiKey: "secret", logLevel: "silent" });
    const ask = (from: string, headers = {}) =>
      own.app.inject({
        method: "OPTIONS",
        url: "/models/home/predict",
        headers: { origin: from, "access-control-request-method": "POST", ...headers },
      });
    const allowed = await ask(origin, { "access-control-request-headers": "content-type,authorization" });
    expect([allowed.statusCode, allowed.headers["access-control-allow-origin"]]).toEqual([204, origin]);
    expect(allowed.headers["access-control-allow-headers"]).toContain("authorization");
    expect((await ask("https://example.org")).headers["access-control-allow-origin"]).not.toBe("https://example.org");
    const payload = asked()[0];
    const send = (headers: Record<string, string>) =>
      own.app.inject({ method: "POST", url: "/models/home/predict", headers: { origin, ...headers }, payload });
    expect((await send({})).statusCode).toBe(401);
    const answer = await send({ authorization: "Bearer secret" });
    expect([answer.statusCode, answer.headers["access-control-allow-origin"]]).toEqual([200, origin]);
    expect(answer.headers["access-control-expose-headers"]).toBe("inference-header-content-length");
    await own.app.close();
    const all = await createApp({ models: fixture.folder, cors: ["*"], logLevel: "silent" });
    const { headers } = await all.app.inject({ url: "/v2", headers: { origin } });
    expect(headers["access-control-allow-origin"]).toBe("*");
    await all.app.close();
  });

  it("is a plugin too, in a context of its own", async () => {
    const app = Fastify();
    app.addContentTypeParser("text/csv", { parseAs: "string" }, (_request, body, done) => done(null, `mine: ${body}`));
    app.post("/own", async ({ body }) => ({ body }));
    app.setErrorHandler((_error, _request, reply) => reply.code(418).send("mine"));
    app.get("/fails", async () => Promise.reject(new Error("no")));
    await app.register(modelServer, { models: fixture.folder, prefix: "/ml" });
    const own = await app.inject({
      method: "POST",
      url: "/own",
      payload: "a",
      headers: { "content-type": "text/csv" },
    });
    expect(own.json()).toEqual({ body: "mine: a" });
    expect((await app.inject("/fails")).statusCode).toBe(418);
    expect((await app.inject("/ml/v2/models/nobody")).json()).toEqual({ error: expect.stringContaining("nobody") });
    const answer = await app.inject({ method: "POST", url: "/ml/models/home/predict", payload: asked()[0] });
    expect(answer.json().label).toBe(fixture.models.home.predict(asked()[0]));
    await app.close();
  });

  it("refuses options that are none, in a sentence", async () => {
    const { folder: models } = fixture;
    for (const [options, says] of [
      [{}, "createApp: models must be a folder's or a file's name, got none."],
      [{ models, maxRows: 0 }, "createApp: maxRows must be a whole number of rows, 1 at least, got 0."],
      [{ models, memory: "1" }, "createApp: memory must be a number, got string."],
      [{ models, learn: 1 }, "createApp: learn must be true or false, got number."],
      [{ models, cors: true }, /^createApp: cors must be a list of origins, .*, got boolean\.$/],
      [{ models, cors: ["example.com"] }, /^createApp: cors must be a list of origins/],
      [{ models, cors: ["https://example.com/"] }, /^createApp: cors must be a list of origins/],
      [{ models, ports: true }, /^createApp: options must be among .*, got ports\.$/],
      [{ models: "/nowhere" }, /ENOENT/],
    ] as const) {
      await expect(createApp(options as never as AppOptions)).rejects.toThrow(says);
    }
  });
});
