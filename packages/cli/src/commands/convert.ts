/** `wasmlp convert`: models of other libraries. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MLP } from "wasmlp";
import { chunksOf, gather, nameOf } from "../read/sources.js";
import { aboutFile, badData, badUsage, Refusal } from "../refusal.js";
import { say } from "../say/terminal.js";
import { deliver, outputOf } from "./delivery.js";
import { checkTables } from "./tables.js";

export interface ConvertFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly activation?: string;
  readonly endsIn?: string;
  readonly json?: boolean;
}

/** A model of another library, and what it says beside its weights. */
interface Converted {
  readonly from: string;
  readonly net: MLP;
  readonly labels?: readonly unknown[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** What rows are to be scaled by first. */
  readonly mean?: readonly number[];
  readonly deviation?: readonly number[];
  /** A table's model, whose file is written in the place of the network's. */
  readonly model?: { save(): Uint8Array };
}

export async function convert(paths: readonly string[], flags: ConvertFlags): Promise<void> {
  checkTables(paths);
  const output = outputOf(flags);
  const [path, ...further] = paths;
  const bytes = await gather(chunksOf(path));
  const { net, from, model, ...told } = await read(path, bytes, further, flags);
  say(`${nameOf(path)} (${from}): layers ${net.layers.join("-")}, ${net.output}.`);
  if (model) say(`Its columns make it a ${model.constructor.name}, which takes rows by name.`);
  if (told.mean) say("The network reads rows that are scaled first, (x - mean) / deviation:");
  // The file of a network has no names.
  for (const [what, names] of Object.entries(told)) say(`${what}: ${names.join(", ")}`);
  await deliver(output, (model ?? net).save(), flags, { from, layers: net.layers, output: net.output, ...told });
}

async function read(path: string, bytes: Buffer, further: readonly string[], flags: ConvertFlags): Promise<Converted> {
  const name = nameOf(path);
  if (/\.(h5|hdf5|keras)$/i.test(path)) {
    throw badUsage(
      `${name} is Keras' own format. Convert it first: python -m tf2onnx.convert --keras ${path} --output net.onnx, or tensorflowjs_converter.`,
    );
  }
  try {
    if (bytes[0] === 0x7b) return await readJson(path, bytes.toString("utf8"), further);
    if (isSafetensors(bytes)) {
      const { activation = "relu", endsIn = "softmax" } = flags;
      const net = await MLP.fromSafetensors(bytes, { activation: activation as "relu", output: endsIn as "softmax" });
      return { from: "PyTorch", net };
    }
    const { fromOnnx } = await import("wasmlp/onnx");
    const beside = await Promise.all(further.map(async (file) => [nameOf(file), await bytesOf(file)] as const));
    const { net, labels, scaling, inputs, model } = await fromOnnx(bytes, { external: Object.fromEntries(beside) });
    const told = { ...(labels && { labels }), ...(inputs && { inputs }), ...scaling };
    return { from: "ONNX", net: net as MLP, ...told, ...(model && { model }) };
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const why = (error as Error).message.replace(/^(?:MLP\.)?\w+: /, "");
    throw badData(`${name} cannot be converted: ${why}`, error);
  }
}

const bytesOf = (file: string) => readFile(file).catch((error) => Promise.reject(aboutFile("read", file, error)));

/** Eight bytes of length, then JSON. */
function isSafetensors(bytes: Buffer): boolean {
  return bytes.length > 9 && bytes[8] === 0x7b && Number(bytes.readBigUInt64LE(0)) <= bytes.length - 8;
}

/** TensorFlow.js has a topology, brain.js layers. */
async function readJson(path: string, text: string, further: readonly string[]): Promise<Converted> {
  const { fromBrain, fromTfjs } = await import("wasmlp/migrate");
  const { modelTopology, weightsManifest = [] } = JSON.parse(text);
  if (modelTopology === undefined) {
    const { net, inputs, outputs } = await fromBrain(text);
    return { from: "brain.js", net: net as unknown as MLP, ...(inputs && { inputs }), ...(outputs && { outputs }) };
  }
  const listed = weightsManifest.flatMap(({ paths }: { paths?: readonly string[] }) => paths ?? []);
  const files = further.length > 0 ? further : listed.map((file: string) => join(dirname(path), file));
  const weights = await Promise.all(files.map(bytesOf));
  const { net } = await fromTfjs(text, weights);
  return { from: "TensorFlow.js", net };
}
