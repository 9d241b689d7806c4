/** What reads models of Keras, PyTorch and ml5.js from strangers, and ways to spoil such files that know the format: see targets.ts. */

import { refuser } from "../src/exchange/refuser.js";
import { ZipFile } from "../src/exchange/zip-file.js";
import type { Random } from "../src/ground/random.js";
import type { Classifier, MLP, Output, Regressor } from "../src/index.js";
import { fromKeras, fromMl5, fromSklearn, fromTorch } from "../src/migrate.js";
import { elsewhere } from "./exchange/elsewhere.js";
import { zip } from "./exchange/zip.js";
import { mutant, mutateTree, type Way } from "./mutator.js";
import type { Target } from "./targets.js";

type Check = (net: MLP<Output>) => void;
type Files = Record<string, Uint8Array>;

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export async function unzip(bytes: Uint8Array): Promise<Files> {
  const archive = new ZipFile(bytes, refuser("test"));
  const files: Files = {};
  for (const name of archive.names) files[name] = (await archive.read(name)).slice();
  return files;
}

/** One of the archives with one file spoilt, its checksum right: what reads the file gets to see it. */
function inArchives(
  archives: readonly Files[],
  spoil: (name: string, bytes: Uint8Array, random: Random) => Uint8Array,
): Way {
  return (_, random) => {
    const files = archives[random.below(archives.length)];
    const names = Object.keys(files);
    const name = names[random.below(names.length)];
    return zip({ ...files, [name]: spoil(name, files[name], random) }, random.below(4) === 0);
  };
}

const spoilBytes = (_: string, bytes: Uint8Array, random: Random) => mutant([bytes], random);

function spoilJson(name: string, bytes: Uint8Array, random: Random): Uint8Array {
  if (!name.endsWith(".json")) return mutant([bytes], random);
  const tree = { value: JSON.parse(decoder.decode(bytes)) };
  mutateTree(tree, random);
  try {
    return encoder.encode(JSON.stringify(tree.value) ?? "");
  } catch {
    return bytes; // A tree that was made a part of itself.
  }
}

/** A model of two inputs and two labels. */
export const ML5 = {
  model: {
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [
          { class_name: "Dense", config: { name: "a", units: 2, activation: "softmax", batch_input_shape: [null, 3] } },
        ],
      },
    },
    weightsManifest: [
      {
        paths: ["./model.weights.bin"],
        weights: [
          { name: "a/kernel", shape: [3, 2], dtype: "float32" },
          { name: "a/bias", shape: [2], dtype: "float32" },
        ],
      },
    ],
  },
  weights: Float32Array.from({ length: 8 }, (_, i) => i / 10),
  meta: {
    inputs: {
      a: { dtype: "number", min: 0, max: 255 },
      b: { dtype: "string", min: 0, max: 1, uniqueValues: ["x", "y"], legend: { x: [1, 0], y: [0, 1] } },
    },
    outputs: { c: { dtype: "string", min: 0, max: 1, uniqueValues: ["u", "v"], legend: { u: [1, 0], v: [0, 1] } } },
    isNormalized: true,
  },
};

interface TextWays {
  /** Text of JSON with a field changed. */
  readonly inText: Way;
  /** Safetensors with their header changed. */
  inHeader(change: (header: Record<string, unknown>, random: Random) => void): Way;
  checkTable(model: Classifier | Regressor | undefined): void;
}

/** What the script wrote of the model, in the header. */
function spoilAbout(header: Record<string, unknown>, random: Random): void {
  const metadata = header.__metadata__ as Record<string, string>;
  const tree = { value: JSON.parse(metadata.sklearn) };
  mutateTree(tree, random);
  metadata.sklearn = JSON.stringify(tree.value) ?? "";
}

export async function importTargets(
  check: Check,
  { inText, inHeader, checkTable }: TextWays,
): Promise<Record<string, Target>> {
  const keras = ["functional.keras", "float64.keras", "given.keras", "gzip.keras"].map(elsewhere);
  const h5 = ["sequential-2.h5", "functional-3.h5", "all-filters.h5"].map(elsewhere);
  const torch = ["state-dict.pt", "views.pt", "older.pt", "checkpoint.pt"].map(elsewhere);
  const archives = await Promise.all(keras.map(unzip));
  const pickles = await Promise.all(torch.filter((_, i) => i !== 2).map(unzip));
  return {
    keras: {
      call: "fromKeras",
      seeds: [...keras, ...h5],
      ways: [inArchives(archives, spoilJson), inArchives(archives, spoilBytes)],
      read: async (bytes) => check((await fromKeras(bytes)).net as MLP<Output>),
    },
    torch: {
      call: "fromTorch",
      seeds: torch,
      ways: [inArchives(pickles, spoilBytes)],
      read: async (bytes) => check((await fromTorch(bytes, { output: "linear" })).net as unknown as MLP<Output>),
    },
    sklearn: {
      call: "fromSklearn",
      seeds: [elsewhere("travellers.safetensors")],
      ways: [inHeader(mutateTree), inHeader(spoilAbout)],
      read: async (bytes) => {
        const { net, model } = await fromSklearn(bytes);
        check(net as MLP<Output>);
        checkTable(model);
      },
    },
    ml5: {
      call: "fromMl5",
      seeds: [encoder.encode(JSON.stringify(ML5.meta))],
      ways: [inText],
      read: async (bytes) => {
        const { net, model } = await fromMl5(ML5.model, ML5.weights, decoder.decode(bytes));
        check(net as MLP<Output>);
        checkTable(model);
      },
    },
  };
}
