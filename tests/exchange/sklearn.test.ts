/** Networks of scikit-learn: the script of docs/moving-models.md writes them, and what scikit-learn answers is what we answer. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import type { Classifier, Regressor } from "../../src/index.js";
import { fromSklearn } from "../../src/migrate.js";
import { elsewhere } from "./elsewhere.js";

// biome-ignore lint/suspicious/noExplicitAny: a file of another library, to be pulled about.
type Any = any;

const PYTHON = "/usr/bin/python3";
const hasSklearn = spawnSync(PYTHON, ["-c", "import sklearn"]).status === 0;
if (!hasSklearn)
  console.warn(
    "sklearn.test.ts: no scikit-learn here (apt-get install python3-sklearn): what it answers is not compared.",
  );

const page = readFileSync(new URL("../../docs/moving-models.md", import.meta.url), "utf8");
const [, script] = /```python\n(.*?)```/s.exec(page)!;

/** Trains on rows [age, sex, fare] and writes each model, its rows and its answers. */
const TRAIN = `
import sys, warnings
from sklearn.compose import ColumnTransformer
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
warnings.simplefilter("ignore")
random = np.random.default_rng(1)
numbers = np.c_[random.normal(40, 9, 80), random.normal(3, 1, 80)]
sexes = random.choice(["male", "female", "other"], 80)
rows = np.array([[a, s, f] for (a, f), s in zip(numbers, sexes)], dtype=object)
columns = lambda: ColumnTransformer([("text", OneHotEncoder(), [1]), ("number", StandardScaler(), [0]), ("rest", "passthrough", [2])])
options = {"hidden_layer_sizes": (6, 5), "max_iter": 60, "random_state": 1}
two, three = np.where(sexes == "male", "drowned", "survived"), (numbers[:, 0] // 8).astype(int) % 3
value = numbers[:, 0] * 2 + numbers[:, 1]
models = {
  "two": (make_pipeline(columns(), MLPClassifier(**options)), rows, two),
  "three": (make_pipeline(StandardScaler(), MLPClassifier(activation="tanh", **options)), numbers, three),
  "plain": (MLPClassifier(activation="logistic", **options), numbers, three),
  "value": (make_pipeline(columns(), MLPRegressor(**options)), rows, value),
  "unshifted": (make_pipeline(StandardScaler(with_mean=False), MLPRegressor(activation="identity", **options)), numbers, value),
  "values": (MLPRegressor(**options), numbers, np.c_[value, value + 1]),
  "labels": (MLPClassifier(**options), numbers, np.c_[three > 0, three > 1].astype(int)),
  "dropped": (make_pipeline(ColumnTransformer([("text", OneHotEncoder(drop="first"), [1]), ("number", StandardScaler(), [-3])]), MLPClassifier(**options)), rows, three),
  "masked": (make_pipeline(ColumnTransformer([("number", StandardScaler(), [False, True])]), MLPRegressor(**options)), numbers, value),
  "sliced": (make_pipeline(ColumnTransformer([("number", StandardScaler(), slice(1, 2))], remainder="passthrough"), MLPRegressor(**options)), numbers, value),
}
out = {}
for name, (model, x, y) in models.items():
  model.fit(x, y)
  save(model, f"{sys.argv[1]}/{name}.safetensors")
  answers = model.predict_proba(x[:9]) if hasattr(model, "predict_proba") else model.predict(x[:9])
  out[name] = {"x": x[:9].tolist(), "y": np.asarray(answers).tolist(), "labels": model.predict(x[:9]).tolist()}
one = np.array([["only", a] for a, f in numbers], dtype=object)
odd = [
  (make_pipeline(StandardScaler(), MinMaxScaler(), MLPRegressor(**options)), numbers),
  (make_pipeline(ColumnTransformer([("number", StandardScaler(), [0, 1])], transformer_weights={"number": 2}), MLPRegressor(**options)), numbers),
  (make_pipeline(ColumnTransformer([("text", OneHotEncoder(min_frequency=30), [1])]), MLPRegressor(**options)), rows),
  (make_pipeline(ColumnTransformer([("text", OrdinalEncoder(), [0]), ("number", StandardScaler(), [1])]), MLPRegressor(**options)), one),
]
refused = []
for model, x in odd:
  try:
    save(model.fit(x, value), f"{sys.argv[1]}/odd.safetensors")
    refused.append("nothing")
  except TypeError as error:
    refused.append(" ".join(str(error).split()))
print(json.dumps([out, refused]))
`;

const folder = mkdtempSync(join(tmpdir(), "wasmlp-sklearn-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasSklearn)("what scikit-learn answers", () => {
  it("of pipelines and networks is what we answer", { timeout: 120_000 }, async () => {
    writeFileSync(join(folder, "train.py"), script + TRAIN);
    const [told, refused] = JSON.parse(execFileSync(PYTHON, [join(folder, "train.py"), folder]).toString());
    // What would be other columns than the network's is not written.
    expect(refused).toEqual([
      expect.stringMatching(/ must have one transformer before its network$/),
      expect.stringMatching(/^ColumnTransformer.* must have no transformer_weights$/),
      "OneHotEncoder(min_frequency=30) must have no infrequent categories",
      "OrdinalEncoder() must be a StandardScaler, a OneHotEncoder or a ColumnTransformer of these",
    ]);
    const wrong: string[] = [];
    const compare = (name: string, got: ArrayLike<number>, wanted: number[]) =>
      wanted.forEach((value, i) => {
        if (!(Math.abs(got[i] - value) < 1e-5 * Math.max(1, Math.abs(value))))
          wrong.push(`${name}: ${got[i]}, not ${value}`);
      });
    const kinds: Record<string, string | undefined> = {};
    for (const [name, { x, y, labels }] of Object.entries<{ x: unknown[][]; y: never[]; labels: unknown[] }>(told)) {
      const own = await fromSklearn(new Uint8Array(readFileSync(join(folder, `${name}.safetensors`))));
      kinds[name] = own.model?.constructor.name;
      x.forEach((row, r) => {
        const object = Object.fromEntries(row.map((value, i) => [`x${i}`, value]));
        const scaled = own.inputs.map(({ name: column, category }, i) => {
          const value = object[column];
          return category === undefined
            ? ((value as number) - own.scaling.mean[i]) / own.scaling.deviation[i]
            : Number(value === category);
        });
        compare(name, own.net.predictProba([scaled]), [y[r]].flat());
        if (own.labels && own.model) {
          const probabilities = (own.model as Classifier).predictProba(object) as Record<string, number>;
          compare(
            name,
            own.labels.map((label) => probabilities[String(label)]),
            [y[r]].flat(),
          );
          if ((own.model as Classifier).predict(object) !== labels[r]) wrong.push(`${name}: another label`);
        } else if (own.model) compare(name, [(own.model as Regressor).predict(object)], [y[r]].flat());
      });
    }
    expect(wrong).toEqual([]);
    expect(kinds).toEqual({
      ...{ two: "Classifier", three: "Classifier", plain: "Classifier", value: "Regressor", unshifted: "Regressor" },
      ...{ values: undefined, labels: undefined, dropped: "Classifier", masked: "Regressor", sliced: "Regressor" },
    });
  });
});

describe("a file", () => {
  const file = elsewhere("travellers.safetensors");
  const { tensors, metadata } = decodeSafetensors("test", file);
  const changed = (change: (about: Any) => unknown) => {
    const about = JSON.parse(metadata.get("sklearn") as string);
    change(about);
    const list = tensors.map(({ name, shape, read }) => ({ name, shape: [...shape], data: read() }));
    return encodeSafetensors(list, { sklearn: JSON.stringify(about) });
  };

  it("that the script wrote is a Classifier", async () => {
    const { model, labels } = await fromSklearn(file);
    expect(labels).toEqual(["drowned", "survived"]);
    expect((model as Classifier<string>).columns.map(({ name }) => name)).toEqual(["age", "sex"]);
    expect(model?.predict({ age: 22, sex: "female" })).toBe("survived");
    expect((await fromSklearn(changed(() => {}))).net.save()).toEqual((await fromSklearn(file)).net.save());
  });

  it.each([
    ["a column too few", (a) => a.columns.pop(), "describe its 3 columns, got [an object, an object]"],
    ["a column without a name", (a) => delete a.columns[0].name, "name its columns, got undefined"],
    [
      "a deviation of 0",
      (a) => (a.columns[2] = { name: "age", deviation: 0 }),
      'give "age" a finite mean and a deviation > 0, got [0, 0]',
    ],
    [
      "a category of no kind",
      (a) => (a.columns[0].category = []),
      'have texts, numbers or booleans as categories of "sex", got []',
    ],
    [
      "another activation",
      (a) => (a.activation = "constructor"),
      'have an activation among identity, logistic, tanh, relu, got "constructor"',
    ],
    [
      "another output",
      (a) => (a.output = "__proto__"),
      'have an output among identity, logistic, softmax, got "__proto__"',
    ],
    [
      "a class twice",
      (a) => (a.classes = ["a", "a"]),
      'have two classes at least, each once and of one kind, got ["a", "a"]',
    ],
    ["a class more", (a) => a.classes.push("lost"), "have 3 outputs, one a class, got 1"],
  ] as [string, (about: Any) => unknown, string][])("with %s is refused", async (_, change, wrong) => {
    await expect(fromSklearn(changed(change))).rejects.toThrow(new Error(`fromSklearn: the file must ${wrong}.`));
  });

  it("of another kind is refused", async () => {
    await expect(fromSklearn(new Uint8Array(4))).rejects.toThrow(
      "fromSklearn: the file must begin with 8 bytes of header length",
    );
    const plain = encodeSafetensors([{ name: "0.weight", shape: [1, 1], data: Float32Array.of(1) }], { format: "pt" });
    await expect(fromSklearn(plain)).rejects.toThrow(
      'fromSklearn: the file must hold sklearn in its metadata, got ["format"].',
    );
  });
});
