/** Saved models: they come back whole, and damage is noticed. */
import { describe, expect, it } from "vitest";
import { crc32 } from "../../src/file/crc.js";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import { Dataset, MLP, type Output } from "../../src/index.js";
import { XOR } from "../xor.js";

/** Whether a file is refused with an error, not with a crash or a wrong model. */
async function refused(bytes: Uint8Array): Promise<boolean> {
  try {
    await MLP.load(bytes);
    return false;
  } catch (error) {
    return error instanceof Error && error.message.startsWith("MLP.load: ");
  }
}

describe("save and load", () => {
  for (const output of ["softmax", "sigmoid", "linear"] as Output[]) {
    it(`${output}: the same bytes again, the same predictions, and the same future`, async () => {
      const net = await MLP.create({ layers: [3, 7, 5, 2], activation: "tanh", output, seed: 9 });
      const x = Float32Array.from({ length: 30 }, (_, i) => ((i * 7) % 11) / 5 - 1);
      const y = Float32Array.from({ length: output === "softmax" ? 10 : 20 }, (_, i) => i % 2);
      const rows = Dataset.from({ x, y, rows: 10 });
      await net.fit(rows, { epochs: 2, batchSize: 3 });
      const bytes = net.save();
      const again = await MLP.load(bytes);
      expect([again.layers, again.activation, again.output]).toEqual([net.layers, net.activation, net.output]);
      expect(again.save()).toEqual(bytes);
      expect(again.predictProba(x)).toEqual(net.predictProba(x));
      for (const model of [net, again]) await model.fit(rows, { epochs: 2, batchSize: 3 });
      expect(again.save()).toEqual(net.save());
    });
  }

  it("is a safetensors file that others can read", async () => {
    const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
    const { tensors } = decodeSafetensors("test", net.save());
    expect(tensors.map(({ name, shape }) => [name, ...shape])).toEqual([
      ["0.weight", 2, 3],
      ["0.bias", 3],
      ["1.weight", 3, 2],
      ["1.bias", 2],
    ]);
    expect(tensors[0].read()).toEqual(net.parameters()[0].weights);
  });

  it("reads bytes that lie anywhere in a larger buffer", async () => {
    const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
    const bytes = net.save();
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 5);
    const again = await MLP.load(larger.subarray(5, 5 + bytes.length));
    expect(again.predictProba(XOR)).toEqual(net.predictProba(XOR));
  });
});

describe("a Buffer, as Node reads files", () => {
  it("loads, and is not written", async () => {
    const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
    const buffer = Buffer.from(net.save());
    for (let time = 0; time < 2; time++) {
      expect((await MLP.load(buffer)).predictProba(XOR)).toEqual(net.predictProba(XOR));
    }
    expect(buffer.equals(net.save())).toBe(true);
  });
});

describe("damage", () => {
  it("every bit that flips is noticed, and every truncation", async () => {
    const bytes = (await MLP.create({ layers: [2, 3, 2], seed: 1 })).save();
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const damaged = bytes.slice();
      damaged[bit >> 3] ^= 1 << (bit & 7);
      if (!(await refused(damaged))) expect.fail(`bit ${bit} of ${8 * bytes.length} went unnoticed`);
    }
    for (let length = 0; length < bytes.length; length++) {
      if (!(await refused(bytes.subarray(0, length)))) expect.fail(`a cut to ${length} bytes went unnoticed`);
    }
  });

  it("control: the undamaged file is not refused, and neither is one whose checksum was made anew", async () => {
    const bytes = (await MLP.create({ layers: [2, 3, 2], seed: 1 })).save();
    expect(await refused(bytes)).toBe(false);
    const text = new TextDecoder("latin1");
    const place = text.decode(bytes).indexOf('"crc32":"') + 9;
    const forged = bytes.slice();
    forged[bytes.length - 1] ^= 1;
    forged.set(new TextEncoder().encode("00000000"), place);
    forged.set(new TextEncoder().encode(crc32(forged).toString(16).padStart(8, "0")), place);
    expect(await refused(forged)).toBe(false);
  });

  it("CRC-32 gives its published check value", () => {
    expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  });
});

describe("safetensors", () => {
  const tensor = { name: "a", shape: [2], data: new Float32Array([1, 2]) };
  const header = (text: string, dataBytes = 0) => {
    const head = new TextEncoder().encode(text);
    const bytes = new Uint8Array(8 + head.length + dataBytes);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
    bytes.set(head, 8);
    return bytes;
  };
  const entry = (offsets: number[], shape: unknown = [1], dtype = "F32") =>
    JSON.stringify({ dtype, shape, data_offsets: offsets });

  it("comes back as it was written, data aligned to 8 bytes", () => {
    const bytes = encodeSafetensors([tensor], { key: "värde" });
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    const { tensors, metadata } = decodeSafetensors("test", bytes);
    expect(tensors.map(({ name, shape, read }) => ({ name, shape, data: read() }))).toEqual([tensor]);
    expect([...metadata]).toEqual([["key", "värde"]]);
  });

  const faults: [string, Uint8Array][] = [
    ["no header length", new Uint8Array(7)],
    ["a header longer than the file", Uint8Array.from([255, 0, 0, 0, 0, 0, 0, 0, 123, 125])],
    ["a header length beyond 2⁵³", new Uint8Array(16).fill(255)],
    ["no JSON", header("{")],
    ["an array", header("[]")],
    ["another dtype", header(`{"a":${entry([0, 4], [1], "I32")}}`, 4)],
    ["a negative size", header(`{"a":${entry([0, 4], [-1])}}`, 4)],
    ["a shape that does not fit", header(`{"a":${entry([0, 4], [2])}}`, 4)],
    ["a hole", header(`{"a":${entry([0, 4])},"b":${entry([8, 12])}}`, 12)],
    ["an overlap", header(`{"a":${entry([0, 4])},"b":${entry([0, 4])}}`, 4)],
    ["data after the end", header(`{"a":${entry([0, 4])}}`, 8)],
    ["metadata of numbers", header('{"__metadata__":{"a":1}}')],
    ["metadata of nothing", header('{"__metadata__":null}')],
  ];
  for (const [title, bytes] of faults) {
    it(`refuses ${title}`, () =>
      expect(() => decodeSafetensors("test", bytes)).toThrow(/^test: the file must .+, got/));
  }
});
