/** The service of examples/ as a process of its own, asked over HTTP: it answers what the model in its file says, bit for bit. */
import assert from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier } from "wasmlp";
import { service } from "../../examples/service.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Text, numbers, booleans, and something missing of each. */
const PETS = [
  { kind: "cat", weight: 4.2, tame: true, coat: "black", home: "flat" },
  { kind: "cat", weight: 5.1, tame: true, coat: null, home: "flat" },
  { kind: "cat", weight: 3.7, tame: false, coat: "grey", home: "farm" },
  { kind: "dog", weight: 31, tame: true, coat: "black", home: "farm" },
  { kind: "dog", weight: 6.4, tame: true, coat: "white", home: "flat" },
  { kind: "dog", weight: null, tame: false, coat: "white", home: "farm" },
  { kind: "horse", weight: 480, tame: true, coat: "brown", home: "farm" },
  { kind: "horse", weight: 510, tame: null, coat: "grey", home: "farm" },
  { kind: "", weight: 0.3, tame: true, coat: "white", home: "flat" },
  { kind: "hamster", weight: 0.1, coat: "brown", home: "flat" },
];

interface Answer {
  label: unknown;
  probabilities: Record<string, number>;
}

/** The answers to rows are what the model says of them: the labels, and each probability to the last bit. */
function checkAnswers(model: Classifier, rows: readonly object[], answers: readonly Answer[]): void {
  const proba = model.predictProba(rows);
  expect(answers.map(({ label }) => label)).toEqual(model.predict(rows));
  expect(answers).toHaveLength(rows.length);
  for (const [r, { probabilities }] of answers.entries()) {
    expect(Object.keys(probabilities).sort()).toEqual(Object.keys(proba[r]).sort());
    for (const [label, value] of Object.entries(proba[r])) expect(probabilities[label]).toBe(value);
  }
}

/** The sentence that the model itself refuses rows with. */
function refusalOf(model: Classifier, rows: object): string {
  try {
    model.predictProba(rows);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("the model must refuse these rows");
}

function start(args: readonly string[]): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...process.env, PORT: "0", MODEL: undefined, HOST: undefined };
  return spawn(process.execPath, ["--import", "tsx", "examples/service.ts", ...args], { cwd: root, env });
}

/** All that a process prints until its end. */
async function outputOf(child: ChildProcess): Promise<{ code: number | null; printed: string }> {
  let printed = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (printed += chunk));
  const [code] = await once(child, "close");
  return { code, printed };
}

/** The address that the service prints, once it listens. */
async function addressOf(child: ChildProcess): Promise<string> {
  const ended = outputOf(child).then(({ code, printed }) => {
    throw new Error(`the service ended with ${code}:\n${printed}`);
  });
  const line = once(child.stdout!, "data").then(([chunk]) => String(chunk).trim());
  return Promise.race([line, ended]);
}

describe("the service", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-"));
  let model: Classifier;
  let child: ChildProcess;
  let address: string;

  beforeAll(async () => {
    model = await Classifier.fit(PETS, { target: "home", hidden: [8], epochs: 50, seed: 1 });
    writeFileSync(join(folder, "pets.model"), model.save());
    child = start([join(folder, "pets.model")]);
    address = await addressOf(child);
  }, 60_000);

  afterAll(() => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });

  async function post(body: string): Promise<{ status: number; json: unknown }> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${address}/predict`, { method: "POST", headers, body });
    return { status: response.status, json: await response.json() };
  }

  async function ask<T = Answer>(rows: object): Promise<T> {
    const { status, json } = await post(JSON.stringify(rows));
    expect(status, JSON.stringify(json)).toBe(200);
    return json as T;
  }

  async function refused(body: string): Promise<string> {
    const { status, json } = await post(body);
    const { statusCode, error, message } = json as Record<string, unknown>;
    expect([status, statusCode, error]).toEqual([400, 400, "Bad Request"]);
    return String(message);
  }

  it("has learned something: its answers differ", () => {
    expect(new Set(model.predict(PETS)).size).toBe(2);
    expect(model.columns.map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
      ...["coat: text", "kind: text", "tame: boolean", "weight: number"],
    ]);
  });

  it("is in good health", async () => {
    const response = await fetch(`${address}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok", target: "home", labels: ["farm", "flat"] });
  });

  it("answers a row with its label and probabilities", async () => {
    for (const pet of PETS) checkAnswers(model, [pet], [await ask(pet)]);
  });

  it("answers rows with a list, in their order; no rows with none", async () => {
    checkAnswers(model, PETS, await ask<Answer[]>(PETS));
    const backwards = [...PETS].reverse();
    checkAnswers(model, backwards, await ask<Answer[]>(backwards));
    expect(await ask<Answer[]>([])).toEqual([]);
  });

  it("answers what training has not seen: another category, a column more, one less, none", async () => {
    const known = PETS[3];
    const { coat: _, ...bald } = known;
    const rows = [
      { ...known, kind: "parrot" },
      { ...known, name: "Rex" },
      bald,
      { ...known, weight: "31" },
      { kind: null },
    ];
    checkAnswers(model, rows, await ask<Answer[]>(rows));
    checkAnswers(model, [{ kind: null }], [await ask({ kind: null })]);
  });

  it("answers many at once, each its own", async () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ ...PETS[i % 10], weight: i }));
    checkAnswers(model, many, await Promise.all(many.map((pet) => ask(pet))));
  });

  it("refuses a value of a wrong kind in the library's words, which name row and column", async () => {
    const [good] = PETS;
    const wrong: [rows: object, says: RegExp][] = [
      [[good, { ...good, weight: "heavy" }], /column "weight" must hold numbers, got "heavy" at row 1\./],
      [[good, good, { ...good, tame: 7 }], /column "tame" must hold true or false, got 7 at row 2\./],
      [[{ ...good, kind: { cat: true } }], /column "kind" must hold text, got an object at row 0\./],
      [[{ ...good, weight: 1e300 }], /column "weight" must hold numbers .* at row 0\./],
      [[good, 3], /rows\[1\] must be an object, got 3\./],
    ];
    for (const [rows, says] of wrong) {
      const message = await refused(JSON.stringify(rows));
      expect(message).toMatch(says);
      expect(message).toBe(refusalOf(model, rows));
    }
    checkAnswers(model, [good], [await ask(good)]);
  });

  it("refuses what is no JSON, and JSON that is no row", async () => {
    for (const body of ['{"kind": "cat"', "", '{"__proto__": {"kind": "cat"}}']) await refused(body);
    for (const body of ["3", '"cat"', "null", "true"]) expect(await refused(body)).toMatch(/must be an object/);
  });

  it("control: a bit, a label, an order that differ are caught", async () => {
    const right = await ask<Answer[]>(PETS);
    checkAnswers(model, PETS, right);
    const [{ probabilities }, ...rest] = right;
    const swap = (first: Partial<Answer>) => [{ ...right[0], ...first }, ...rest];
    const bits = new Uint32Array(Float32Array.of(probabilities.flat).buffer);
    bits[0] ^= 1;
    const [turned] = new Float32Array(bits.buffer);
    for (const wrong of [
      swap({ probabilities: { ...probabilities, flat: turned } }),
      swap({ probabilities: { ...probabilities, barn: 0 } }),
      swap({ label: right[0].label === "flat" ? "farm" : "flat" }),
      [...right].reverse(),
      right.slice(1),
    ]) {
      expect(() => checkAnswers(model, PETS, wrong)).toThrow();
    }
  });

  it("answers 500, not 400, where the fault is its own", async () => {
    const broken = Object.create(model, { predict: { value: () => assert.fail("out of order") } });
    const app = service(broken);
    expect((await app.inject({ method: "POST", url: "/predict", payload: PETS[0] })).statusCode).toBe(500);
    expect((await app.inject({ method: "POST", url: "/predict", payload: [3] })).statusCode).toBe(400);
    await app.close();
  });

  it("ends when it is told to, and says what it needs when it is given nothing", async () => {
    const other = start([join(folder, "pets.model")]);
    await addressOf(other);
    other.kill("SIGTERM");
    expect(await once(other, "close")).toEqual([0, null]);
    const { code, printed } = await outputOf(start([]));
    expect(code).toBe(1);
    expect(printed).toContain("Pass the file that Classifier.save wrote, or name it in MODEL.");
  });
});
