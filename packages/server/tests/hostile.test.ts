/**
 * Hostile requests: each is refused with a status of 4xx and one sentence, or answered; none gets a stack trace, and the server answers
 * as before in the end. WASMLP_LONG makes it 100,000.
 */
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp, type ModelApp, start } from "../src/index.js";
import { asked, type Fixture, makeFixture, type Row } from "./fixtures.js";

let fixture: Fixture;
let server: ModelApp;
const [row] = asked();

beforeAll(async () => {
  fixture = await makeFixture();
  server = await createApp({ models: fixture.folder, learn: true, maxRows: 50, bodyLimit: 20_000, logLevel: "silent" });
});
afterAll(async () => {
  await server?.app.close();
  fixture?.remove();
});

interface Sent {
  readonly method?: "POST" | "GET" | "PUT" | "DELETE";
  readonly url: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

async function send({ method = "POST", url, type = "application/json", headers, body = "" }: Sent) {
  const own = method === "GET" ? {} : { "content-type": type, ...headers };
  return server.app.inject({ method, url, headers: own, ...(method !== "GET" && { payload: body }) });
}

/** One sentence of what was wrong, in an answer of 4xx (503 of a model that was unloaded). */
function checkRefusal(status: number, text: string): void {
  const about = `${status} ${text.slice(0, 300)}`;
  expect(status === 503 || (status >= 400 && status < 500), about).toBe(true);
  const { error, row, ...rest } = JSON.parse(text);
  expect([typeof error, rest], about).toEqual(["string", {}]);
  expect(row === undefined || (Number.isInteger(row) && row >= 0), about).toBe(true);
  expect(error, about).not.toMatch(/\n|\bat .*\.[jt]s:\d|node_modules|\/tmp\//);
}

const infer = (inputs: unknown, more: object = {}, model = "home"): Sent => ({
  url: `/v2/models/${model}/infer`,
  body: JSON.stringify({ inputs, ...more }),
});
const weight = { name: "weight", datatype: "FP64", shape: [2], data: [1, 2] };

/** By what is wrong with it. */
const REFUSED: Record<string, [status: number, sent: Sent]> = {
  "no JSON": [400, { url: "/models/home/predict", body: "{" }],
  nothing: [400, { url: "/models/home/predict", body: "" }],
  null: [400, { url: "/models/home/predict", body: "null" }],
  "a number": [400, { url: "/models/home/predict", body: "1e999" }],
  "a key of the prototype": [400, { url: "/models/home/predict", body: '{"__proto__":{"kind":"cat"}}' }],
  "a constructor's prototype": [400, { url: "/models/home/predict", body: '{"constructor":{"prototype":{"kind":1}}}' }],
  "unknown columns alone": [400, { url: "/models/home/predict", body: '{"colour":"red"}' }],
  "columns of the prototype": [400, { url: "/models/home/predict", body: '{"toString":1,"valueOf":2}' }],
  "a huge number": [400, { url: "/models/home/predict", body: '{"weight":1e308}' }],
  "an object as a value": [400, { url: "/models/home/predict", body: '{"kind":{"a":1}}' }],
  "too many rows": [413, { url: "/models/home/predict", body: JSON.stringify(Array(51).fill(row)) }],
  "too many bytes": [413, { url: "/models/home/predict", body: `"${"x".repeat(30_000)}"` }],
  "nested lists": [400, { url: "/models/home/predict", body: "[".repeat(9000) + "]".repeat(9000) }],
  "row_errors that are none": [400, { url: "/models/home/predict?row_errors=1", body: "[]" }],
  "another type": [415, { url: "/models/home/predict", type: "text/html", body: "{}" }],
  "a network's row too short": [400, { url: "/models/digits/predict", body: "[1,2,3]" }],
  "a network's row of texts": [400, { url: "/models/digits/predict", body: '["a","b","c","d"]' }],
  "a network's row of null": [400, { url: "/models/digits/predict", body: "[1,2,3,null]" }],
  "a network's number beyond float32": [400, { url: "/models/digits/predict", body: "[1,2,3,1e39]" }],
  "a network's row as an object": [400, { url: "/models/digits/predict", body: '{"length":4}' }],
  "no inputs": [400, infer([])],
  "inputs that are no list": [400, infer({ weight })],
  "an input that is null": [400, infer([null])],
  "a shape beyond the data": [400, infer([{ ...weight, shape: [3] }])],
  "a shape of the wrong sign": [400, infer([{ ...weight, shape: [-2] }])],
  "a shape whose product is huge": [400, infer([{ ...weight, shape: [2, 1e9, 1e9] }])],
  "a shape of halves": [400, infer([{ ...weight, shape: [1.5] }])],
  "a shape of very many": [400, infer([{ ...weight, shape: Array(1000).fill(1) }])],
  "a shape of too many rows": [413, infer([{ ...weight, shape: [1e15] }])],
  "a shape of two numbers a row": [400, infer([{ ...weight, shape: [1, 2] }])],
  "data nested otherwise": [400, infer([{ ...weight, shape: [2, 1], data: [[1], 2] }])],
  "no data": [400, infer([{ ...weight, data: undefined }])],
  "data of another type": [400, infer([{ ...weight, data: [1, "2"] }])],
  "whole numbers out of range": [400, infer([{ ...weight, datatype: "UINT8", data: [1, 256] }])],
  "an unknown type": [400, infer([{ ...weight, datatype: "toString" }])],
  "an unknown column": [400, infer([{ ...weight, name: "colour" }])],
  "a column twice": [400, infer([weight, weight])],
  "columns of other lengths": [400, infer([weight, { ...weight, name: "kind", shape: [1], data: [1] }])],
  "an unknown output": [400, infer([weight], { outputs: [{ name: "colour" }] })],
  "an id that is none": [400, infer([weight], { id: 7 })],
  "parameters that are none": [400, infer([weight], { parameters: [] })],
  "bytes that are not there": [400, infer([{ ...weight, parameters: { binary_data_size: 16 } }])],
  "a network's input of texts": [
    400,
    infer([{ name: "input", datatype: "BYTES", shape: [1, 4], data: ["1", "2", "3", "4"] }], {}, "digits"),
  ],
  "a network's input of nulls": [
    400,
    infer([{ name: "input", datatype: "FP32", shape: [1, 4], data: [null, 1, 2, 3] }], {}, "digits"),
  ],
  "a network's input by another name": [400, infer([weight], {}, "digits")],
  "an unknown model": [404, infer([weight], {}, "nobody")],
  "a folder above": [404, { url: "/models/..%2f..%2fetc%2fpasswd/predict", body: "{}" }],
  "an address that cannot be decoded": [400, { url: "/models/%zz/predict", body: "{}" }],
  "a long name": [414, { url: `/models/${"x".repeat(1000)}/predict`, body: "{}" }],
  "another method": [404, { method: "DELETE", url: "/models/home/predict", body: "{}" }],
  "learning from nothing": [400, { url: "/models/home/learn", body: "{}" }],
  "a ready that is none": [400, { url: "/v2/repository/index", body: '{"ready":1}' }],
};

describe("a request with", () => {
  it.each(Object.entries(REFUSED))("%s is refused", async (_, [status, sent]) => {
    const answer = await send(sent);
    expect(answer.statusCode, answer.body).toBe(status);
    checkRefusal(answer.statusCode, answer.body);
  });
});

/** Numbers from 0 to 1, the same each time. */
const dice = (seed: number) => () => {
  seed = (seed * 48271) % 2147483647;
  return seed / 2147483647;
};

const WORDS = [
  "",
  "cat",
  "NaN",
  "1e400",
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "💥",
  "2010-01-10",
  "-0",
  "x".repeat(500),
];
const NUMBERS = [0, -0, 1, -1, 0.5, 255, 256, 2 ** 31, 2 ** 53, 1e15, 1e39, 1e308, -1e308, 5e-324];

/** Something that JSON can hold. */
function anything(roll: () => number, depth = 3): unknown {
  const of = <T>(list: readonly T[]) => list[Math.floor(roll() * list.length)];
  const kind = roll();
  if (kind < 0.3) return of(NUMBERS);
  if (kind < 0.5) return of(WORDS);
  if (kind < 0.6 || depth === 0) return of([null, true, false]);
  const count = Math.floor(roll() * 4);
  if (kind < 0.8) return Array.from({ length: count }, () => anything(roll, depth - 1));
  const names = [
    "kind",
    "weight",
    "tame",
    "born",
    "name",
    "shape",
    "data",
    "datatype",
    "inputs",
    "parameters",
    ...WORDS,
  ];
  return Object.fromEntries(Array.from({ length: count }, () => [of(names), anything(roll, depth - 1)]));
}

/** A request that is right but for one or two places, or that is nothing at all. */
function mutant(roll: () => number): Sent {
  const of = <T>(list: readonly T[]) => list[Math.floor(roll() * list.length)];
  const model = of(["home", "legs", "price", "eats", "several", "digits", "sums", "nobody"]);
  const input = {
    name: of(["weight", "kind", "input"]),
    datatype: of(["FP64", "BYTES", "INT8", "BOOL"]),
    shape: [2],
    data: [1, 2],
  };
  const right: [url: string, body: object][] = [
    [`/models/${model}/predict`, { ...row }],
    [`/models/${model}/predict?row_errors=true`, [{ ...row }, { ...row }]],
    [`/models/${model}/invocations`, { dataframe_split: { columns: ["kind", "weight"], data: [["cat", 4]] } }],
    [`/v2/models/${model}/infer`, { id: "1", inputs: [input], outputs: [] }],
    [`/v2/models/${model}/infer`, { inputs: [{ ...input, parameters: { binary_data_size: 16 } }], parameters: {} }],
    [`/models/${model}/learn`, [{ ...row }]],
    ["/v2/repository/index", {}],
  ];
  const [url, body] = of(right);
  for (let i = 0; i < 1 + 2 * roll(); i++) {
    let at: Row = body as Row;
    for (;;) {
      const key = of(Object.keys(at).concat("extra"));
      const next = at[key];
      if (typeof next === "object" && next !== null && roll() < 0.7 && Object.keys(next).length > 0) at = next as Row;
      else {
        at[key] = anything(roll);
        break;
      }
    }
  }
  const whole = roll() < 0.1 ? (JSON.stringify(anything(roll)) ?? "") : JSON.stringify(body);
  const text = roll() < 0.1 ? whole.slice(0, Math.floor(roll() * whole.length)) : whole;
  if (roll() < 0.8) return { url, body: text };
  const tail = Buffer.from(Array.from({ length: Math.floor(roll() * 40) }, () => Math.floor(roll() * 256)));
  const length = of([String(Buffer.byteLength(text)), "0", "-1", "1e9", String(text.length + 3), "x"]);
  const headers = { "inference-header-content-length": length };
  return {
    url,
    type: of(["application/octet-stream", "text/csv"]),
    headers,
    body: Buffer.concat([Buffer.from(text), tail]),
  };
}

describe("generated requests", () => {
  const count = process.env.WASMLP_LONG ? 100_000 : 4000;

  it(`${count} of them are answered or refused in a sentence, and the server answers as before`, async () => {
    const before = (await send({ url: "/models/price/predict", body: JSON.stringify(row) })).body;
    const roll = dice(7);
    const seen = new Map<number, number>();
    for (let i = 0; i < count; i++) {
      const sent = mutant(roll);
      const { statusCode, body } = await send(sent);
      seen.set(statusCode, (seen.get(statusCode) ?? 0) + 1);
      if (statusCode !== 200) checkRefusal(statusCode, body);
      else JSON.parse(sent.type === "application/octet-stream" && body.includes("binary_data_size") ? "0" : body);
    }
    expect(seen.get(200)).toBeGreaterThan(count / 50);
    expect(seen.get(400)).toBeGreaterThan(count / 5);
    const after = (await send({ url: "/models/price/predict", body: JSON.stringify(row) })).body;
    // It may have learned since.
    expect(Object.keys(JSON.parse(after))).toEqual(Object.keys(JSON.parse(before)));
    expect(({} as Row).kind).toBeUndefined();
  });

  it("control: a stack trace, a path, a second field, an answer of 500 are noticed", () => {
    for (const [status, body] of [
      [400, { error: "Error: x\n    at f (/app/index.js:1:2)" }],
      [400, { error: "/tmp/models/home.model" }],
      [400, { error: "x", stack: "y" }],
      [500, { error: "x" }],
    ] as const) {
      expect(() => checkRefusal(status, JSON.stringify(body))).toThrow();
    }
  });
});

describe("a client that", () => {
  /** What a server answers to bytes, until it closes the connection. */
  async function talk(port: number, text: string): Promise<string> {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => (answer += chunk));
    socket.on("error", () => {});
    socket.write(text);
    await new Promise((resolve) => socket.once("close", resolve));
    return answer;
  }

  it("is slow with its headers or its body, or speaks no HTTP, is answered and left; others are served meanwhile", async () => {
    const own = await start({
      models: fixture.folder,
      port: 0,
      headersTimeout: 200,
      requestTimeout: 400,
      logLevel: "silent",
    });
    const port = Number(new URL(own.url).port);
    const slow = talk(port, "POST /models/home/predict HTTP/1.1\r\nhost: a\r\n");
    const half = talk(
      port,
      "POST /models/home/predict HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{",
    );
    await wait(50);
    expect((await fetch(`${own.url}/v2/health/ready`)).status).toBe(200);
    for (const answer of [await slow, await half]) {
      const [head, body] = answer.split("\r\n\r\n");
      expect(head).toMatch(/^HTTP\/1\.1 408 /);
      checkRefusal(408, body);
    }
    const [head, body] = (await talk(port, "hello\r\n\r\n")).split("\r\n\r\n");
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    checkRefusal(400, body);
    await own.close();
  });
});
