/** Files with weights of 16 or 8 bits: what is made back is what float64 says, and nothing is lost but what is rounded. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors, type Tensor } from "../../src/file/write-safetensors.js";
import { Random } from "../../src/ground/random.js";
import {
  Classifier,
  Dataset,
  MLP,
  type MLPOptions,
  type Output,
  Regressor,
  type SaveOptions,
} from "../../src/index.js";
import { resealed } from "../model-mutants.js";
import { ROUNDINGS, rounded } from "../rounded-weights.js";

const TYPES = ["F32", "F16", "I8"] as const;
const tensorsOf = (bytes: Uint8Array) => decodeSafetensors("test", bytes, TYPES as never).tensors;
const typesOf = (bytes: Uint8Array) => Object.fromEntries(tensorsOf(bytes).map(({ name, type }) => [name, type]));

/** A network whose parameters are all random. */
async function makeNet(options: MLPOptions<Output>, random = new Random(1)): Promise<MLP> {
  const net = await MLP.create<Output>(options);
  net.setParameters(
    net.parameters().map((layer) => ({
      ...layer,
      weights: layer.weights.map(() => random.normal()),
      biases: layer.biases.map(() => random.normal()),
    })),
  );
  return net as MLP;
}

/** What is made of one layer's weights by a file. */
async function throughFile(weights: number[], outputs: number, as: "f16" | "int8"): Promise<Float32Array> {
  const net = await MLP.create<Output>({ layers: [weights.length / outputs, outputs], output: "linear" });
  net.setParameters([{ weights, biases: new Float32Array(outputs) }]);
  return (await MLP.load(net.save({ weights: as }))).parameters()[0].weights;
}

describe.each(ROUNDINGS)("a network's file with weights as %s", (weights) => {
  it("loads as the network whose weights float64 rounds, to the bit, and nothing else is rounded", async () => {
    const random = new Random(2);
    const normalizations = ["none", "batch", "layer", ["batch", "layer"]] as const;
    for (const normalization of normalizations) {
      const net = await makeNet({ layers: [7, 12, 5, 3], normalization: normalization as never, seed: 3 }, random);
      const x = Float32Array.from({ length: 70 }, () => random.normal());
      await net.fit(Dataset.from({ x, y: Array.from({ length: 10 }, (_, i) => i % 3) }), { epochs: 2 });
      const again = await MLP.load(net.save({ weights }));
      const wanted = rounded(net.parameters(), weights);
      expect(again.parameters()).toEqual(wanted);
      net.setParameters(wanted);
      expect(again.predictProba(x)).toEqual(net.predictProba(x));
    }
  });

  it("written again has the same bytes; without the option it has the same numbers as float32", async () => {
    const net = await makeNet({ layers: [9, 17, 4], seed: 1 });
    const bytes = net.save({ weights });
    expect(net.save({ weights })).toEqual(bytes);
    const again = await MLP.load(bytes);
    expect(again.save({ weights })).toEqual(bytes);
    expect([...new Set(Object.values(typesOf(again.save())))]).toEqual(["F32"]);
    expect((await MLP.load(again.save())).parameters()).toEqual(again.parameters());
  });

  it("goes on learning from there, as its twin does", async () => {
    const net = await makeNet({ layers: [2, 6, 2], seed: 1 });
    const data = Dataset.from({ x: Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), y: [0, 1, 1, 0], rows: 4 });
    const again = await MLP.load(net.save({ weights }));
    net.setParameters(rounded(net.parameters(), weights));
    for (const own of [net, again]) await own.fit(data, { epochs: 3 });
    expect(again.parameters()).toEqual(net.parameters());
  });

  it("takes any finite weights: all signs and sizes, columns of zeros, of the smallest and of the largest numbers", async () => {
    const number = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 1e-45, 3.4028234e38),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(number, { minLength: 4, maxLength: 24 }),
        async (n, list) => {
          const own = list.slice(0, list.length - (list.length % n));
          const made = await throughFile(own, n, weights);
          expect(made).toEqual(rounded([{ weights: Float32Array.from(own), outputs: n }], weights)[0].weights);
          expect(made.every(Number.isFinite)).toBe(true);
          // Below what float32 has in full, scales are not as fine as that.
          const isFull = made.every((weight) => weight === 0 || Math.abs(weight) > 1e-35);
          if (isFull) expect(await throughFile([...made], n, weights)).toEqual(made);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("weights of 8 bits", () => {
  it("are off by half a scale at most, the 127th of the column's largest weight", async () => {
    const random = new Random(4);
    const outputs = 8;
    const weights = Array.from({ length: 60 * outputs }, (_, i) =>
      Math.fround(10 ** ((i % outputs) * 5 - 18) * random.normal()),
    );
    const made = await throughFile(weights, outputs, "int8");
    for (let j = 0; j < outputs; j++) {
      const column = weights.filter((_, i) => i % outputs === j);
      const most = Math.max(...column.map(Math.abs));
      const errors = column.map((weight, i) => Math.abs(weight - made[i * outputs + j]));
      // The scale is rounded up to 17 bits.
      expect(Math.max(...errors)).toBeLessThanOrEqual((most / 254) * (1 + 2 ** -15));
      expect(made.filter((_, i) => i % outputs === j).some((weight) => Math.abs(weight) >= most * (1 - 2 ** -23))).toBe(
        true,
      );
    }
  });

  it("are a quarter of the file, halves a half", async () => {
    const net = await MLP.create({ layers: [784, 128, 10], seed: 1 });
    const [whole, half, quarter] = (["float32", "f16", "int8"] as const).map((weights) => net.save({ weights }).length);
    expect(whole).toBe(net.save().length);
    expect(half / whole).toBeLessThan(0.505);
    expect(quarter / whole).toBeLessThan(0.26);
  });

  it("lie after all that takes more bytes, so that each number lies where one of its size may", async () => {
    const net = await makeNet({ layers: [3, 5, 2], normalization: "batch", seed: 1 });
    for (const weights of ROUNDINGS) {
      const sizes = tensorsOf(net.save({ weights })).map(({ type }) => ({ F32: 4, F16: 2, I8: 1 })[type as "F32"]);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
    const { tensors } = decodeSafetensors("test", net.save({ weights: "int8" }), TYPES as never);
    expect(tensors.map(({ name, shape }) => [name, ...shape])).toEqual([
      ...[["0.scale", 5], ["0.bias", 5], ["0.gain", 5], ["0.shift", 5], ["1.scale", 2], ["1.bias", 2]],
      ...[["0.mean", 5], ["0.variance", 5], ["0.weight", 3, 5], ["1.weight", 5, 2]],
    ]); // biome-ignore format: a line each
  });
});

describe("halves", () => {
  it.each([
    ["a weight that is larger than all halves", [70_000, 1, 2, 3], "F32"],
    ["an output whose weights are smaller than 2⁻¹⁴", [1e-5, 1, 2e-5, 3], "F32"],
    ["no such", [65_504, 2 ** -14, 1e-9, 0], "F16"],
    ["an output of zeros", [0, 1, 0, 3], "F16"],
  ])("are not what a layer is rounded to with %s", async (_, weights, type) => {
    const net = await MLP.create<Output>({ layers: [2, 2], output: "linear" });
    net.setParameters([{ weights, biases: [0, 0] }]);
    const bytes = net.save({ weights: "f16" });
    expect(typesOf(bytes)["0.weight"]).toBe(type);
    if (type === "F32") expect((await MLP.load(bytes)).parameters()).toEqual(net.parameters());
  });
});

describe("a table's file", () => {
  const rows = Array.from({ length: 90 }, (_, i) => ({
    a: i % 17,
    b: ["x", "y", "z"][i % 3],
    t: i % 17 > 8 ? "u" : "v",
    n: i % 17,
  }));
  const tags = rows.map(({ a, b }) => ({ a, b, tags: a > 8 ? ["high", b] : [b] }));
  const options = { epochs: 2, hidden: [6], ensemble: 3, seed: 1 };
  const several = { ...options, ensemble: 2, target: ["t", "b"] };
  type Table = { save(options?: SaveOptions): Uint8Array; predict(rows: object[]): unknown };
  const cases: [string, () => Promise<Table>, (bytes: Uint8Array) => Promise<Table>][] = [
    ["Classifier", () => Classifier.fit(rows, { ...options, target: "t" }), (bytes) => Classifier.load(bytes)],
    ["Regressor", () => Regressor.fit(rows, { ...options, target: "n" }), (bytes) => Regressor.load(bytes)],
    [
      "Classifier of sets",
      () => Classifier.fit(tags, { ...options, target: "tags" }),
      (bytes) => Classifier.load(bytes),
    ],
    [
      "Classifier of two targets",
      () => Classifier.fit(rows, several as never) as never,
      (bytes) => Classifier.load(bytes),
    ],
  ];
  const netsOf = (model: Table): MLP[] => {
    const { models, members } = model as unknown as { models?: Record<string, Classifier>; members: MLP[] };
    return models ? Object.values(models).flatMap((own) => own.members as MLP[]) : members;
  };

  it.each(cases)("of a %s: all its networks are rounded, and it answers as their twins", async (_, learn, load) => {
    const model = await learn();
    const before = model.save();
    for (const weights of ROUNDINGS) {
      const bytes = model.save({ weights });
      const again = await load(bytes);
      for (const [i, net] of netsOf(again).entries()) {
        expect(net.parameters()).toEqual(rounded(netsOf(model)[i].parameters(), weights));
      }
      expect(again.save({ weights })).toEqual(bytes);
      expect((await load(again.save())).save({ weights })).toEqual(bytes);
      const twin = await load(before);
      for (const net of netsOf(twin)) net.setParameters(rounded(net.parameters(), weights));
      expect(again.predict(rows)).toEqual(twin.predict(rows));
    }
    expect(model.save()).toEqual(before);
    expect(model.save({ weights: "float32" })).toEqual(before);
    expect(Object.values(typesOf(model.save({ weights: "int8" }))).filter((type) => type === "I8")).toHaveLength(
      2 * netsOf(model).length,
    );
  });

  it("learns on with partialFit, after a fit's file of halves too", async () => {
    const model = await Classifier.fit(rows, { ...options, target: "t" });
    for (const weights of ["float32", ...ROUNDINGS] as const) {
      const again = await Classifier.load(model.save({ weights }));
      expect(again.partialFit(rows)).toBeGreaterThan(0);
      await Classifier.load(again.save());
    }
  });
});

describe("save refuses", () => {
  it.each<[unknown, string]>([
    [{ weights: "int4" }, 'weights must be one of "float32", "f16", "int8", got "int4".'],
    [{ weights: 8 }, 'weights must be one of "float32", "f16", "int8", got 8.'],
    [{ weights: null }, 'weights must be one of "float32", "f16", "int8", got null.'],
    [{ weights: "int8", resume: true }, 'weights must be "float32" with resume, got "int8".'],
    [{ weights: "f16", resume: true }, 'weights must be "float32" with resume, got "f16".'],
    [{ weight: "int8" }, 'the options must be among resume, weights, got "weight".'],
  ])("%j", async (options, message) => {
    const net = await MLP.create({ layers: [2, 2] });
    const model = await Classifier.fit([{ a: 1, b: "u" }, { a: 2, b: "v" }], { target: "b", epochs: 1, hidden: [2] }); // biome-ignore format: rows
    for (const own of [net, model]) expect(() => own.save(options as never)).toThrow(`save: ${message}`);
    expect(net.save({ resume: true, weights: "float32" })).toEqual(net.save({ resume: true }));
  });
});

describe("a forged file of 8 bits", () => {
  /** With one of its tensors changed, sealed again. */
  async function forged(change: (tensors: Tensor[]) => Tensor[]): Promise<Uint8Array> {
    const net = await MLP.create({ layers: [2, 2], seed: 1 });
    const bytes = net.save({ weights: "int8" });
    const { tensors, metadata } = decodeSafetensors("test", bytes, TYPES as never);
    const own = tensors.map(({ name, shape, type, read }) => {
      return { name, shape, data: type === "I8" ? Int8Array.from(read()) : read() };
    });
    return resealed(encodeSafetensors(change(own), Object.fromEntries(metadata)));
  }
  const put = (name: string, data: Tensor["data"], shape?: number[]) => (tensors: Tensor[]) =>
    tensors.map((tensor) => (tensor.name === name ? { name, data, shape: shape ?? tensor.shape } : tensor));

  it.each<[string, (tensors: Tensor[]) => Tensor[], string]>([
    ["no scales", (own) => own.filter(({ name }) => name !== "0.scale"), "0.scale of shape [2], got undefined."],
    ["scales of another shape", put("0.scale", new Float32Array(3), [3]), "0.scale of shape [2], got [3]."],
    ["scales that are whole numbers", put("0.scale", new Int8Array(2)), "0.scale as F32 or F16, got I8."],
    ["a scale that is none", put("0.scale", Float32Array.of(NaN, 1)), "finite numbers, got others in 0.scale."],
    ["a scale without an end", put("0.scale", Float32Array.of(1, Infinity)), "finite numbers, got others in 0.scale."],
    ["a scale below zero", put("0.scale", Float32Array.of(1, -1)), "numbers >= 0 in 0.scale, got others."],
    [
      "weights that float32 does not hold",
      put("0.scale", Float32Array.of(1, 3e38)),
      "finite numbers, got others in 0.weight.",
    ],
    ["biases in 8 bits", put("0.bias", new Int8Array(2)), "0.bias as F32 or F16, got I8."],
  ])("with %s is refused", async (_, change, message) => {
    await expect(MLP.load(await forged(change))).rejects.toThrow(`MLP.load: the file must hold ${message}`);
  });

  it("control: as it was, and with -128, it is read", async () => {
    const file = await forged(put("0.weight", Int8Array.of(-128, 127, 0, 1)));
    const scales = tensorsOf(file)
      .find(({ name }) => name === "0.scale")
      ?.read() as Float32Array;
    const [{ weights }] = (await MLP.load(file)).parameters();
    expect(weights).toEqual(Float32Array.of(-128 * scales[0], 127 * scales[1], 0, scales[1]));
    await MLP.load(await forged((own) => own));
  });

  it("is no state dict: whole numbers alone are not weights", async () => {
    const whole = encodeSafetensors([{ name: "0.weight", shape: [1, 2], data: Int8Array.of(1, 2) }]);
    await expect(MLP.fromSafetensors(whole)).rejects.toThrow(
      'MLP.fromSafetensors: the file must hold F32, F64, F16, BF16 in "0.weight", got "I8".',
    );
  });
});

it("control: a scale that is off by a bit, a number by one, or a tie the wrong way is noticed", () => {
  const weights = Float32Array.of(127, 0.5, 1.5, 2.5, -0.5);
  const [own] = rounded([{ weights, outputs: 1 }], "int8");
  expect(own.weights).toEqual(Float32Array.of(127, 0, 2, 2, 0));
  expect(own.weights).not.toEqual(Float32Array.of(127, 1, 2, 3, 0));
});
