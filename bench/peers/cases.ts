/** What every peer is asked to do, and the files from which all of them read the same weights and rows. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { Random } from "../../src/ground/random.js";

export interface Case {
  readonly kind: "predict" | "update" | "epoch";
  readonly layers: readonly number[];
  readonly rows: number;
  /** Whether the rows are MNIST's; else they are drawn from N(0, 1). */
  readonly mnist: boolean;
  /** Files in the shared folder: float32 W1 b1 W2 b2 ..., float32 or bytes [rows, inputs], int32 class ids. */
  readonly weights: string;
  readonly x: string;
  readonly y: string;
  readonly learningRate: number;
  /** Of an epoch: rows an update; rows of the short unshuffled epoch that is compared. */
  readonly batch: number;
  readonly checked: number;
}

export type Cases = Readonly<Record<string, Case>>;

const NETS = ["2-10-2", "30-64-2", "64-64-10", "784-128-10", "784-800-10"];
const DIGITS = "784-128-10";
const PREDICT = NETS.flatMap((net) => [1, 64, 1024].map((rows) => ({ net, rows })));
const UPDATE = [
  { net: "2-10-2", rows: 4 },
  { net: "30-64-2", rows: 32 },
  { net: "64-64-10", rows: 64 },
  { net: DIGITS, rows: 64 },
  { net: DIGITS, rows: 256 },
  { net: "784-800-10", rows: 128 },
];
/** Rows in each shared file. */
const DRAWN = 1024;
const CHECKED = 1280;
const PIXELS = 784;

const MNIST = fileURLToPath(new URL("../../../shared/data/mnist", import.meta.url));

/** Writes weights, rows and `cases.json` into a folder, the same bytes in every run; `short`: an epoch of few rows. */
export function writeCases(folder: string, short: boolean): Cases {
  const random = new Random(7);
  for (const net of NETS) {
    const layers = net.split("-").map(Number);
    write(folder, `${net}.f32`, drawWeights(layers, random));
    const [inputs, outputs] = [layers[0], layers[layers.length - 1]];
    write(folder, `x${inputs}.f32`, draw(DRAWN * inputs, random, 1));
    write(
      folder,
      `y${net}.i32`,
      Int32Array.from({ length: DRAWN }, () => random.below(outputs)),
    );
  }
  const dense = (kind: "predict" | "update") => (of: { net: string; rows: number }) => caseOf(kind, of.net, of.rows);
  const cases = Object.assign({}, ...PREDICT.map(dense("predict")), ...UPDATE.map(dense("update")));
  if (existsSync(MNIST)) {
    const rows = writeMnist(folder, short ? 2 * CHECKED : undefined);
    for (const count of [1, 64]) Object.assign(cases, caseOf("predict", DIGITS, count, true));
    Object.assign(cases, caseOf("update", DIGITS, 64, true), caseOf("epoch", DIGITS, rows, true));
  } else console.log(`no MNIST in ${MNIST}: its cases are skipped`);
  writeFileSync(`${folder}/cases.json`, JSON.stringify({ cases }));
  return cases;
}

/** How a case is called in commands and file names: "update-784-128-10-b64-mnist". */
export function nameOf(kind: string, net: string, rows: number, mnist = false): string {
  return kind === "epoch" ? "epoch" : `${kind}-${net}-b${rows}${mnist ? "-mnist" : ""}`;
}

function caseOf(kind: Case["kind"], net: string, rows: number, mnist = false): Cases {
  const layers = net.split("-").map(Number);
  const files = mnist ? { x: "mnist.f32", y: "mnist.i32" } : { x: `x${layers[0]}.f32`, y: `y${net}.i32` };
  const one = { kind, layers, rows, mnist, weights: `${net}.f32`, learningRate: 0.01, batch: rows, checked: rows };
  const epoch = { x: "mnist.u8", learningRate: 0.1, batch: 64, checked: CHECKED };
  return { [nameOf(kind, net, rows, mnist)]: { ...one, ...files, ...(kind === "epoch" ? epoch : {}) } };
}

function draw(count: number, random: Random, deviation: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.normal() * deviation);
}

/** He-normal weights; biases that are not zero, for a peer that forgot them must be found out. */
function drawWeights(layers: readonly number[], random: Random): Float32Array {
  const parts = layers.slice(1).flatMap((outputs, l) => {
    const inputs = layers[l];
    return [...draw(inputs * outputs, random, Math.sqrt(2 / inputs)), ...draw(outputs, random, 0.1)];
  });
  return Float32Array.from(parts);
}

/** IDX files: pixels after 16 bytes of header, labels after 8. Returns how many rows an epoch has. */
function writeMnist(folder: string, limit: number | undefined): number {
  const unzip = (file: string) => gunzipSync(readFileSync(`${MNIST}/${file}`));
  const labels = unzip("train-labels-idx1-ubyte.gz").subarray(8);
  const rows = Math.min(labels.length, limit ?? labels.length);
  const pixels = unzip("train-images-idx3-ubyte.gz").subarray(16, 16 + rows * PIXELS);
  write(folder, "mnist.u8", pixels);
  write(
    folder,
    "mnist.f32",
    Float32Array.from(pixels.subarray(0, DRAWN * PIXELS), (byte) => byte / 255),
  );
  write(folder, "mnist.i32", Int32Array.from(labels.subarray(0, rows)));
  return rows;
}

function write(folder: string, file: string, values: Float32Array | Int32Array | Uint8Array): void {
  writeFileSync(`${folder}/${file}`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}
