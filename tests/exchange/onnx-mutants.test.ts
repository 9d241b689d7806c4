/**
 * Mutants of ONNX files: an error of one sentence or a right answer, whatever the bytes (RELIABILITY.md, F1). What is read is
 * run by onnxruntime, too. `WASMLP_LONG=1` makes a hundred thousand.
 */
import { fromBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ModelSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { Random } from "../../src/ground/random.js";
import { MLP, type Output } from "../../src/index.js";
import { type OnnxModel, toOnnx } from "../../src/onnx.js";
import { mutant } from "../mutator.js";
import { difference, feed, numbers, outcome, runtime } from "./onnx-cases.js";
import { changeField, rowSeeds } from "./onnx-seeds.js";

async function seeds(): Promise<Uint8Array[]> {
  const net = await MLP.create({ layers: [3, 4, 2], seed: 1 });
  const linear = await MLP.create({ layers: [3, 4, 4, 1], activation: "tanh", output: "linear", seed: 1 });
  const curved = await MLP.create<Output>({
    layers: [3, 4, 3, 3, 2],
    activation: ["gelu", { elu: 1.5 }, "mish"],
    output: "relu6",
    seed: 1,
  });
  return [...rowSeeds(), toOnnx(net), toOnnx(linear, { opset: 21 }), toOnnx(curved)];
}

describe("mutants", () => {
  const MUTANTS = process.env.WASMLP_LONG === "1" ? 100_000 : 4000;
  const x = numbers(12, 8);

  /** Where both read the file, both must predict the same: to 10⁻⁴, beside what float32 sums of large weights err by. */
  async function agree(file: Uint8Array, { net, labels, scaling }: OnnxModel): Promise<boolean | undefined> {
    const [inputs] = net.layers;
    const { name } = fromBinary(ModelSchema, file).graph!.input.find(({ type }) => type?.tensorType)!;
    const rows = Array.from({ length: 4 * inputs }, (_, i) => x[i % x.length]);
    const weights = net.parameters().flatMap((layer) => [...layer.weights, ...layer.biases]);
    if (inputs > 100 || weights.some((weight) => Math.abs(weight) > 100)) return undefined;
    let given: Awaited<ReturnType<typeof runtime>>;
    try {
      given = await runtime(file, { [name]: feed(rows, dimsOf(file, inputs)) });
    } catch {
      return undefined;
    }
    const scaled = scaling
      ? rows.map((value, i) => (value - scaling.mean[i % inputs]) / scaling.deviation[i % inputs])
      : rows;
    const wanted = net.predictProba(scaled);
    const outputs = Object.values(given);
    const scores = outputs.filter(({ type, data }) => type === "float32" && data.length === wanted.length);
    if (scores.length === 0) return undefined;
    if (!scores.some(({ data }) => difference(data as Float32Array, wanted) <= 1e-4)) return false;
    const decided = outputs.find(({ type, data }) => type !== "float32" && data.length === 4);
    return !decided || isDecision(decided.data as ArrayLike<unknown>, wanted, labels);
  }

  /** Four rows, in the axes of the file. */
  function dimsOf(file: Uint8Array, inputs: number): number[] {
    const shape = fromBinary(ModelSchema, file).graph!.input.find(({ type }) => type?.tensorType)!.type!.tensorType!
      .shape;
    const sizes = shape?.dim
      .slice(1)
      .map(({ value }) => (value.case === "dimValue" ? Number(value.value) : inputs)) ?? [inputs];
    return [4, ...sizes];
  }

  /** Whether each label is that of a largest score, of which there may be two to the last bits. */
  function isDecision(
    decided: ArrayLike<unknown>,
    scores: Float32Array,
    labels: readonly unknown[] | undefined,
  ): boolean {
    const width = scores.length / 4;
    // onnxruntime-web ends texts at a NUL.
    const shown = (label: unknown) => String(label).split("\0")[0];
    return Array.from(decided).every((value, r) => {
      const row = scores.subarray(r * width, (r + 1) * width);
      const id = labels ? labels.findIndex((label) => shown(label) === shown(value)) : Number(value);
      return row[id] >= Math.max(...row) - 1e-5;
    });
  }

  it(`${MUTANTS}: each is refused in a sentence, or predicts what onnxruntime does`, async () => {
    const files = await seeds();
    const random = new Random(7);
    const prototype = Object.getOwnPropertyNames(Object.prototype).join();
    let [accepted, compared] = [0, 0];
    for (let m = 0; m < MUTANTS; m++) {
      const file = mutant(files, random, [changeField]);
      const result = await outcome(file);
      if (typeof result === "string") continue;
      accepted++;
      expect(result.net.predictProba(new Float32Array(result.net.layers[0])).every(Number.isFinite)).toBe(true);
      if (accepted % 4 > 0) continue;
      const same = await agree(file, result);
      if (same !== undefined) compared++;
      if (same === false) expect.fail(`mutant ${m} predicts otherwise: ${Buffer.from(file).toString("base64")}`);
    }
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);
    expect({} as Record<string, unknown>).not.toHaveProperty("polluted");
    // Most are refused, but not all: the mutator gets past the first check.
    if (process.env.WASMLP_LONG) console.log({ accepted, compared });
    expect(accepted).toBeGreaterThan(MUTANTS / 20);
    expect(compared).toBeGreaterThan(50);
  });

  it("control: a wrong answer, and an error of another kind, are noticed", async () => {
    const [file] = await seeds();
    const model = (await outcome(file)) as OnnxModel;
    expect(await agree(file, model)).toBe(true);
    expect(await agree(file, { ...model, labels: [...model.labels!].reverse() })).toBe(false);
    const parameters = model.net.parameters();
    parameters[0].weights[0] += 0.1;
    model.net.setParameters(parameters);
    expect(await agree(file, model)).toBe(false);
    await expect(outcome(undefined as unknown as Uint8Array)).rejects.toThrow(TypeError);
  });

  it("control: the mutator is seeded, changes files, and reaches every field", async () => {
    const files = await seeds();
    const make = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 200 }, () => mutant(files, random, [changeField]));
    };
    expect(make(1)).toEqual(make(1));
    expect(make(1)).not.toEqual(make(2));
    const untouched = make(3).filter((file) => files.some((seed) => Buffer.compare(seed, file) === 0));
    expect(untouched.length).toBeLessThan(40);
  });
});
