/** PyTorch state dicts in and out. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { readBfloat16, readFloat16, roundToHalf } from "../../src/file/half-floats.js";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { writeFloat16 } from "../../src/file/write-half.js";
import { encodeSafetensors, type Tensor } from "../../src/file/write-safetensors.js";
import { MLP } from "../../src/index.js";
import { readmeFigures } from "../claims.js";
import { relativeError } from "../twin.js";

const model = (ending: string) => readFileSync(new URL(`../models/torch-state-dict.${ending}`, import.meta.url));

const tensor = (name: string, shape: number[], from = 1): Tensor => ({
  name,
  shape,
  data: Float32Array.from({ length: shape.reduce((product, n) => product * n) }, (_, i) => from + i),
});

describe("a state dict", () => {
  const { x, expected } = JSON.parse(model("json").toString());

  it("made by PyTorch predicts as it does there", async () => {
    const net = await MLP.fromSafetensors(model("safetensors"), { activation: "relu", output: "linear" });
    expect(net.layers).toEqual([4, 8, 3]);
    const [bound] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);
    expect(relativeError(net.predict(x), expected.output)).toBeLessThanOrEqual(bound);
  });

  it("control: another activation is noticed", async () => {
    const net = await MLP.fromSafetensors(model("safetensors"), { activation: "tanh", output: "linear" });
    expect(relativeError(net.predict(x), expected.output)).toBeGreaterThan(1e-3);
  });

  it("comes back as it went, weights turned", async () => {
    const net = await MLP.create({ layers: [3, 5, 4, 2], activation: "tanh", seed: 1 });
    const bytes = net.toSafetensors({ layout: "torch" });
    const { tensors, metadata } = decodeSafetensors("test", bytes);
    expect(metadata.size).toBe(0);
    expect(tensors.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      ...["0.weight 5,3", "0.bias 5", "2.weight 4,5", "2.bias 4", "4.weight 2,4", "4.bias 2"],
    ]);
    const again = await MLP.fromSafetensors(bytes, { activation: "tanh" });
    expect(again.parameters()).toEqual(net.parameters());
  });

  it("has layers in the order of their numbers, with or without biases", async () => {
    const bytes = encodeSafetensors([
      tensor("net.10.weight", [2, 4]),
      tensor("net.2.weight", [4, 3]),
      tensor("net.2.bias", [4], 50),
    ]);
    const net = await MLP.fromSafetensors(bytes, { output: "linear" });
    expect(net.layers).toEqual([3, 4, 2]);
    const [first, second] = net.parameters();
    expect([...first.weights.subarray(0, 4)]).toEqual([1, 4, 7, 10]);
    expect([...first.biases]).toEqual([50, 51, 52, 53]);
    expect([...second.biases]).toEqual([0, 0]);
  });

  it("may hold float64, float16 and bfloat16", async () => {
    const file = (dtype: string, bytes: Uint8Array) => {
      const entry = { dtype, shape: [1, 2], data_offsets: [0, bytes.length] };
      const head = new TextEncoder().encode(JSON.stringify({ weight: entry }));
      const whole = new Uint8Array(8 + head.length + bytes.length);
      whole[0] = head.length;
      whole.set(head, 8);
      whole.set(bytes, 8 + head.length);
      return whole;
    };
    const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer);
    const files = [
      file("F64", new Uint8Array(Float64Array.of(1.5, -0.1).buffer)),
      file("F16", words(0x3e00, 0xae66)),
      file("BF16", words(0x3fc0, 0xbdcd)),
    ];
    for (const [i, bytes] of files.entries()) {
      const [{ weights }] = (await MLP.fromSafetensors(bytes, { output: "linear" })).parameters();
      expect(weights[0]).toBe(1.5);
      expect(weights[1]).toBeCloseTo(-0.1, [7, 4, 3][i]);
    }
  });

  it("halves are those of IEEE 754: every one, against its definition", () => {
    const wrong: number[] = [];
    for (let word = 0; word < 65_536; word++) {
      const sign = word >= 32_768 ? -1 : 1;
      const [exponent, fraction] = [Math.floor((word % 32_768) / 1024), (word % 1024) / 1024];
      const size = exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15);
      const wanted = exponent === 31 ? (fraction > 0 ? Number.NaN : sign * Infinity) : sign * size;
      if (!Object.is(readFloat16(word), wanted)) wrong.push(word);
      const upper = new DataView(new ArrayBuffer(4));
      upper.setUint16(0, word);
      if (!Object.is(readBfloat16(word), upper.getFloat32(0))) wrong.push(word);
    }
    expect(wrong).toEqual([]);
  });

  it("numbers are rounded to the nearest half, of two as near to the even one, and halves are written as they are read", () => {
    const halves = Array.from({ length: 0x7c00 }, (_, word) => readFloat16(word));
    const wrong: number[] = [];
    for (const [word, half] of halves.entries()) {
      const next = halves[word + 1] ?? 65_536;
      const middle = (half + next) / 2;
      const [even, odd] = word % 2 === 0 ? [half, next] : [next, half];
      const above = middle * (1 + 2 ** -23);
      const below = middle * (1 - 2 ** -23);
      const rounded = [half, below, middle, above].map((number) => roundToHalf(number));
      const wanted = [half, half, even, next].map((number) => (number > 65_504 ? Infinity : number));
      if (rounded.some((number, i) => number !== wanted[i]) || rounded[2] === (odd === 65_536 ? 0 : odd))
        wrong.push(word);
      if (!Object.is(roundToHalf(-middle), -wanted[2])) wrong.push(-word);
      if (writeFloat16(half) !== word || writeFloat16(-half) !== word + 0x8000) wrong.push(word);
    }
    expect(wrong).toEqual([]);
  });
});

describe("fromSafetensors refuses", () => {
  it.each<[string, Tensor[]]>([
    ['hold weights and biases of Linear layers alone, got ["embedding"]', [tensor("embedding", [2, 2])]],
    [
      'hold weights and biases of Linear layers alone, got ["1.running_mean"]',
      [tensor("0.weight", [2, 2]), tensor("1.running_mean", [2])],
    ],
    ['hold "0.weight" as [outputs, inputs], got [2, 2, 2]', [tensor("0.weight", [2, 2, 2])]],
    ['hold "0.bias" as [2], got [3]', [tensor("0.weight", [2, 3]), tensor("0.bias", [3])]],
    ['have 2 inputs in "1", as "0" has outputs, got 3', [tensor("0.weight", [2, 3]), tensor("1.weight", [2, 3])]],
    ["hold the weights of a Linear layer, got none", []],
    [
      'hold numbers that are finite in float32, got others in "0.weight"',
      [{ name: "0.weight", shape: [1, 1], data: Float32Array.of(Number.NaN) }],
    ],
  ])("%s", async (sentence, tensors) => {
    await expect(MLP.fromSafetensors(encodeSafetensors(tensors))).rejects.toThrow(
      `MLP.fromSafetensors: the file must ${sentence}.`,
    );
  });

  it("other kinds and options", async () => {
    const net = await MLP.create({ layers: [2, 2] });
    await expect(MLP.fromSafetensors([] as never)).rejects.toThrow("bytes must be a Uint8Array");
    await expect(MLP.fromSafetensors(net.toSafetensors(), { output: "logits" as never })).rejects.toThrow("output");
    expect(() => net.toSafetensors({ layout: "keras" as never })).toThrow(
      'toSafetensors: layout must be one of "torch", got "keras".',
    );
  });
});
