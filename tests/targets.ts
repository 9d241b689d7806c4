/** What reads bytes from strangers: whole files, ways to spoil them that know the format, and what must come of a mutant. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { crc32 } from "../src/formats/crc.js";
import { encodeSafetensors } from "../src/formats/safetensors.js";
import { readIdx } from "../src/idx.js";
import { adam, Classifier, Dataset, MLP, type Output, Regressor } from "../src/index.js";
import { fromBrain, fromTfjs } from "../src/migrate.js";
import { fromOnnx, toOnnx } from "../src/onnx.js";
import { Random } from "../src/random.js";
import { mutant, mutateTree, type Way } from "./mutator.js";

export interface Target {
  /** How its errors begin. */
  readonly call: string;
  readonly seeds: readonly Uint8Array[];
  readonly ways: readonly Way[];
  /** Reads the bytes; what it makes of them must work, or it throws. */
  read(bytes: Uint8Array): Promise<unknown>;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** A safetensors file with its header changed as a tree, its length put right; its checksum too if it has one. */
function inHeader(change: (header: Record<string, unknown>, random: Random) => void): Way {
  return (bytes, random) => {
    if (bytes.length < 8) return undefined;
    const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    if (length > bytes.length - 8) return undefined;
    try {
      const header = JSON.parse(decoder.decode(bytes.subarray(8, 8 + length)));
      change(header, random);
      return sealed(encoder.encode(JSON.stringify(header)), bytes.subarray(8 + length));
    } catch {
      return undefined;
    }
  };
}

function sealed(head: Uint8Array, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + head.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return resealed(bytes);
}

/** With the checksum that it should have, wherever it stands: a forger can do as much. */
function resealed(bytes: Uint8Array): Uint8Array {
  const place = new TextDecoder("latin1").decode(bytes.subarray(0, 256)).indexOf('"crc32":"') + 9;
  if (place < 9 || place + 8 > bytes.length) return bytes;
  const copy = bytes.slice();
  copy.fill(0x30, place, place + 8);
  copy.set(encoder.encode(crc32(copy).toString(16).padStart(8, "0")), place);
  return copy;
}

/** Changes what the metadata holds as JSON in JSON. */
function inPart(header: Record<string, unknown>, random: Random): void {
  const metadata = header.__metadata__ as Record<string, string>;
  const names = ["model", "history", "table", "training"].filter((name) => name in metadata);
  if (names.length === 0) throw new Error("nothing to change");
  const name = names[random.below(names.length)];
  const part = { value: JSON.parse(metadata[name]) };
  for (let change = 0; change <= random.below(2); change++) mutateTree(part, random);
  metadata[name] = JSON.stringify(part.value) ?? "";
}

const SAFETENSORS_WAYS = [
  inHeader(mutateTree),
  inHeader(inPart),
  (bytes: Uint8Array, random: Random) => resealed(mutant([bytes], random)),
];

async function models(): Promise<Uint8Array[]> {
  const data = Dataset.from({
    x: [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ],
    y: [0, 1, 1, 0],
  });
  const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
  const plain = net.save();
  await net.fit(data, { epochs: 3, dropout: 0.2, validation: data, earlyStopping: { patience: 1 }, optimizer: adam() });
  const rows = [
    { a: 1, b: "x", c: true, y: "u" },
    { a: null, b: "z", c: false, y: "v" },
  ];
  const options = { target: "y", hidden: [2], epochs: 2 };
  const classifier = await Classifier.fit(rows, options);
  const regressor = await Regressor.fit(
    rows.map((row, y) => ({ ...row, y })),
    options,
  );
  return [plain, net.save({ resume: true }), classifier.save(), regressor.save({ resume: true })];
}

const isSmall = (value: number) => Math.abs(value) < 1e9;

/** A network from anywhere answers with numbers. */
export function checkNet(net: MLP<Output>): void {
  const row = new Float32Array(net.layers[0]).fill(0.5);
  const answer = net.predictProba(row);
  // Weights may be finite and their sums not: then there is no right answer.
  const isTame = net
    .parameters()
    .every(({ weights, biases }) => [weights, biases].every((list) => list.every(isSmall)));
  if (isTame && net.output !== "linear" && !answer.every((p) => p >= 0 && p <= 1)) {
    throw new Error("probabilities are none");
  }
}

type Loader = { load(bytes: Uint8Array): Promise<MLP<Output> | Classifier | Regressor> };

async function readModel(bytes: Uint8Array): Promise<void> {
  const errors: unknown[] = [];
  for (const kind of [MLP, Classifier, Regressor] as Loader[]) {
    try {
      const model = await kind.load(bytes);
      if (model instanceof MLP) checkNet(model);
      else {
        checkNet(model.net as MLP<Output>);
        // What is missing is never of a wrong kind.
        model.predict({});
        model.summary();
        await kind.load(model.save({ resume: true }));
      }
    } catch (error) {
      errors.push(error);
    }
  }
  // A network is in every file; each kind refuses the others' in its own sentence.
  for (const error of errors) if (!isSentence((error as Error).message, "(MLP|Classifier|Regressor).load")) throw error;
  if (errors.length === 3) throw errors[0];
}

/** One sentence that begins with the call. */
export function isSentence(message: string, call: string): boolean {
  return new RegExp(`^${call}: [^\\n]{3,400}\\.$`).test(message);
}

function idxFiles(): Uint8Array[] {
  const file = (type: number, sizes: number[], bytes: number) => {
    const head = [0, 0, type, sizes.length, ...sizes.flatMap((size) => [0, 0, 0, size])];
    return Uint8Array.from([...head, ...Array.from({ length: bytes }, (_, i) => (37 * i) % 256)]);
  };
  const plain = [file(8, [3, 2, 2], 12), file(0x0d, [2, 3], 24), file(0x0b, [5], 10)];
  return [...plain, ...plain.map((bytes) => new Uint8Array(gzipSync(bytes)))];
}

export async function makeTargets(): Promise<Record<string, Target>> {
  const tensor = (name: string, shape: number[]) => ({
    name,
    shape,
    data: Float32Array.from({ length: shape.reduce((product, n) => product * n) }, (_, i) => i / 10 - 0.3),
  });
  return {
    model: { call: "(MLP|Classifier|Regressor).load", seeds: await models(), ways: SAFETENSORS_WAYS, read: readModel },
    "state dict": {
      call: "MLP.fromSafetensors",
      seeds: [
        (await MLP.create({ layers: [2, 3, 2] })).toSafetensors(),
        encodeSafetensors([tensor("a.weight", [3, 2]), tensor("b.weight", [1, 3]), tensor("b.bias", [1])], {
          format: "pt",
        }),
      ],
      ways: [inHeader(mutateTree)],
      read: async (bytes) => checkNet(await MLP.fromSafetensors(bytes, { output: "linear" })),
    },
    idx: {
      call: "readIdx",
      seeds: idxFiles(),
      ways: [(bytes, random) => (bytes[0] === 0 ? new Uint8Array(gzipSync(mutant([bytes], random))) : undefined)],
      read: async (bytes) => {
        const { shape, data } = await readIdx(bytes);
        if (shape.reduce((product, n) => product * n) !== data.length) throw new Error("sizes do not fit");
      },
    },
    ...(await foreignTargets()),
  };
}

/** Text of JSON with a field of its tree changed. */
const inText: Way = (bytes, random) => {
  try {
    const tree = { value: JSON.parse(decoder.decode(bytes)) };
    mutateTree(tree, random);
    return encoder.encode(JSON.stringify(tree.value) ?? "");
  } catch {
    return undefined;
  }
};

async function foreignTargets(): Promise<Record<string, Target>> {
  const nets = await Promise.all([
    MLP.create({ layers: [2, 3, 2] }),
    MLP.create({ layers: [3, 4, 2, 1], activation: ["relu", "tanh"], output: "sigmoid" }),
  ]);
  const table = await Classifier.fit(
    [
      { a: 1, b: "x", y: "u" },
      { a: 2, b: "z", y: "v" },
    ],
    { target: "y", hidden: [2], epochs: 2 },
  );
  const brain = {
    type: "NeuralNetwork",
    sizes: [2, 2, 1],
    layers: [
      { weights: [], biases: [] },
      {
        weights: [
          [0.1, 0.2],
          [0.3, 0.4],
        ],
        biases: [0.5, 0.6],
      },
      { weights: [[0.7, 0.8]], biases: [0.9] },
    ],
    inputLookup: { a: 0, b: 1 },
    inputLookupLength: 2,
    outputLookup: null,
    options: { activation: "sigmoid" },
  };
  const dense = (name: string, units: number, activation: string, more = {}) => ({
    class_name: "Dense",
    config: { name, units, activation, use_bias: true, ...more },
  });
  const tfjs = {
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [dense("a", 3, "relu", { batch_input_shape: [null, 2] }), dense("b", 2, "softmax")],
      },
    },
    weightsManifest: [
      {
        paths: ["w.bin"],
        weights: [
          { name: "a/kernel", shape: [2, 3], dtype: "float32" },
          { name: "a/bias", shape: [3], dtype: "float32" },
          { name: "b/kernel", shape: [3, 2], dtype: "float32" },
          { name: "b/bias", shape: [2], dtype: "float32" },
        ],
      },
    ],
  };
  const weights = Float32Array.from({ length: 17 }, (_, i) => i / 10);
  return {
    onnx: {
      call: "fromOnnx",
      seeds: [...nets.map((net) => toOnnx(net)), toOnnx(table)],
      ways: [],
      read: async (bytes) => checkNet((await fromOnnx(bytes)).net),
    },
    tfjs: {
      call: "fromTfjs",
      seeds: [encoder.encode(JSON.stringify(tfjs))],
      ways: [inText],
      read: async (bytes) => checkNet(await fromTfjs(decoder.decode(bytes), weights)),
    },
    brain: {
      call: "fromBrain",
      seeds: [encoder.encode(JSON.stringify(brain))],
      ways: [inText],
      read: async (bytes) => checkNet((await fromBrain(decoder.decode(bytes))).net as unknown as MLP<Output>),
    },
  };
}

/**
 * Reads `count` mutants. What is neither read nor refused in a sentence of the target's is a find.
 * @returns how many were read and refused, and the finds
 */
export async function attack(target: Target, count: number, seed: number) {
  const random = new Random(seed);
  const outcome = { read: 0, refused: 0, finds: [] as { bytes: Uint8Array; error: unknown }[] };
  for (let i = 0; i < count; i++) {
    const bytes = mutant(target.seeds, random, target.ways);
    const error = await oneFile(target, bytes);
    if (error === undefined) outcome.read++;
    else if (error === "refused") outcome.refused++;
    else outcome.finds.push({ bytes, error });
  }
  return outcome;
}

/** Undefined if the bytes were read, "refused", or the error that is no refusal. */
export async function oneFile(target: Target, bytes: Uint8Array): Promise<unknown> {
  const before = bytes.slice();
  try {
    await target.read(bytes);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (!isSentence(message, target.call)) return error ?? "nothing thrown";
    return sameBytes(before, bytes) ? "refused" : new Error("the bytes were written");
  }
  return sameBytes(before, bytes) ? undefined : new Error("the bytes were written");
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Files that once were finds. */
export function corpus(name: string): Uint8Array[] {
  const folder = new URL(`corpus/${name.replace(" ", "-")}/`, import.meta.url);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
}
