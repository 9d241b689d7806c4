/** What predict, evaluate, inspect, export and convert say of a model: what the library says of it. */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, MLP, Regressor } from "wasmlp";
import { toOnnx } from "wasmlp/onnx";
import { toModule, toWasm } from "wasmlp/standalone";
import { csv, customers, Place } from "./command.js";

const place = new Place();
const rows = customers(2500);
const quick = { hidden: [8], epochs: 3 };
let model: Classifier<string>;
let single: Classifier<string>;
let values: Regressor;
let net: MLP;

beforeAll(async () => {
  const train = rows.slice(0, 300);
  model = await Classifier.fit<string>(train, { target: "churn", ensemble: 2, ...quick });
  single = await Classifier.fit<string>(train, { target: "churn", ensemble: 1, ...quick });
  values = await Regressor.fit(
    train.filter(({ spent }) => spent !== ""),
    { target: "spent", ensemble: 1, ...quick },
  );
  net = await MLP.create({ layers: [2, 4, 3], seed: 1 });
  for (const [name, { save }] of Object.entries({ churn: model, single, spent: values, net } as Record<
    string,
    { save(): Uint8Array }
  >)) {
    place.write(`${name}.model`, save.call({ churn: model, single, spent: values, net }[name]));
  }
  place.write("new.csv", csv(rows));
});

afterAll(() => place.remove());

const rounded = (probability: number) => Math.round(probability * 1e6) / 1e6;

/** Rows with the answers that the library gives. */
function answered(): object[] {
  const [labels, probabilities] = [model.predict(rows), model.predictProba(rows)];
  return rows.map((row, r) => ({
    ...row,
    prediction: labels[r],
    probability_no: rounded(probabilities[r].no),
    probability_yes: rounded(probabilities[r].yes),
  }));
}

/** As CSV has them: probabilities with six decimals. */
const asTexts = (list: object[]) => {
  const text = (value: unknown) => (typeof value === "number" ? value.toFixed(6) : String(value));
  return list.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, text(value)])));
};

describe("predict", () => {
  it("writes CSV as it stands, with the library's answers behind each row", async () => {
    const { code, out, err } = await place.run("predict churn.model new.csv");
    expect([code, err]).toEqual([0, "2500 rows answered.\n"]);
    expect(parse(out, { columns: true })).toEqual(asTexts(answered()));
    const lines = csv(rows).split("\n");
    for (const [r, line] of out.split("\n").entries()) expect(line.startsWith(lines[r])).toBe(true);
  });

  it("writes in the format of the rows, packed or not, in their order", async () => {
    const wanted = answered();
    place.write("new.jsonl", rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    const lines = await place.run("predict churn.model new.jsonl");
    expect(
      lines.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual(wanted);
    const array = await place.run("predict churn.model -", JSON.stringify(rows, null, 1));
    expect(JSON.parse(array.out)).toEqual(wanted);
    const packed = await place.run(`predict churn.model - -o out.tsv.gz -q`, gzipSync(csv(rows, "\t")));
    expect(packed).toEqual({ code: 0, out: "", err: "" });
    const text = gunzipSync(readFileSync(place.path("out.tsv.gz"))).toString();
    expect(parse(text, { columns: true, delimiter: "\t" })).toEqual(asTexts(wanted));
  });

  it("reads Parquet, and answers an object a line", async () => {
    const names = Object.keys(rows[0]);
    const columnData = names.map((name) => ({ name, data: rows.map((row) => row[name]), type: "STRING" as const }));
    place.write("new.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
    const { code, out } = await place.run("predict churn.model new.parquet --json");
    expect([
      code,
      out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ]).toEqual([0, answered()]);
  });

  it("answers several files, and the column's name is as one likes", async () => {
    place.write("more.csv", csv(rows.slice(0, 3)));
    const { out } = await place.run("predict churn.model new.csv more.csv --as leaves --no-probabilities");
    const found = parse<{ leaves: string }>(out, { columns: true });
    expect(found.map(({ leaves }) => leaves)).toEqual([...model.predict(rows), ...model.predict(rows.slice(0, 3))]);
  });

  it("answers with values, and with what a network says of numbers", async () => {
    const { out } = await place.run("predict spent.model new.csv --json");
    const predictions = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).prediction);
    expect(predictions).toEqual(values.predict(rows));
    const network = await place.run("predict net.model -", "a,b\n0.5,-1\n2,3\n");
    expect(
      parse<{ prediction: string }>(network.out, { columns: true }).map(({ prediction }) => Number(prediction)),
    ).toEqual([
      ...net.predict([
        [0.5, -1],
        [2, 3],
      ]),
    ]);
  });

  it("takes the model from a pipe", async () => {
    const { code, out } = await place.run("predict - more.csv -q", model.save());
    expect([code, out.split("\n").length]).toEqual([0, 5]);
  });
});

describe("evaluate and inspect", () => {
  it("evaluate says what the library says", async () => {
    const { code, out } = await place.run("evaluate churn.model new.csv --json -q");
    expect([code, JSON.parse(out).scores]).toEqual([0, JSON.parse(JSON.stringify(model.evaluate(rows)))]);
    const table = await place.run("evaluate churn.model new.csv");
    expect(table.out).toMatch(/accuracy +0\.\d+ +0\.\d+/);
  });

  it("inspect has the summary and the digest; with a table the importance of columns", async () => {
    const page = await place.run("inspect churn.model");
    expect(page.out).toContain(model.summary());
    expect(page.out).toMatch(/SHA-256 [0-9a-f]{64}/);
    const { out } = await place.run("inspect churn.model more.csv --importance --json -q");
    const facts = JSON.parse(out);
    expect(facts).toMatchObject({
      kind: "classifier",
      target: "churn",
      labels: ["no", "yes"],
      networks: [model.net.layers, model.net.layers],
    });
    expect(facts.importance).toEqual(await model.importance(rows.slice(0, 3)));
  });
});

describe("export and convert", () => {
  const exported = async (name: string, to: string, more = "") => {
    const { code, err } = await place.run(`export ${name}.model --to ${to} -o exported --force${more}`);
    expect([code, err]).toEqual([0, expect.any(String)]);
    return readFileSync(place.path("exported"));
  };

  it("export writes what the library writes", async () => {
    expect((await exported("churn", "onnx")).equals(toOnnx(model))).toBe(true);
    expect((await exported("churn", "js")).toString()).toBe(toModule(model));
    expect((await exported("churn", "wasm", " --int8")).equals(toWasm(model, { weights: "int8" }))).toBe(true);
    expect((await exported("net", "safetensors")).equals(net.toSafetensors())).toBe(true);
    expect((await exported("single", "safetensors")).equals(single.net.toSafetensors())).toBe(true);
    const several = await place.run("export churn.model --to safetensors -o no");
    expect([several.code, several.err]).toEqual([2, expect.stringContaining("Train with --ensemble 1")]);
  });

  it("convert reads ONNX, PyTorch, brain.js and TensorFlow.js", async () => {
    place.write("net.onnx", toOnnx(net));
    place.write("net.safetensors", net.toSafetensors());
    place.write(
      "brain.json",
      JSON.stringify({ layers: [{}, { biases: [0.5], weights: [[1, -2]] }], inputLookup: { r: 0, g: 1 } }),
    );
    const config = { name: "dense", units: 3, activation: "softmax", batch_input_shape: [null, 2] };
    const modelTopology = { class_name: "Sequential", config: { layers: [{ class_name: "Dense", config }] } };
    const weights = [[2, 3], [3]].map((shape, i) => ({ name: ["kernel", "bias"][i], shape, dtype: "float32" }));
    place.write("model.json", JSON.stringify({ modelTopology, weightsManifest: [{ paths: ["shard.bin"], weights }] }));
    place.write("shard.bin", new Uint8Array(36));
    const from = {
      "net.onnx": "ONNX",
      "net.safetensors": "PyTorch",
      "brain.json": "brain.js",
      "model.json": "TensorFlow.js",
    };
    for (const [file, library] of Object.entries(from)) {
      const { code, out } = await place.run(`convert ${file} -o converted.model -f --json -q`);
      expect([code, JSON.parse(out || "{}").from], file).toEqual([0, library]);
      const { layers } = await MLP.load(readFileSync(place.path("converted.model")));
      expect(layers[0]).toBe(2);
    }
    expect((await place.run("convert brain.json -o c.model")).err).toContain("inputs: r, g");
  });

  it("convert reads ml5.js by what lies beside it, PyTorch and Keras by how they begin, and tells of scaling", async () => {
    const dense = (name: string, activation: string, width?: number) => ({
      class_name: "Dense",
      config: { name, units: 2, activation, ...(width && { batch_input_shape: [null, width] }) },
    });
    const shapes = [[1, 2], [2], [2, 2], [2]];
    const weights = shapes.map((shape, i) => ({ name: `w${i}/${["kernel", "bias"][i % 2]}`, shape, dtype: "float32" }));
    const named = weights.map((own, i) => ({ ...own, name: own.name.replace(/^w\d/, i < 2 ? "a" : "b") }));
    const modelTopology = {
      class_name: "Sequential",
      config: { layers: [dense("a", "relu", 1), dense("b", "softmax")] },
    };
    place.write(
      "ml5.json",
      JSON.stringify({ modelTopology, weightsManifest: [{ paths: ["ml5.bin"], weights: named }] }),
    );
    place.write("ml5.bin", new Uint8Array(new Float32Array(10).fill(0.5).buffer));
    const range = { dtype: "number", min: 0, max: 255 };
    const legend = { x: [1, 0], y: [0, 1] };
    const outputs = { label: { dtype: "string", min: 0, max: 1, uniqueValues: ["x", "y"], legend } };
    const inputs = { a: range };
    const meta = { inputUnits: [1], outputUnits: 2, isNormalized: true, inputs, outputs };
    place.write("ml5_meta.json", JSON.stringify(meta));
    const beside = await place.run("convert ml5.json -o ml5.model");
    expect([beside.code, beside.err]).toEqual([0, expect.stringContaining("make it a Classifier")]);
    const model = await Classifier.load(readFileSync(place.path("ml5.model")));
    expect(["x", "y"]).toContain(model.predict({ a: 10 } as never));

    for (const [file, begins] of [
      ["a.pt", "PK\x03\x04 data.pkl"],
      ["a.keras", "PK\x03\x04"],
      ["a.h5", "\x89HDF\r\n"],
    ] as const) {
      place.write(file, Buffer.from(begins, "latin1"));
      const { code, err } = await place.run(`convert ${file} -o no.model`);
      expect([file, code, err]).toEqual([file, 65, expect.stringContaining("cannot be converted")]);
    }
  });
});
