/** Models of TensorFlow.js and ml5.js in public repositories, beside tfjs itself. */
import "@tensorflow/tfjs-backend-cpu";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { Random } from "../../src/ground/random.js";
import type { Classifier, MLP } from "../../src/index.js";
import { fromMl5, fromTfjs } from "../../src/migrate.js";
import type { Outcome } from "../wild.js";

const ROWS = 50;

/** What tfjs predicts; what Keras 3 says otherwise is said in the words of Keras 2, which it knows. */
async function theirs(text: string, bytes: Uint8Array, x: Float32Array): Promise<ArrayLike<number>> {
  const { modelTopology, weightsManifest } = JSON.parse(
    text.replaceAll('"batch_shape"', '"batch_input_shape"'),
    (key, value) => (key === "dtype" && typeof value === "object" ? "float32" : value),
  );
  const weightSpecs = weightsManifest.flatMap(({ weights }: { weights: object[] }) => weights);
  for (const spec of weightSpecs) spec.name = spec.name.replace(/^sequential\//, "");
  const model = await layers.loadLayersModel(
    tf.io.fromMemory({ modelTopology, weightSpecs, weightData: new Uint8Array(bytes).buffer }),
  );
  return (model.predict(tf.tensor(x, [ROWS, x.length / ROWS])) as tf.Tensor).dataSync();
}

function largest(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return Array.from(got).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i]))),
    0,
  );
}

/** model.json or NAME.model.json, its weights and its model_meta.json beside it. */
async function tryOne(folder: string, name: string): Promise<Outcome> {
  const prefix = name.slice(0, -"model.json".length);
  const text = readFileSync(join(folder, name), "utf8");
  const [weights] = [`${prefix}model.weights.bin`, `${prefix}group1-shard1of1.bin`].filter((each) =>
    existsSync(join(folder, each)),
  );
  const bytes = new Uint8Array(readFileSync(join(folder, weights)));
  const file = join(folder, name);
  try {
    const { net } = await fromTfjs(text, bytes);
    const random = new Random(1);
    const x = Float32Array.from({ length: ROWS * net.layers[0] }, () => random.normal());
    const wanted = await theirs(text, bytes, x);
    const difference = largest((net as MLP).predictProba(x), wanted);
    const meta = join(folder, `${prefix}model_meta.json`);
    if (!existsSync(meta)) return { file, difference, as: `${net.layers.join("-")}, ${net.output}` };
    const { model, inputs, scaling } = await fromMl5(text, bytes, readFileSync(meta, "utf8"));
    // The same rows in the unit that ml5 takes.
    const rows = Array.from({ length: ROWS }, (_, r) =>
      Object.fromEntries(
        inputs.map(({ name: own }, i) => [own, x[r * inputs.length + i] * scaling.deviation[i] + scaling.mean[i]]),
      ),
    );
    const got = rows.flatMap((row) => {
      const answer = (model as Classifier<string>).predictProba(row) as Record<string, number>;
      return (model as Classifier<string>).labels.map((label) => answer[label]);
    });
    return {
      file,
      difference: Math.max(difference, largest(got, wanted)),
      as: `a classifier of ${inputs.length} columns (ml5)`,
    };
  } catch (error) {
    return { file, refused: (error as Error).message };
  }
}

export async function wild(folder: string): Promise<readonly Outcome[]> {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const outcomes: Outcome[] = [];
  for (const each of readdirSync(join(folder, "tfjs")).sort()) {
    const own = join(folder, "tfjs", each);
    for (const name of readdirSync(own).sort()) if (/model\.json$/.test(name)) outcomes.push(await tryOne(own, name));
  }
  return outcomes;
}
