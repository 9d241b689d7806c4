/**
 * `npx tsx scripts/make-corpus.ts`: writes to tests/corpus the small files that each stand for a kind of file that strangers
 * send, and to tests/corpus/told.json what every file there is answered, finds of `npm run fuzz` among them. Read what has
 * changed in told.json before it is committed: the tests hold the library to it. `-- --told` writes told.json alone.
 */
import { gzipSync } from "node:zlib";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Model, ModelSchema } from "../src/exchange/onnx/onnx_pb.js";
import { crc32 } from "../src/file/crc.js";
import { encodeSafetensors } from "../src/file/write-safetensors.js";
import { encodeTable } from "../src/file/write-tables.js";
import { Random } from "../src/ground/random.js";
import { MLP } from "../src/index.js";
import { toOnnx } from "../src/onnx.js";
import { answerTo, corpus, keep, type Told, writeTold } from "../tests/corpus/files.js";
import { elsewhere } from "../tests/exchange/elsewhere.js";
import { entry } from "../tests/exchange/onnx-seeds.js";
import { zip } from "../tests/exchange/zip.js";
import { unzip } from "../tests/import-targets.js";
import { makeTargets } from "../tests/targets.js";

type Files = Record<string, Uint8Array>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const text = (value: unknown) => encoder.encode(typeof value === "string" ? value : JSON.stringify(value));
const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels);

/** Nothing, the first half, and the whole with a bit of its header flipped. */
function damaged(bytes: Uint8Array, random: Random, header = 40): Files {
  const flipped = bytes.slice();
  flipped[random.below(header)] ^= 1 << random.below(8);
  return { nothing: new Uint8Array(), cut: bytes.slice(0, bytes.length / 2), "bit-flipped": flipped };
}

/** A safetensors file of a header as it stands and so many bytes of data. */
function container(header: string, data: Uint8Array, announced = encoder.encode(header).length): Uint8Array {
  const head = encoder.encode(header);
  const bytes = new Uint8Array(8 + head.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(announced), true);
  bytes.set(head, 8);
  bytes.set(data, 8 + head.length);
  return bytes;
}

function parts(bytes: Uint8Array): { header: string; data: Uint8Array } {
  const end = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  return { header: decoder.decode(bytes.subarray(8, end)), data: bytes.slice(end) };
}

/** With the checksum that it should have: a forger can do as much. */
function sealed(bytes: Uint8Array): Uint8Array {
  const place = Buffer.from(bytes).indexOf('"crc32":"') + 9;
  const copy = bytes.slice();
  copy.fill(0x30, place, place + 8);
  copy.set(encoder.encode(crc32(copy).toString(16).padStart(8, "0")), place);
  return copy;
}

async function models(random: Random): Promise<Files> {
  const whole = (await MLP.create({ layers: [1, 1], output: "sigmoid", seed: 1 })).save();
  const { header, data } = parts(whole);
  const forged = (from: string, to: string, numbers = data) => {
    if (!header.includes(from)) throw new Error(`make-corpus: the header must hold ${from}, got ${header}.`);
    return sealed(container(header.replace(from, to), numbers));
  };
  const weights = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  return {
    whole,
    ...damaged(whole, random),
    "bit-flipped-and-sealed": forged('"F32"', '"G32"'),
    "duplicate-keys": forged('"0.bias":', '"0.weight":'),
    "deep-nesting": forged('{"layers"'.replace(/"/g, '\\"'), `{\\"deep\\":${nested(100)},\\"layers\\"`),
    "layers-that-lie": forged("[1,1]", "[1,1000000000]"),
    "length-that-lies": sealed(container(header, data, 2 ** 40)),
    "wrong-type": forged("[1,1]", '{\\"length\\":2}'),
    "another-version": forged('"wasmlp":"1"', '"wasmlp":"2"'),
    "no-numbers": forged("F32", "F32", weights(Number.NaN, 0)),
    "huge-weights": forged("F32", "F32", weights(-3.4e38, 3.4e38)),
    prototype: forged("{\\", '{\\"__proto__\\":{\\"polluted\\":true},\\'),
    "members-of-nothing": forged('"model":', '"members":"[{}]","model":'),
    "members-that-are-none": forged('"model":', '"members":"[]","model":'),
    ...(await smallModels()),
    "members-without-a-table": await membersAlone(),
    "table-of-a-prototype": forged(
      '"model":',
      '"table":"{\\"kind\\":\\"classifier\\",\\"target\\":\\"__proto__\\",\\"encoder\\":{},\\"code\\":{}}","model":',
    ),
  };
}

/** Weights in 8 bits: as they are, without their scale, and with one that makes them larger than float32 holds. */
async function smallModels(): Promise<Files> {
  const net = await MLP.create({ layers: [1, 1], output: "sigmoid", seed: 1 });
  const int8 = net.save({ weights: "int8" });
  const { header, data } = parts(int8);
  const huge = data.slice();
  new DataView(huge.buffer).setFloat32(0, 3e38, true);
  return {
    int8,
    "int8-without-scale": sealed(container(header.replace('"0.scale"', '"0.scald"'), data)),
    "int8-too-large": sealed(container(header, huge)),
    "int8-type-that-lies": sealed(container(header.replace('"dtype":"F32"', '"dtype":"I8"'), data)),
  };
}

/** Two networks, and nothing that says what they read. */
async function membersAlone(): Promise<Uint8Array> {
  const net = await MLP.create({ layers: [1, 1], output: "sigmoid", seed: 1 });
  const { design, training } = net;
  const saved = { design, ...training.save("make-corpus", false) };
  return encodeTable({ ...saved, further: [saved] });
}

function stateDicts(random: Random): Files {
  const tensor = (name: string, ...shape: number[]) => ({
    name,
    shape,
    data: Float32Array.from({ length: shape.reduce((product, size) => product * size) }, (_, i) => i / 10 - 0.3),
  });
  const whole = encodeSafetensors([tensor("0.weight", 2, 2), tensor("0.bias", 2), tensor("2.weight", 1, 2)]);
  const entry = (dtype: string, shape: unknown, ...offsets: number[]) => ({ dtype, shape, data_offsets: offsets });
  const file = (header: unknown, bytes: number) =>
    container(typeof header === "string" ? header : JSON.stringify(header), new Uint8Array(bytes));
  const one = JSON.stringify(entry("F32", [1, 1], 0, 4));
  return {
    whole,
    ...damaged(whole, random),
    "duplicate-keys": file(`{"0.weight":${one},"0.weight":${one}}`, 4),
    "deep-nesting": file(`{"0.weight":${nested(1000)}}`, 4),
    "shape-that-lies": file({ "0.weight": entry("F32", [2 ** 32, 2 ** 32], 0, 4) }, 4),
    "offsets-that-lie": file({ "0.weight": entry("F32", [1, 1], 2 ** 40, 2 ** 40 + 4) }, 4),
    overlap: file({ "0.weight": entry("F32", [1, 1], 0, 4), "0.bias": entry("F32", [1], 0, 4) }, 4),
    "wrong-type": file({ "0.weight": entry("I64", [1, 1], 0, 8) }, 8),
    "no-inputs": file({ "0.weight": entry("F32", [1, 0], 0, 0) }, 0),
    prototype: file(`{"__proto__":${one}}`, 4),
    "names-of-objects": file(`{"constructor.weight":${one}}`, 4),
    "layers-in-half-precision": file(
      { "9.weight": entry("F16", [1, 1], 0, 2), "10.weight": entry("BF16", [1, 1], 2, 4) },
      4,
    ),
  };
}

function idxFiles(random: Random): Files {
  const head = (type: number, ...sizes: number[]) => [
    ...[0, 0, type, sizes.length],
    ...sizes.flatMap((size) => [size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255]),
  ];
  const file = (header: number[], ...numbers: number[]) => Uint8Array.from([...header, ...numbers]);
  const zipped = (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes));
  const whole = file(head(8, 2, 3), 1, 2, 3, 4, 5, 6);
  const gzip = zipped(whole);
  const wrongChecksum = gzip.slice();
  wrongChecksum[gzip.length - 8] ^= 1;
  const top = 2 ** 32 - 1;
  return {
    whole,
    "whole.gz": gzip,
    ...damaged(whole, random, 12),
    "cut.gz": gzip.slice(0, -1),
    "wrong-checksum.gz": wrongChecksum,
    "two-members.gz": Uint8Array.from([...gzip, ...gzip]),
    "bomb.gz": zipped(Uint8Array.from([...head(8, 10), ...new Uint8Array(200_000)])),
    "sizes-that-lie": file(head(8, top), 1, 2, 3),
    "sizes-that-lie.gz": zipped(file(head(14, top, 1000))),
    "sizes-beyond-numbers": file(head(8, ...new Array(100).fill(top))),
    "wrong-type": file(head(0x0a, 1), 1),
    "more-than-announced": file(head(8, 1), 1, 2),
    "a-hundred-dimensions": file(head(8, ...new Array(100).fill(1)), 7),
    "empty-however-large": file(head(14, top, top, 0)),
  };
}

/** An ONNX file after a change of its graph. */
function rewired(bytes: Uint8Array, change: (graph: NonNullable<Model["graph"]>) => void): Uint8Array {
  const model = fromBinary(ModelSchema, bytes);
  change(model.graph!);
  return toBinary(ModelSchema, model);
}

async function onnxFiles(random: Random): Promise<Files> {
  const whole = toOnnx(await MLP.create({ layers: [1, 1], output: "linear", seed: 1 }));
  const changed = (change: Parameters<typeof rewired>[1]) => rewired(whole, change);
  /** Field 1000, which no message has: messages in messages in messages. */
  const deep = (levels: number) => {
    let inner: number[] = [];
    for (let level = 0; level < levels; level++) inner = [0xc2, 0x3e, ...varint(inner.length), ...inner];
    return Uint8Array.from([...whole, ...inner]);
  };
  return {
    whole,
    ...damaged(whole, random),
    "name-twice": changed((graph) => graph.initializer.push(graph.initializer[0])),
    "deep-nesting": deep(60),
    "length-that-lies": Uint8Array.from([...whole, 0xc2, 0x3e, ...varint(2 ** 31 - 1)]),
    "dims-that-lie": changed((graph) => (graph.initializer[0].dims = [2n ** 40n, 2n ** 40n])),
    "wrong-type": changed((graph) => (graph.initializer[0].dataType = 8)),
    "another-operator": changed((graph) => (graph.node[0].opType = "Conv")),
    "a-cycle": changed((graph) => (graph.node[0].input[0] = graph.node[0].output[0])),
    "external-data": changed((graph) => (graph.initializer[0].externalData = [text("../../../../etc/passwd")])),
    "names-of-objects": changed((graph) => {
      const [first, second] = graph.initializer;
      for (const [tensor, name] of [
        [first, "__proto__"],
        [second, "constructor"],
      ] as const) {
        for (const node of graph.node) node.input = node.input.map((input) => (input === tensor.name ? name : input));
        tensor.name = name;
      }
    }),
  };
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** A file of JSON with one piece of its text replaced. */
const replacing = (json: string) => (from: string, to: string) => {
  if (!json.includes(from)) throw new Error(`make-corpus: the text must hold ${from}, got ${json}.`);
  return text(json.replace(from, to));
};

function tfjsFiles(random: Random, seed: Uint8Array): Files {
  const changed = replacing(decoder.decode(seed));
  return {
    whole: seed,
    ...damaged(seed, random),
    "duplicate-keys": changed('"units":3', '"units":3,"units":4'),
    "deep-nesting": changed('"units":3', `"units":3,"deep":${nested(1000)}`),
    "units-that-lie": changed('"units":3', '"units":1000000000'),
    "shape-that-lies": changed('"shape":[2,3]', '"shape":[4294967296,4294967296]'),
    "wrong-type": changed('"units":3', '"units":"3"'),
    "a-number-too-large": changed('"units":3', '"units":1e999'),
    "another-layer": changed('"class_name":"Dense"', '"class_name":"constructor"'),
    "another-activation": changed('"activation":"relu"', '"activation":"__proto__"'),
    prototype: changed('"units":3', '"units":3,"__proto__":{"units":4,"polluted":true}'),
    "a-path-out": changed('"w.bin"', '"../../../../etc/passwd"'),
  };
}

function brainFiles(random: Random, seed: Uint8Array): Files {
  const changed = replacing(decoder.decode(seed));
  return {
    whole: seed,
    ...damaged(seed, random),
    "duplicate-keys": changed('"sizes":[2,2,1]', '"sizes":[2,2,1],"sizes":[2,2,1]'),
    "deep-nesting": changed('"sizes":[2,2,1]', `"sizes":${nested(1000)}`),
    "sizes-that-lie": changed('"sizes":[2,2,1]', '"sizes":[2,1000000000,1]'),
    "lookup-that-lies": changed('"inputLookupLength":2', '"inputLookupLength":1000000000'),
    "wrong-type": changed("[0.7,0.8]", '["0.7",0.8]'),
    "a-number-too-large": changed("[0.7,0.8]", "[1e999,0.8]"),
    "another-activation": changed('"options":', '"trainOpts":{"activation":"constructor"},"options":'),
    prototype: changed('"sizes":[2,2,1]', '"sizes":[2,2,1],"__proto__":{"polluted":true}'),
    "names-of-objects": changed('{"a":0,"b":1}', '{"__proto__":0,"toString":1}'),
  };
}

/** An archive with a file replaced, or with others. */
const repacked = (files: Files, name: string, bytes: Uint8Array, isDeflated = false) =>
  zip({ ...files, [name]: bytes }, isDeflated);

async function kerasFiles(random: Random): Promise<Files> {
  const whole = elsewhere("functional.keras");
  const files = await unzip(whole);
  const config = replacing(decoder.decode(files["config.json"]));
  const changed = (from: string, to: string) => repacked(files, "config.json", config(from, to), true);
  const h5 = files["model.weights.h5"];
  const spoilt = (at: number, ...bytes: number[]) => {
    const copy = h5.slice();
    copy.set(bytes, at);
    return repacked(files, "model.weights.h5", copy, true);
  };
  const tree = Buffer.from(h5).indexOf("TREE");
  return {
    whole,
    ...damaged(whole, random),
    "weights-only.h5": elsewhere("weights-only.h5").slice(0, 2000),
    "duplicate-keys": changed('"units": 5', '"units": 5, "units": 5'),
    "units-that-lie": changed('"units": 5', '"units": 1000000000'),
    "shape-that-lies": changed('"batch_shape": [null, 2, 3]', '"batch_shape": [null, 4294967296, 4294967296]'),
    "another-layer": changed('"class_name": "Flatten"', '"class_name": "Lambda"'),
    "a-layer-of-two": changed(
      '["f", 0, 0]',
      '["f", 0, 0]}}, {"class_name": "__keras_tensor__", "config": {"keras_history": ["r", 0, 0]',
    ),
    "a-circle": changed('["f", 0, 0]', '["inner", 0, 0]'),
    "a-tree-in-itself": spoilt(tree + 32, ...new Uint8Array(new BigUint64Array([BigInt(tree)]).buffer)),
    "an-address-that-lies": spoilt(tree + 32, 255, 255, 255, 255, 255, 255, 255, 127),
    "another-superblock": spoilt(8, 9),
    "not-hdf5": repacked(files, "model.weights.h5", text("{}")),
    bomb: zip({ ...files, "config.json": new Uint8Array(30 << 20) }, true),
    "a-file-twice": zip([...Object.entries(files), ["config.json", files["config.json"]]], true),
    ...(await chunkFiles()),
    "no-weights": zip({ "config.json": files["config.json"], "../../../etc/passwd": text("root") }, true),
  };
}

/** Datasets in chunks: a layout message of version 3, its tree, the first of its chunks. */
async function chunkFiles(): Promise<Files> {
  const whole = elsewhere("gzip.keras");
  const files = await unzip(whole);
  const h5 = Buffer.from(files["model.weights.h5"]);
  const layout = h5.indexOf(Uint8Array.of(3, 2, 3));
  const tree = Number(h5.readBigUInt64LE(layout + 3));
  const spoilt = (at: number, ...bytes: number[]) => {
    const copy = new Uint8Array(h5);
    copy.set(bytes, at);
    return repacked(files, "model.weights.h5", copy, true);
  };
  return {
    chunks: whole,
    "a-huge-chunk": spoilt(layout + 11, 255, 255, 255, 127, 255, 255, 255, 127),
    "a-chunk-of-nothing": spoilt(layout + 11, 0, 0, 0, 0),
    "a-chunk-elsewhere": spoilt(tree + 24 + 8, 1),
    "chunks-without-end": spoilt(tree + 6, 255, 255),
    "a-tree-of-trees": spoilt(tree + 5, 1),
    "a-chunk-spoilt": spoilt(Number(h5.readBigUInt64LE(tree + 24 + 32)) + 4, 255, 255),
  };
}

async function torchFiles(random: Random): Promise<Files> {
  const whole = elsewhere("state-dict.pt");
  const files = await unzip(whole);
  const [name] = Object.keys(files).filter((each) => each.endsWith("data.pkl"));
  const pickle = Buffer.from(files[name]);
  const changed = (from: string, to: string) => {
    const at = pickle.indexOf(from, 0, "latin1");
    if (at < 0) throw new Error(`make-corpus: the pickle must hold ${from}.`);
    const rest = pickle.subarray(at + Buffer.byteLength(from, "latin1"));
    return repacked(
      files,
      name,
      new Uint8Array(Buffer.concat([pickle.subarray(0, at), Buffer.from(to, "latin1"), rest])),
    );
  };
  return {
    whole,
    ...damaged(whole, random),
    "older-cut": elsewhere("older.pt").slice(0, -20),
    "a-module": elsewhere("module.pt"),
    "batch-norm": elsewhere("batch-norm.pt"),
    "runs-something": changed("ctorch._utils\n_rebuild_tensor_v2\n", "cposix\nsystem\n"),
    "another-storage": changed("ctorch\nFloatStorage\n", "ctorch\nQInt8Storage\n"),
    "whole-numbers": changed("ctorch\nFloatStorage\n", "ctorch\nLongStorage\n"),
    "another-opcode": changed("ccollections\nOrderedDict\n", "i"),
    "a-storage-that-is-not-there": changed("X\x01\0\0\x000", "X\x01\0\0\x00z"),
    "a-storage-that-leads-out": changed("X\x01\0\0\x000", "X\x0c\0\0\x00../../passwd"),
    "an-empty-pickle": repacked(files, name, new Uint8Array()),
    "steps-without-end": repacked(files, name, new Uint8Array(300_000).fill(0x5d), true),
    "no-pickle": zip({ "readme.txt": text("none") }),
  };
}

function ml5Files(random: Random, seed: Uint8Array): Files {
  const changed = replacing(decoder.decode(seed));
  return {
    whole: seed,
    ...damaged(seed, random),
    "duplicate-keys": changed('"max":255', '"max":255,"max":255'),
    "deep-nesting": changed('"max":255', `"max":255,"deep":${nested(1000)}`),
    "a-range-of-nothing": changed('"max":255', '"max":0'),
    "a-range-too-large": changed('"min":0,"max":255', '"min":-1e308,"max":1e308'),
    "a-number-too-large": changed('"max":255', '"max":1e999'),
    "wrong-type": changed('"dtype":"number"', '"dtype":"array"'),
    "a-code-twice": changed('"y":[0,1]', '"y":[1,0]'),
    "a-code-of-three": changed('"y":[0,1]', '"y":[0,0,1]'),
    "a-text-more": changed('"y":[0,1]', '"y":[0,1,0],"z":[0,0,1]'),
    "names-of-objects": changed('"a":{', '"__proto__":{'),
    prototype: changed('"isNormalized":true', '"isNormalized":true,"__proto__":{"polluted":true}'),
    "blanks-around-a-text": changed('"x":[1,0]', '" x":[1,0]'),
    "no-outputs": changed('"outputs":', '"output":'),
  };
}

/** What the script of docs/moving-models.md writes, and what it would not. */
function sklearnFiles(random: Random, seed: Uint8Array): Files {
  const { header, data } = parts(seed);
  const changed = (from: string, to: string) => {
    if (!header.includes(from)) throw new Error(`make-corpus: the header must hold ${from}, got ${header}.`);
    return container(header.replace(from, to), data);
  };
  const about = (from: string, to: string) =>
    changed(JSON.stringify(from).slice(1, -1), JSON.stringify(to).slice(1, -1));
  return {
    whole: seed,
    ...damaged(seed, random),
    "no-metadata": changed('"sklearn"', '"sklearnt"'),
    "deep-nesting": about('"columns": ', `"deep": ${nested(1000)}, "columns": `),
    "duplicate-keys": about('"columns": ', '"columns": [], "columns": '),
    "another-activation": about('"activation": "relu"', '"activation": "softmax"'),
    "another-output": about('"output": "logistic"', '"output": "tanh"'),
    "a-class-twice": about('"drowned", "survived"', '"drowned", "drowned"'),
    "classes-of-nothing": about('["drowned", "survived"]', "[]"),
    "a-class-more": about('"drowned", "survived"', '"drowned", "survived", "unknown"'),
    "a-column-less": about('{"name": "sex", "category": "female"}, ', ""),
    "a-deviation-of-nothing": about('"deviation": ', '"deviation": 0, "was": '),
    "a-name-of-objects": about('"name": "age"', '"name": "__proto__"'),
    prototype: about('"columns": ', '"__proto__": {"polluted": true}, "columns": '),
    "sizes-that-lie": changed('"shape": [3, 3]', '"shape": [1000000000, 1000000000]'),
    "length-that-lies": container(header, data, 1_000_000_000_000),
  };
}

/** Columns of every kind, and columns that lie. */
function columnFiles([whole, ...others]: readonly Uint8Array[]): Files {
  const changed = (change: Parameters<typeof rewired>[1]) => rewired(whole, change);
  return {
    whole,
    ...Object.fromEntries(others.map((bytes, i) => [`others-${i + 1}`, bytes])),
    ...damaged(whole, new Random(2)),
    "a-column-twice": changed((graph) => graph.input.push(graph.input[0])),
    "a-column-of-a-prototype": changed((graph) => {
      const [{ name }] = graph.input;
      graph.input[0].name = "__proto__";
      for (const node of graph.node) node.input = node.input.map((own) => (own === name ? "__proto__" : own));
    }),
    "a-column-that-is-gone": changed((graph) => void graph.input.shift()),
    "another-operator": changed((graph) => (graph.node[0].opType = "TreeEnsembleClassifier")),
    "no-nodes": changed((graph) => (graph.node = [])),
    "a-cycle": changed((graph) => (graph.node[0].input[0] = graph.node[0].output[0])),
    "no-attributes": changed((graph) => (graph.node[0].attribute = [])),
    "an-output-of-nothing": changed((graph) => (graph.output[0].name = "gone")),
    "outputs-of-one-name": changed((graph) => graph.node.push(graph.node[0])),
  };
}

/** Weights beside the file, and files that look elsewhere for them. */
function externalFiles([whole]: readonly Uint8Array[]): Files {
  const place = (...entries: readonly (readonly [string, string])[]) =>
    rewired(whole, (graph) => {
      graph.initializer[0].externalData = entries.map(([key, value]) => entry(key, value));
    });
  const at = (location: string) => place(["location", location], ["offset", "16"], ["length", "80"]);
  const among = (offset: string, length: string) =>
    place(["location", "m.data"], ["offset", offset], ["length", length]);
  return {
    whole,
    ...damaged(whole, new Random(2)),
    "a-path-out": at("../../../../etc/passwd"),
    "a-path-from-the-root": at("/etc/passwd"),
    "a-name-of-objects": at("__proto__"),
    "no-place": place(["offset", "16"]),
    "a-place-twice": place(["location", "m.data"], ["location", "m.data"]),
    "an-offset-beyond": among("1000000", "80"),
    "an-offset-below": among("-16", "80"),
    "an-offset-that-is-none": among("0x10", "80"),
    "a-length-that-lies": among("16", "79"),
    "a-length-too-large": among("16", "99999999999999999999"),
  };
}

const targets = await makeTargets();
const random = new Random(1);
const files: Record<string, Files> = {
  model: await models(random),
  "state dict": stateDicts(random),
  idx: idxFiles(random),
  onnx: await onnxFiles(random),
  tfjs: tfjsFiles(random, targets.tfjs.seeds[0]),
  brain: brainFiles(random, targets.brain.seeds[0]),
  keras: await kerasFiles(random),
  torch: await torchFiles(random),
  ml5: ml5Files(random, targets.ml5.seeds[0]),
  sklearn: sklearnFiles(random, targets.sklearn.seeds[0]),
  "onnx-columns": columnFiles(targets["onnx-columns"].seeds),
  "onnx-external": externalFiles(targets["onnx-external"].seeds),
};
if (!process.argv.includes("--told")) {
  for (const [format, each] of Object.entries(files)) {
    for (const [name, bytes] of Object.entries(each)) keep(format, name, bytes);
  }
}
const told: Told = {};
for (const [format, target] of Object.entries(targets)) {
  told[format] = {};
  for (const [name, bytes] of corpus(format)) {
    told[format][name] = await answerTo(target, bytes);
    console.log(`${format}, ${name} (${bytes.length} bytes): ${told[format][name]}`);
  }
}
writeTold(told);
