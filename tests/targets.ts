/** What reads bytes from strangers: whole files, ways to spoil them that know the format, and what must come of a mutant. */
import { gzipSync } from "node:zlib";
import { encodeSafetensors } from "../src/file/write-safetensors.js";
import { Random } from "../src/ground/random.js";
import { readIdx } from "../src/idx.js";
import { adam, Classifier, Dataset, MLP, type Output, Regressor } from "../src/index.js";
import { fromBrain, fromTfjs } from "../src/migrate.js";
import { hasClasses } from "../src/net/activations.js";
import { fromOnnx, toOnnx } from "../src/onnx.js";
import { modelBytes } from "./exchange/onnx-cases.js";
import { BESIDE, changeField, columnSeeds, EXTERNAL, rowSeeds } from "./exchange/onnx-seeds.js";
import { importTargets } from "./import-targets.js";
import { modelWays, resealed } from "./model-mutants.js";
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

const SAFETENSORS_WAYS: Way[] = [
  inHeader(mutateTree),
  (bytes: Uint8Array, random: Random) => resealed(mutant([bytes], random)),
];

const XOR = Dataset.from({ x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: [0, 1, 1, 0], rows: 4 });
const FIT = { dropout: 0.2, validation: XOR, earlyStopping: { patience: 1 }, optimizer: adam(), batchSize: 3 };

async function models(): Promise<Uint8Array[]> {
  const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
  const plain = net.save();
  await net.fit(XOR, { ...FIT, epochs: 3 });
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
  const small = [net.save({ weights: "int8" }), classifier.save({ weights: "int8" }), net.save({ weights: "f16" })];
  return [plain, net.save({ resume: true }), classifier.save(), regressor.save({ resume: true }), ...small];
}

const isSmall = (value: number) => Math.abs(value) < 1e4;

/** Weights may be finite and their sums not: then there is no answer, and it says so. */
const isBeyond = (error: unknown) => /^predict(Proba)?: x must hold numbers whose sums/.test((error as Error).message);

/** A table's model answers to a row in which all is missing, which is never of a wrong kind. */
export function checkTable(model: Classifier | Regressor | undefined): void {
  if (!model) return;
  try {
    const row = Object.fromEntries(model.columns.map(({ name }) => [name, null]));
    if (!JSON.stringify(model.predict(row))) throw new Error("no answer");
  } catch (error) {
    if (!isBeyond(error)) throw error;
  }
}

/** A network from anywhere answers with numbers. */
export function checkNet(net: MLP<Output>): void {
  const row = new Float32Array(net.layers[0]).fill(0.5);
  const isTame = net
    .parameters()
    .every(({ weights, biases }) => [weights, biases].every((list) => list.every(isSmall)));
  let answer: Float32Array;
  try {
    answer = net.predictProba(row);
  } catch (error) {
    if (!isTame && isBeyond(error)) return;
    throw error;
  }
  // Values may be anything.
  if (hasClasses(net.output) && !answer.every((p) => p >= 0 && p <= 1)) {
    throw new Error("probabilities are none");
  }
}

/** What was read can be saved and read again, and goes on from where it stood or says why not. */
async function checkFuture(net: MLP<Output>): Promise<void> {
  const bytes = net.save({ resume: true });
  const again = await MLP.load(bytes);
  if (!sameBytes(again.save({ resume: true }), bytes)) throw new Error("another model came back");
  net.summary();
  await checkSmall(net);
  try {
    await again.fit(XOR, { ...FIT, epochs: 5, resume: true });
  } catch (error) {
    if (!isSentence((error as Error).message, "fit")) throw error;
  }
  await MLP.load(again.save({ resume: true }));
}

/** Files of fewer bits hold a network too. */
async function checkSmall(net: MLP<Output>): Promise<void> {
  for (const weights of ["f16", "int8"] as const) checkNet(await MLP.load(net.save({ weights })));
}

type Loader = { load(bytes: Uint8Array): Promise<MLP<Output> | Classifier | Regressor> };

async function readModel(bytes: Uint8Array): Promise<void> {
  const errors: unknown[] = [];
  for (const kind of [MLP, Classifier, Regressor] as Loader[]) {
    try {
      const model = await kind.load(bytes);
      if (model instanceof MLP) {
        checkNet(model);
        await checkFuture(model);
      } else {
        checkNet(model.net as MLP<Output>);
        checkTable(model);
        model.summary();
        await kind.load(model.save({ resume: true }));
        await kind.load(model.save({ weights: "int8" }));
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
  const seeds = await models();
  const ways = [...SAFETENSORS_WAYS, ...modelWays(seeds)];
  return {
    model: { call: "(MLP|Classifier|Regressor).load", seeds, ways, read: readModel },
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
    ...(await importTargets(checkNet, { inText, inHeader, checkTable })),
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
  const curved = await MLP.create<Output>({
    layers: [2, 3, 3, 1],
    activation: ["gelu", { elu: 2 }],
    output: "softplus",
  });
  const table = await Classifier.fit(
    [
      { a: 1, b: "x", y: "u" },
      { a: 2, b: "z", y: "v" },
    ],
    { target: "y", hidden: [2], epochs: 2 },
  );
  const several = await Regressor.fit(
    Array.from({ length: 20 }, (_, i) => ({ a: i % 7, b: i % 3 ? "x" : "z", c: new Date(9e10 * i), y: 1 + i })),
    { target: "y", hidden: [2], epochs: 2, ensemble: 2, transform: "log" },
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
      seeds: [...nets.map((net) => toOnnx(net)), toOnnx(table), toOnnx(curved), ...rowSeeds()],
      ways: [changeField],
      read: async (bytes) => checkNet((await fromOnnx(bytes)).net),
    },
    "onnx-columns": {
      call: "fromOnnx",
      seeds: [...columnSeeds(), toOnnx(several)],
      ways: [changeField],
      read: async (bytes) => {
        const { net, model } = await fromOnnx(bytes);
        checkNet(net);
        checkTable(model);
      },
    },
    "onnx-external": {
      call: "fromOnnx",
      seeds: [modelBytes(EXTERNAL)],
      ways: [],
      read: async (bytes) => checkNet((await fromOnnx(bytes, { external: { "m.data": BESIDE } })).net),
    },
    tfjs: {
      call: "fromTfjs",
      seeds: [encoder.encode(JSON.stringify(tfjs))],
      ways: [inText],
      read: async (bytes) => checkNet((await fromTfjs(decoder.decode(bytes), weights)).net),
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
