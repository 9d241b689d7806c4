/**
 * The Open Inference Protocol: every answer is held against the protocol's own schema, requests are those of undici and curl, and
 * answers are the library's, bit for bit.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Ajv } from "ajv";
import { fetch } from "undici";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type RunningServer, start } from "../src/index.js";
import { asked, type Fixture, makeFixture, ROWS } from "./fixtures.js";

const schemaFile = new URL("../../../../shared/wild/oip/open_inference_rest.yaml", import.meta.url);
const hasSchema = existsSync(schemaFile);
if (!hasSchema) process.stderr.write("The protocol's schema is not there: answers are not held against it.\n");
const { schemas = {} } = hasSchema ? parse(readFileSync(schemaFile, "utf8")).components : {};
const ajv = new Ajv({ strict: false });
ajv.addSchema({ $id: "oip", components: { schemas } });

/** Holds a value against a schema of the protocol. */
function conforms(name: string, value: unknown): void {
  if (!hasSchema) return;
  const check = ajv.getSchema(`oip#/components/schemas/${name}`)!;
  expect(check(value), `${name}: ${JSON.stringify(check.errors)} of ${JSON.stringify(value).slice(0, 300)}`).toBe(true);
}

interface Out {
  name: string;
  datatype: string;
  shape: number[];
  data: unknown[];
  parameters?: { binary_data_size: number };
}
interface Answer {
  model_name: string;
  model_version?: string;
  id?: string;
  outputs: Out[];
}

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

async function get(path: string): Promise<{ status: number; json: unknown }> {
  const response = await fetch(server.url + path);
  return { status: response.status, json: await response.json() };
}

async function infer(model: string, body: unknown): Promise<Answer> {
  // null, a missing value, is ours: the protocol has none.
  if (!JSON.stringify(body).includes("null")) conforms("inference_request", body);
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${server.url}/v2/models/${model}/infer`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  const json = (await response.json()) as Answer;
  expect(response.status, JSON.stringify(json)).toBe(200);
  conforms("inference_response", json);
  return json;
}

/** Rows as tensors, a column each; what is missing is null. */
function tensors(rows = asked()) {
  const types: Record<string, string> = { kind: "BYTES", weight: "FP64", tame: "BOOL", born: "BYTES" };
  return Object.entries(types).map(([name, datatype]) => ({
    name,
    datatype,
    shape: [rows.length],
    data: rows.map((row) => row[name] ?? null),
  }));
}

const full = asked().filter((row) => Object.values(row).every((value) => value !== null));
const [first] = full;

describe("metadata", () => {
  it("of the server and of each model conform", async () => {
    const { status, json } = await get("/v2");
    expect(status).toBe(200);
    conforms("metadata_server_response", json);
    expect((await get("/v2/")).json).toEqual(json);
    for (const name of [...Object.keys(fixture.models), "several"]) {
      const model = await get(`/v2/models/${name}`);
      expect(model.status).toBe(200);
      conforms("metadata_model_response", model.json);
    }
  });

  it("name columns, outputs, labels and the SHA-256 of the file", async () => {
    const digest = createHash("sha256")
      .update(readFileSync(fixture.path("home")))
      .digest("hex");
    expect((await get("/v2/models/home")).json).toEqual({
      name: "home",
      platform: "wasmlp_classifier",
      inputs: [
        { name: "born", datatype: "BYTES", shape: [-1] },
        { name: "kind", datatype: "BYTES", shape: [-1] },
        { name: "tame", datatype: "BOOL", shape: [-1] },
        { name: "weight", datatype: "FP64", shape: [-1] },
      ],
      outputs: [
        { name: "home", datatype: "BYTES", shape: [-1] },
        { name: "home.probabilities", datatype: "FP32", shape: [-1, 2] },
      ],
      properties: { digest: `sha256:${digest}`, networks: "1", "home.probabilities": '["farm","flat"]' },
    });
  });

  it("of health and readiness", async () => {
    expect(await get("/v2/health/live")).toEqual({ status: 200, json: { live: true } });
    expect(await get("/v2/health/ready")).toEqual({ status: 200, json: { ready: true } });
    expect(await get("/v2/models/home/ready")).toEqual({ status: 200, json: { name: "home", ready: true } });
    expect((await get("/v2/models/nobody/ready")).status).toBe(404);
  });

  it("of what is not there are errors that conform", async () => {
    const { status, json } = await get("/v2/models/nobody");
    expect(status).toBe(404);
    conforms("metadata_model_error_response", json);
    expect(json).toEqual({ error: 'there must be a model "nobody", got none of that name.' });
  });

  const control = hasSchema ? it : it.skip;
  control("control: what does not conform is noticed", () => {
    expect(() => conforms("inference_response", { model_name: "a" })).toThrow();
    expect(() => conforms("metadata_server_response", { name: "a", version: 1, extensions: [] })).toThrow();
  });
});

describe("answers", () => {
  it("of classifiers are the library's: labels of text, booleans, whole numbers; each probability to the last bit", async () => {
    for (const [name, datatype] of [
      ["home", "BYTES"],
      ["loud", "BOOL"],
      ["legs", "INT64"],
    ] as const) {
      const model = fixture.models[name];
      const { outputs, ...rest } = await infer(name, { id: "7", inputs: tensors() });
      expect(rest).toEqual({ model_name: name, id: "7" });
      const proba = model.predictProba(asked(), new Float32Array(ROWS.length * model.labels.length));
      expect(outputs).toEqual([
        { name, datatype, shape: [ROWS.length], data: model.predict(asked()) },
        {
          name: `${name}.probabilities`,
          datatype: "FP32",
          shape: [ROWS.length, model.labels.length],
          data: [...proba],
        },
      ]);
    }
  });

  it("of regressors and quantiles, of sets of labels, of several targets, of networks too", async () => {
    const { price, spread, eats, digits, sums } = fixture.models;
    expect((await infer("price", { inputs: tensors() })).outputs[0].data).toEqual(price.predict(asked()));
    const quantiles = (await infer("spread", { inputs: tensors() })).outputs[1];
    expect(quantiles).toMatchObject({ shape: [ROWS.length, 3], data: spread.predictQuantiles(asked()).flat() });
    const sets = (await infer("eats", { inputs: tensors() })).outputs[0];
    const has = eats.predict(asked()).flatMap((own) => eats.labels.map((label) => own.includes(label)));
    expect(sets).toMatchObject({ datatype: "BOOL", data: has });
    const several = await infer("several", { inputs: tensors() });
    expect(several.outputs.map(({ name }) => name)).toEqual([
      "home",
      "home.probabilities",
      "loud",
      "loud.probabilities",
    ]);
    const x = [1, 2, 3, 4, 0.1, 0.2, -0.3, 1e10];
    const classes = (
      await infer("digits", { inputs: [{ name: "input", datatype: "FP32", shape: [2, 2, 2], data: x }] })
    ).outputs;
    expect(classes[0].data).toEqual([...digits.predictProba(Float32Array.from(x))]);
    expect(classes[1].data).toEqual([...digits.predict(Float32Array.from(x))]);
    const nested = [
      {
        name: "input",
        datatype: "FP64",
        shape: [2, 2],
        data: [
          [1, 2],
          [3, 4],
        ],
      },
    ];
    expect((await infer("sums", { inputs: nested })).outputs[0].data).toEqual([
      ...sums.predictProba([
        [1, 2],
        [3, 4],
      ]),
    ]);
  });

  it("have the outputs that are asked for, in that order", async () => {
    const body = { inputs: tensors(), outputs: [{ name: "home.probabilities" }] };
    expect((await infer("home", body)).outputs.map(({ name }) => name)).toEqual(["home.probabilities"]);
  });

  it("give a bad row its own error where asked for, and the others their answers", async () => {
    const rows = [first, { ...first, weight: 1e300 }, first];
    const { outputs } = await infer("home", { parameters: { row_errors: true }, inputs: tensors(rows) });
    const label = fixture.models.home.predict(first);
    expect(outputs[0].data).toEqual([label, "", label]);
    expect(outputs[2]).toMatchObject({ name: "error", datatype: "BYTES" });
    expect(outputs[2].data).toEqual(["", expect.stringMatching(/"weight" must hold numbers .* at row 1\.$/), ""]);
  });

  it("control: a bit that differs is noticed", async () => {
    const [, { data }] = (await infer("home", { inputs: tensors() })).outputs;
    const bits = new Uint32Array(Float32Array.from(data as number[]).buffer);
    bits[3] ^= 1;
    expect([...new Float32Array(bits.buffer)]).not.toEqual(data);
  });

  it("are given to curl as well", async () => {
    const url = `${server.url}/v2/models/home/infer`;
    const curl = spawn("curl", ["-sS", "-H", "content-type: application/json", "-d", "@-", url]);
    curl.stdin.end(JSON.stringify({ inputs: tensors([first]) }));
    const answer = JSON.parse(await text(curl.stdout));
    conforms("inference_response", answer);
    expect(answer.outputs[0].data).toEqual([fixture.models.home.predict(first)]);
  });
});

describe("binary tensors", () => {
  /** Texts, each behind its length. */
  const texts = (list: readonly unknown[]) =>
    Buffer.concat(
      list.map((text) => {
        const bytes = Buffer.from(String(text));
        const head = Buffer.alloc(4);
        head.writeUInt32LE(bytes.length);
        return Buffer.concat([head, bytes]);
      }),
    );

  async function post(model: string, head: object, tail: Buffer, length?: string) {
    const json = Buffer.from(JSON.stringify(head));
    const headers = {
      "content-type": "application/octet-stream",
      "inference-header-content-length": length ?? String(json.length),
    };
    const body = Buffer.concat([json, tail]);
    const response = await fetch(`${server.url}/v2/models/${model}/infer`, { method: "POST", headers, body });
    const bytes = Buffer.from(await response.arrayBuffer());
    const own = Number(response.headers.get("inference-header-content-length") ?? bytes.length);
    return {
      status: response.status,
      json: JSON.parse(bytes.toString("utf8", 0, own)) as Answer,
      tail: bytes.subarray(own),
    };
  }

  const input = (name: string, datatype: string, bytes: Buffer) => ({
    name,
    datatype,
    shape: [full.length],
    parameters: { binary_data_size: bytes.length },
  });

  it("go in and come out as the library says, to the last bit", async () => {
    const parts = [
      ["kind", "BYTES", texts(full.map(({ kind }) => kind))],
      ["weight", "FP64", Buffer.from(Float64Array.from(full, ({ weight }) => weight as number).buffer)],
      ["tame", "BOOL", Buffer.from(full.map(({ tame }) => Number(tame)))],
      ["born", "BYTES", texts(full.map(({ born }) => born))],
    ] as const;
    const inputs = parts.map(([name, datatype, bytes]) => input(name, datatype, bytes));
    const tail = Buffer.concat(parts.map(([, , bytes]) => bytes));
    const answer = await post("home", { parameters: { binary_data_output: true }, inputs }, tail);
    expect(answer.status).toBe(200);
    const [labels, proba] = answer.json.outputs;
    const size = labels.parameters!.binary_data_size;
    expect(answer.tail.subarray(0, size)).toEqual(texts(fixture.models.home.predict(full)));
    const numbers = new Float32Array(Uint8Array.from(answer.tail.subarray(size)).buffer);
    expect(numbers).toEqual(fixture.models.home.predictProba(full, new Float32Array(full.length * 2)));
    expect(proba.parameters!.binary_data_size).toBe(4 * numbers.length);
    const mixed = await post("home", { inputs, outputs: [{ name: "home", parameters: { binary_data: false } }] }, tail);
    expect(mixed.json.outputs[0].data).toEqual(fixture.models.home.predict(full));
  });

  it("of other types are read as well", async () => {
    for (const [datatype, list] of [
      ["INT64", BigInt64Array.of(1n, 2n)],
      ["UINT64", BigUint64Array.of(1n, 2n)],
      ["INT16", Int16Array.of(1, 2)],
      ["UINT8", Uint8Array.of(1, 2)],
      ["FP16", Uint16Array.of(0x3c00, 0x4000)],
      ["FP32", Float32Array.of(1, 2)],
    ] as const) {
      const bytes = Buffer.from(list.buffer);
      const head = {
        inputs: [{ name: "input", datatype, shape: [1, 2], parameters: { binary_data_size: bytes.length } }],
      };
      const { json } = await post("sums", head, bytes);
      expect(json.outputs[0].data).toEqual([...fixture.models.sums.predictProba([[1, 2]])]);
    }
  });

  it("of halves have the numbers that they stand for, in JSON too", async () => {
    const halves = Uint16Array.of(0x0001, 0x83ff, 0x0400, 0x3555, 0xfbff, 0x8000);
    const numbers = [2 ** -24, -1023 * 2 ** -24, 2 ** -14, 1365 * 2 ** -12, -65504, -0];
    const bytes = Buffer.from(halves.buffer);
    const own = { name: "input", datatype: "FP16", shape: [3, 2] };
    const wanted = [...fixture.models.sums.predictProba([0, 2, 4].map((at) => numbers.slice(at, at + 2)))];
    const { json } = await post("sums", { inputs: [{ ...own, parameters: { binary_data_size: 12 } }] }, bytes);
    expect(json.outputs[0].data).toEqual(wanted);
    const text = await post("sums", { inputs: [{ ...own, data: numbers }] }, Buffer.alloc(0));
    expect(text.json.outputs[0].data).toEqual(wanted);
    const infinite = Buffer.from(Uint16Array.of(0x7c00, 0, 0, 0, 0, 0).buffer);
    const refused = await post("sums", { inputs: [{ ...own, parameters: { binary_data_size: 12 } }] }, infinite);
    expect(refused.status).toBe(400);
    expect((await post("sums", { inputs: [{ ...own, data: [65505, 0, 0, 0, 0, 0] }] }, Buffer.alloc(0))).status).toBe(
      400,
    );
  });

  it("whose sizes lie are refused", async () => {
    const weight = input("weight", "FP64", Buffer.alloc(8 * full.length));
    const kind = input("kind", "BYTES", Buffer.alloc(9));
    const all = Buffer.alloc(8 * full.length);
    for (const [head, tail, length] of [
      [{ inputs: [weight] }, all.subarray(1), undefined],
      [{ inputs: [weight] }, Buffer.concat([all, all]), undefined],
      [{ inputs: [{ ...weight, shape: [full.length - 1] }] }, all, undefined],
      [{ inputs: [kind] }, Buffer.from([255, 255, 255, 255, 0, 0, 0, 0, 0]), undefined],
      [{ inputs: [weight] }, all, "99999999"],
      [{ inputs: [weight] }, all, "-1"],
      [{ inputs: [weight] }, all, "3"],
    ] as const) {
      const { status, json } = await post("home", head, tail, length);
      expect(status, JSON.stringify(json)).toBe(400);
      conforms("inference_error_response", json);
    }
  });
});
