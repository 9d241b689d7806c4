/** What `wasmlp convert` reads: whose file it is, and what the library makes of it. */
import { access, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MLP } from "wasmlp";
import { nameOf } from "../read/sources.js";
import { aboutFile } from "../refusal.js";

/** A model of another library, and what it says beside its weights. */
export interface ForeignModel {
  readonly from: string;
  readonly net: MLP;
  readonly labels?: readonly unknown[];
  readonly inputs?: readonly (string | Input)[];
  readonly outputs?: readonly (string | Input)[];
  /** What rows are to be scaled by first. */
  readonly scaling?: { readonly mean: readonly number[]; readonly deviation: readonly number[] };
  /** A table's model, which does all of that itself. */
  readonly model?: { save(): Uint8Array };
}

/** What a number of a row or of an answer is. */
interface Input {
  readonly name: string;
  readonly category?: string;
}

/** What a file of weights does not say. */
export interface ForeignFlags {
  readonly activation?: string;
  readonly endsIn?: string;
  readonly key?: string;
}

/** Where a file is, what it holds, and the files named after it. */
interface Given {
  readonly path: string;
  readonly bytes: Buffer;
  readonly further: readonly string[];
  readonly flags: ForeignFlags;
}

const HDF5 = Buffer.from("\x89HDF", "latin1");
const OLD_TORCH = Buffer.from([0x80, 2, 0x8a, 10]);

/**
 * Reads a file by how it begins, not by its name.
 * @throws what the library says that is wrong with it
 */
export async function readForeign(given: Given): Promise<ForeignModel> {
  const { bytes, flags } = given;
  const begins = (head: Buffer | string) => bytes.subarray(0, head.length).equals(Buffer.from(head));
  if (bytes[0] === 0x7b) return readJson(given);
  if (isSafetensors(bytes)) return readSafetensors(given);
  const isZip = begins("PK");
  if (begins(HDF5) || (isZip && !bytes.includes("data.pkl"))) {
    const { fromKeras } = await import("wasmlp/migrate");
    return { from: "Keras", ...(await fromKeras(bytes)) };
  }
  if (isZip || begins(OLD_TORCH)) {
    const { fromTorch } = await import("wasmlp/migrate");
    const { net } = await fromTorch(bytes, { ...weightsOf(flags), ...(flags.key !== undefined && { key: flags.key }) });
    return { from: "PyTorch", net: net as MLP };
  }
  return readOnnx(given);
}

const weightsOf = ({ activation = "relu", endsIn = "softmax" }: ForeignFlags) => ({
  activation: activation as "relu",
  output: endsIn as "softmax",
});

async function readOnnx({ bytes, further }: Given): Promise<ForeignModel> {
  const { fromOnnx } = await import("wasmlp/onnx");
  const beside = await Promise.all(further.map(async (file) => [nameOf(file), await bytesOf(file)] as const));
  return { from: "ONNX", ...(await fromOnnx(bytes, { external: Object.fromEntries(beside) })) } as ForeignModel;
}

async function readSafetensors({ bytes, flags }: Given): Promise<ForeignModel> {
  const header = bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString("utf8");
  if (JSON.parse(header).__metadata__?.sklearn === undefined) {
    return { from: "PyTorch", net: await MLP.fromSafetensors(bytes, weightsOf(flags)) };
  }
  const { fromSklearn } = await import("wasmlp/migrate");
  return { from: "scikit-learn", ...(await fromSklearn(bytes)) };
}

const bytesOf = (file: string) => readFile(file).catch((error) => Promise.reject(aboutFile("read", file, error)));

/** Eight bytes of length, then JSON. */
function isSafetensors(bytes: Buffer): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && Number(bytes.readBigUInt64LE(0)) <= bytes.length - 8;
}

/** TensorFlow.js has a topology, brain.js layers; ml5.js is TensorFlow.js with a file beside it that says how rows are scaled. */
async function readJson({ path, bytes, further, flags }: Given): Promise<ForeignModel> {
  const { fromBrain, fromMl5, fromTfjs } = await import("wasmlp/migrate");
  const text = bytes.toString("utf8");
  const { modelTopology, weightsManifest = [] } = JSON.parse(text);
  if (modelTopology === undefined) {
    const { net, inputs, outputs } = await fromBrain(text, flags.key === undefined ? {} : { key: flags.key });
    return { from: "brain.js", net: net as MLP, ...(inputs && { inputs }), ...(outputs && { outputs }) };
  }
  const meta = further.find(isMeta) ?? (await metaBeside(path));
  const listed = weightsManifest.flatMap(({ paths }: { paths?: readonly string[] }) => paths ?? []);
  const named = further.filter((file) => !isMeta(file));
  const files = named.length > 0 ? named : listed.map((file: string) => join(dirname(path), file));
  const weights = await Promise.all(files.map(bytesOf));
  if (meta === undefined) return { from: "TensorFlow.js", ...(await fromTfjs(text, weights)) };
  return { from: "ml5.js", ...(await fromMl5(text, weights, (await bytesOf(meta)).toString("utf8"))) };
}

const isMeta = (file: string) => /_meta\.json$/i.test(file);

/** What ml5 saves beside `model.json`: `model_meta.json`. */
async function metaBeside(path: string): Promise<string | undefined> {
  const beside = path.replace(/(\.json)?$/i, "_meta.json");
  return access(beside).then(
    () => beside,
    () => undefined,
  );
}
