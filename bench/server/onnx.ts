/**
 * The same model in onnxruntime-node behind Fastify: rows of JSON in, labels and probabilities out, as /predict has them.
 *
 *   npx tsx bench/server/onnx.ts MODEL.model
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Fastify from "fastify";
import { Classifier } from "wasmlp";
import { toOnnx } from "wasmlp/onnx";

interface Tensor {
  readonly data: ArrayLike<unknown>;
}

/** What is used of onnxruntime-node. */
interface Runtime {
  readonly Tensor: new (type: "float32" | "string", data: Float32Array | string[], shape: number[]) => Tensor;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
      options: object,
    ): Promise<{
      readonly inputMetadata: readonly { readonly name: string; readonly type: string }[];
      run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
    }>;
  };
}

// Installed by npm ci --prefix bench/peers: users of the library never have it.
const { InferenceSession, Tensor } = createRequire(new URL("../peers/package.json", import.meta.url))(
  "onnxruntime-node",
) as Runtime;
const model = await Classifier.load(readFileSync(process.argv[2]));
const session = await InferenceSession.create(toOnnx(model), { intraOpNumThreads: 1, interOpNumThreads: 1 });
const inputs = session.inputMetadata.map(({ name, type }) => ({ name, isText: type === "string" }));
const labels = model.labels.map(String);

async function answer(rows: readonly Record<string, unknown>[]): Promise<object[]> {
  const shape = [rows.length, 1];
  const feeds = inputs.map(({ name, isText }) => [
    name,
    isText
      ? new Tensor(
          "string",
          rows.map((row) => String(row[name] ?? "")),
          shape,
        )
      : new Tensor(
          "float32",
          Float32Array.from(rows, (row) => (row[name] ?? Number.NaN) as number),
          shape,
        ),
  ]);
  const { label, probabilities } = await session.run(Object.fromEntries(feeds));
  return rows.map((_, r) => ({
    label: label.data[r],
    probabilities: Object.fromEntries(labels.map((name, id) => [name, probabilities.data[r * labels.length + id]])),
  }));
}

const app = Fastify({ bodyLimit: 2 ** 24 });
app.post("/predict", async ({ body }) =>
  Array.isArray(body) ? answer(body) : (await answer([body as Record<string, unknown>]))[0],
);
process.stderr.write(`${await app.listen({ port: 0, host: "127.0.0.1" })}\n`);
