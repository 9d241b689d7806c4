/** What the server is asked: rows of iris and telco, one by one and a thousand at once. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { Classifier } from "wasmlp";
import { saveFile } from "wasmlp/node";
import { haveSets, openSets, readSet } from "../learning/open-sets.js";

/** A request, and of how many rows. */
export interface Case {
  readonly name: string;
  readonly path: string;
  readonly body: string | Buffer;
  readonly headers: Record<string, string>;
  readonly rows: number;
}

type Row = Record<string, unknown>;

const JSON_TYPE = { "content-type": "application/json" };

const plain = (name: string, model: string, body: unknown, rows = 1): Case => ({
  name: `${name}, /predict`,
  path: `/models/${model}/predict`,
  body: JSON.stringify(body),
  headers: JSON_TYPE,
  rows,
});

/** The rows as a tensor a column. */
function tensors(rows: readonly Row[]) {
  return Object.keys(rows[0]).map((name) => ({
    name,
    datatype: typeof rows[0][name] === "number" ? "FP64" : "BYTES",
    shape: [rows.length],
    data: rows.map((row) => row[name]),
  }));
}

const infer = (name: string, model: string, rows: readonly Row[]): Case => ({
  name: `${name}, Open Inference Protocol`,
  path: `/v2/models/${model}/infer`,
  body: JSON.stringify({ inputs: tensors(rows) }),
  headers: JSON_TYPE,
  rows: rows.length,
});

/** The same with numbers as bytes, in and out. */
function binary(name: string, model: string, rows: readonly Row[]): Case {
  const tails: Buffer[] = [];
  const inputs = tensors(rows).map(({ data, ...head }) => {
    const bytes = Buffer.from(Float64Array.from(data as number[]).buffer);
    tails.push(bytes);
    return { ...head, parameters: { binary_data_size: bytes.length } };
  });
  const json = Buffer.from(JSON.stringify({ parameters: { binary_data_output: true }, inputs }));
  return {
    name: `${name}, Open Inference Protocol, binary tensors`,
    path: `/v2/models/${model}/infer`,
    body: Buffer.concat([json, ...tails]),
    headers: { "content-type": "application/octet-stream", "inference-header-content-length": String(json.length) },
    rows: rows.length,
  };
}

/** Numbers as numbers, as an API has them. */
const typed = (row: Row, target: string): Row =>
  Object.fromEntries(
    Object.entries(row)
      .filter(([name]) => name !== target)
      .map(([name, value]) => [name, value !== "" && Number.isFinite(Number(value)) ? Number(value) : value]),
  );

/** Fits the models into a folder, unless they are there, and makes the requests. */
export async function makeCases(folder: string): Promise<{ cases: Case[]; notes: string[] }> {
  const provide = async (name: string, rows: readonly object[], options: Parameters<typeof Classifier.fit>[1]) => {
    const path = join(folder, `${name}.model`);
    if (!existsSync(path)) await saveFile(path, await Classifier.fit(rows, options));
    const { members } = await Classifier.load(readFileSync(path));
    notes.push(`${name}: ${members.length} network${members.length > 1 ? "s" : ""} of ${members[0].layers.join("-")}`);
  };
  const notes: string[] = [];
  const flowers = parse<Row>(readFileSync(new URL("../../examples/data/iris.csv", import.meta.url)), { columns: true });
  await provide("iris", flowers, { target: "species", seed: 1 });
  await provide("iris-small", flowers, { target: "species", seed: 1, hidden: [16], ensemble: 1 });
  const own = flowers.map((row) => typed(row, "species"));
  const thousand = Array.from({ length: 1000 }, (_, r) => own[r % own.length]);
  const cases = [
    plain("iris", "iris", own[0]),
    infer("iris", "iris", own.slice(0, 1)),
    plain("iris-small", "iris-small", own[0]),
    infer("iris-small", "iris-small", own.slice(0, 1)),
  ];
  const telco = haveSets ? openSets().find(({ name }) => name === "telco") : undefined;
  if (telco) {
    const rows = readSet(telco);
    await provide("telco", rows, { target: telco.target, seed: 1 });
    const customer = typed(rows[0], telco.target);
    cases.push(plain("telco", "telco", customer), infer("telco", "telco", [customer]));
  }
  for (const name of ["iris", "iris-small"]) {
    cases.push(plain(`${name}, 1,000 rows`, name, thousand, 1000));
    cases.push(infer(`${name}, 1,000 rows`, name, thousand), binary(`${name}, 1,000 rows`, name, thousand));
  }
  return { cases, notes };
}
