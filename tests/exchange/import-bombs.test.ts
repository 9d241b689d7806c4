/** Small files that announce much, of every format: refused in a sentence, in memory of twice the file and 16 MiB (RELIABILITY.md, F1). */
import { deflateSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { FunctionSchema, GraphSchema, ModelSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { fromKeras, fromSklearn, fromTorch } from "../../src/migrate.js";
import { fromOnnx } from "../../src/onnx.js";
import { unzip } from "../import-targets.js";
import { elsewhere } from "./elsewhere.js";
import { MIB, onePeak, peak } from "./memory-peak.js";
import { floats, numbers } from "./onnx-cases.js";
import { entry } from "./onnx-seeds.js";
import { zip } from "./zip.js";

const text = (value: string) => new Uint8Array(Buffer.from(value));

interface Bomb {
  readonly bytes: Uint8Array;
  read(bytes: Uint8Array): Promise<unknown>;
  readonly refused: RegExp;
}

/** The bytes with others in the place of those that are found there, which are as long. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  let found = 0;
  for (let at = copy.indexOf(from); at >= 0; at = copy.indexOf(from, at + 1)) {
    copy.set(to, at);
    found++;
  }
  if (found === 0) throw new Error("nothing to replace");
  return new Uint8Array(copy);
}

const sizes = (...list: number[]) => new Uint8Array(BigUint64Array.from(list, BigInt).buffer);

/** A layer of so many units, in what describes it and in the shape of its kernel: [5, 7] as it was. */
async function wide(name: string, units: number): Promise<Uint8Array> {
  const files = await unzip(elsewhere(name));
  const config = Buffer.from(files["config.json"]).toString().replace('"units": 7', `"units": ${units}`);
  const weights = replaced(files["model.weights.h5"], sizes(5, 7), sizes(5, units));
  return zip({ ...files, "config.json": text(config), "model.weights.h5": weights }, true);
}

/** Chunks that unpack to more than they should: the first of the file is zeros without end. */
async function chunkBomb(): Promise<Uint8Array> {
  const files = await unzip(elsewhere("gzip.keras"));
  const weights = Buffer.from(files["model.weights.h5"]);
  const tree = weights.indexOf(Uint8Array.of(0x54, 0x52, 0x45, 0x45, 1, 0));
  const bomb = deflateSync(new Uint8Array(64 * MIB));
  weights.writeUInt32LE(bomb.length, tree + 24);
  weights.writeBigUInt64LE(BigInt(weights.length), tree + 24 + 32);
  return zip({ ...files, "model.weights.h5": new Uint8Array(Buffer.concat([weights, bomb])) }, true);
}

async function keras(): Promise<Record<string, Bomb>> {
  const read = (bytes: Uint8Array) => fromKeras(bytes);
  const files = await unzip(elsewhere("float64.keras"));
  const zeros = new Uint8Array(40 * MIB);
  return {
    "a ZIP of zeros": {
      bytes: zip({ ...files, "config.json": zeros }, true),
      read,
      refused: /unpack to \d+ bytes at most/,
    },
    "HDF5 weights of zeros": {
      bytes: zip({ ...files, "model.weights.h5": zeros }, true),
      read,
      refused: /unpack to \d+ bytes at most/,
    },
    "a ZIP whose sizes lie": { bytes: zip(files, true, 2 ** 31), read, refused: /unpack to \d+ bytes at most/ },
    "chunks of a huge dataset": {
      bytes: await wide("gzip.keras", 2 ** 28),
      read,
      refused: /unpack to \d+ bytes at most/,
    },
    "a huge dataset in one piece": {
      bytes: await wide("chunks.keras", 2 ** 28),
      read,
      refused: /unpack to \d+ bytes at most/,
    },
    "a chunk of zeros": {
      bytes: await chunkBomb(),
      read,
      refused: /whole, undamaged HDF5 file, got more than it announces/,
    },
  };
}

function safetensors(header: object, announced?: number): Uint8Array {
  const head = text(JSON.stringify(header));
  const bytes = new Uint8Array(8 + head.length + 16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(announced ?? head.length), true);
  bytes.set(head, 8);
  return bytes;
}

const tensor = (...shape: number[]) => ({ dtype: "F32", shape, data_offsets: [0, 16] });
const PICKLE = [0x80, 2];

const archive = (...parts: (number | string)[]) =>
  zip({
    "a/data.pkl": new Uint8Array(
      Buffer.concat(
        [...PICKLE, ...parts].map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.of(part))),
      ),
    ),
    "a/byteorder": text("little"),
    "a/data/0": new Uint8Array(16),
  });

const torch = (bytes: Uint8Array) => fromTorch(bytes, { output: "linear" });
const sklearn = (bytes: Uint8Array) => fromSklearn(bytes);
const about = JSON.stringify({ activation: "relu", output: "identity", columns: [] });

const OTHERS: Record<string, Bomb> = {
  "a pickle of a text of 4 GB": { bytes: archive("X", 255, 255, 255, 255), read: torch, refused: /whole pickle/ },
  "a pickle of bytes without end": {
    bytes: archive(0x8e, 255, 255, 255, 255, 255, 255, 255, 127),
    read: torch,
    refused: /fromTorch: the file must /,
  },
  "a pickle of a million lists": {
    bytes: archive("]".repeat(1_000_000)),
    read: torch,
    refused: /fewer than 131072 steps/,
  },
  "a pickle that remembers everything": {
    bytes: archive("}", "q\u0000h\u0000".repeat(200_000)),
    read: torch,
    refused: /fewer than 131072 steps/,
  },
  "safetensors of huge shapes": {
    bytes: safetensors({ __metadata__: { sklearn: about }, "0.weight": tensor(2 ** 31, 2 ** 31) }),
    read: sklearn,
    refused: /fromSklearn: the file must /,
  },
  "a shape that overflows": {
    bytes: safetensors({
      __metadata__: { sklearn: about },
      "0.weight": tensor(...new Array<number>(64).fill(2 ** 40)),
    }),
    read: sklearn,
    refused: /fromSklearn: the file must /,
  },
  "a header of a terabyte": {
    bytes: safetensors({ "0.weight": tensor(2, 2) }, 2 ** 40),
    read: sklearn,
    refused: /fromSklearn: the file must /,
  },
};

const node = (opType: string, input: string[], output: string[], domain = "", attribute: object[] = []) =>
  ({ opType, input, output, domain, attribute }) as never;
const opsets = [
  { domain: "", version: 17n },
  { domain: "own", version: 1n },
];

/** A model of "x" [N, 3] to "y". */
function model(nodes: never[], more: object = {}, initializer: object[] = []): Uint8Array {
  const dim = [
    { value: { case: "dimParam" as const, value: "N" } },
    { value: { case: "dimValue" as const, value: 3n } },
  ];
  const graph = {
    node: nodes,
    initializer: [{ name: "w", ...floats([3, 3], numbers(9, 1)) }, ...initializer],
    input: [{ name: "x", type: { tensorType: { elemType: 1, shape: { dim } } } }],
    output: [{ name: "y" }],
  };
  return toBinary(ModelSchema, create(ModelSchema, { irVersion: 8n, opsetImport: opsets, graph, ...more } as never));
}

/** Each calls the next twice: the last would run 2^40 times. */
function doubling(): Uint8Array {
  const functions = Array.from({ length: 14 }, (_, f) => {
    const inner = f === 13 ? node("Relu", ["a"], ["b"]) : node(`f${f + 1}`, ["a"], ["b"], "own");
    const outer = f === 13 ? node("Relu", ["b"], ["c"]) : node(`f${f + 1}`, ["b"], ["c"], "own");
    const own = {
      name: `f${f}`,
      domain: "own",
      input: ["a"],
      output: ["c"],
      node: [inner, outer],
      opsetImport: opsets,
    };
    return toBinary(FunctionSchema, create(FunctionSchema, own as never));
  });
  return model([node("f0", ["x"], ["h"], "own"), node("MatMul", ["h", "w"], ["y"])], { functions });
}

/** Branches in branches. */
function nestedBranches(levels: number): Uint8Array {
  let inner = toBinary(
    GraphSchema,
    create(GraphSchema, { node: [node("Identity", ["x"], ["o"])], output: [{ name: "o" }] } as never),
  );
  for (let level = 0; level < levels; level++) {
    const branches = ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: inner }));
    const graph = { node: [node("If", ["c"], ["o"], "", branches)], output: [{ name: "o" }] };
    inner = toBinary(GraphSchema, create(GraphSchema, graph as never));
    if (inner.length > MIB) break;
  }
  const branches = ["then_branch", "else_branch"].map((name) => ({ name, type: 5, g: inner }));
  const condition = { name: "c", dims: [], dataType: 9, rawData: Uint8Array.of(1) };
  return model([node("If", ["c"], ["h"], "", branches), node("MatMul", ["h", "w"], ["y"])], {}, [condition]);
}

const onnx = (bytes: Uint8Array) => fromOnnx(bytes);
const own = (name: string, more: object) => ({ name, dataType: 1, ...more });

const ONNX: Record<string, Bomb> = {
  "sizes of 2^62": {
    bytes: model([node("MatMul", ["x", "v"], ["y"])], {}, [
      own("v", { dims: [3n, 2n ** 30n], rawData: new Uint8Array(4) }),
    ]),
    read: onnx,
    refused: /bytes each, got 4 bytes/,
  },
  "a length beside the file": {
    bytes: model([node("MatMul", ["x", "v"], ["y"])], {}, [
      own("v", {
        dims: [3n, 2n ** 29n],
        dataLocation: 1,
        externalData: [entry("location", "big"), entry("length", `${12 * 2 ** 29}`)],
      }),
    ]),
    read: (bytes) => fromOnnx(bytes, { external: { big: new Uint8Array(8) } }),
    refused: /find 6442450944 bytes of "v" in "big", 8 bytes long/,
  },
  "functions that double": { bytes: doubling(), read: onnx, refused: /no more nodes by functions and branches/ },
  "branches in branches": { bytes: nestedBranches(40), read: onnx, refused: /within 16 others at most|no more parts/ },
};

describe.runIf(process.platform === "linux")("bombs", () => {
  it("are refused in little memory", async () => {
    const all = { ...(await keras()), ...OTHERS, ...ONNX };
    for (const [name, { bytes, read, refused }] of Object.entries(all)) {
      const needed = await peak(async () => {
        const got = await read(bytes).then(
          () => "read",
          (error: Error) => error.message,
        );
        expect(got, name).toMatch(refused);
        expect(got, name).toMatch(/^from\w+: [^\n]{3,400}\.$/);
      });
      expect(needed, name).toBeLessThanOrEqual(2 * bytes.length + 16 * MIB);
    }
  }, 60_000);

  it("control: what they announce would need more", async () => {
    expect(await onePeak(() => new Uint8Array(256 * MIB).fill(1))).toBeGreaterThan(64 * MIB);
  });
});
