/** ONNX files beside onnxruntime, on rows drawn at random. */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import { Random } from "../../src/ground/random.js";
import { fromOnnx, type OnnxModel } from "../../src/onnx.js";
import type { Outcome } from "../wild.js";

// Threads of its own would wait for this one.
env.wasm.numThreads = 1;

const ROWS = 64;
/** What stands for a size that the file does not say. */
const UNKNOWN = 2 ** 31;

export async function wild(folder: string): Promise<Outcome[]> {
  const base = join(folder, "onnx");
  const files = readdirSync(base, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".onnx"))
    .sort();
  const outcomes: Outcome[] = [];
  for (const file of files)
    outcomes.push({ file: relative(folder, join(base, file)), ...(await tryFile(join(base, file))) });
  return outcomes;
}

async function tryFile(path: string): Promise<Omit<Outcome, "file">> {
  const bytes = readFileSync(path);
  let read: OnnxModel;
  try {
    read = await fromOnnx(bytes);
  } catch (error) {
    return { refused: (error as Error).message };
  }
  const as = `${read.model?.constructor.name ?? "MLP"} ${read.net.layers.join("-")} ${read.net.output}`;
  try {
    return { as, difference: await compare(bytes, read) };
  } catch (error) {
    return { as: `${as} (onnxruntime: ${(error as Error).message.slice(0, 120)})` };
  }
}

/** The largest difference on rows of numbers from -3 to 3; relative where answers are beyond 1. */
export async function compare(bytes: Uint8Array, { net, model, scaling }: OnnxModel): Promise<number> {
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  const random = new Random(1);
  const draw = (count: number) => Float32Array.from({ length: count }, () => 6 * random.uniform() - 3);
  const inputs = session.inputMetadata.filter((input) => input.isTensor);
  let worst = 0;
  for (let r = 0; r < ROWS; r++) {
    const feeds: Record<string, Tensor> = {};
    const row: Record<string, number> = {};
    const x: number[] = [];
    for (const { name, type, shape } of inputs) {
      const isWhole = type === "int64";
      const sizes = shape.map((size) => (typeof size === "number" && size > 0 && size < UNKNOWN ? size : 1));
      const count = sizes.reduce((product, size) => product * size, 1);
      const values = draw(count).map((value) => (isWhole ? Math.round(value) : value));
      if (isWhole)
        feeds[name] = new Tensor(
          "int64",
          BigInt64Array.from(values, (value) => BigInt(value)),
          sizes,
        );
      else if (type === "float64") feeds[name] = new Tensor("float64", Float64Array.from(values), sizes);
      else feeds[name] = new Tensor("float32", values, sizes);
      row[name] = values[0];
      x.push(...values);
    }
    const given = await session.run(feeds);
    const [scores] = Object.values(given).filter(({ type }) => type === "float32" || type === "float64");
    const scaled = scaling ? x.map((value, i) => (value - scaling.mean[i]) / scaling.deviation[i]) : x;
    const own = model ? [model.predict(row as never) as unknown as number] : [...net.predictProba(scaled)];
    const wanted = Array.from(scores.data as Float32Array);
    if (own.length !== wanted.length) return Number.POSITIVE_INFINITY;
    for (const [i, value] of own.entries()) {
      const off = Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i]));
      if (!(off <= worst)) worst = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    }
  }
  await session.release();
  return worst;
}
