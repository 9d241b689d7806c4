/** What a network is made of, through every file: activations with their numbers, outputs, losses, layers without biases. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import { Random } from "../../src/ground/random.js";
import { type Activation, adam, Dataset, type Loss, MLP, type MLPOptions, type Output } from "../../src/index.js";
import { ACTIVATIONS, hasClasses, OUTPUTS } from "../../src/net/activations.js";
import { outputsPerTarget, targetsPerRow } from "../../src/net/design.js";
import { resealed } from "../model-mutants.js";

const activation: fc.Arbitrary<Activation> = fc.oneof(
  fc.constantFrom(...ACTIVATIONS),
  fc.double({ min: 0, max: 1, noNaN: true }).map((slope) => ({ "leaky-relu": slope })),
  fc.double({ min: 0.01, max: 100, noNaN: true }).map((elu) => ({ elu })),
);

const levels = fc.uniqueArray(fc.double({ min: 0.01, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 3 });
const ofValues: fc.Arbitrary<Loss> = fc.oneof(
  fc.constantFrom<Loss>("squared-error", "absolute-error", "huber"),
  fc.double({ min: 0.1, max: 10, noNaN: true }).map((huber) => ({ huber })),
  levels.map((quantiles) => ({ quantiles })),
);

/** An output and a loss that go together. */
const ends = fc.constantFrom(...OUTPUTS).chain((output) => {
  const own: Loss[] = hasClasses(output) ? ["cross-entropy"] : [];
  if (output === "linear") own.push("gaussian");
  if (output === "exponential") own.push("poisson");
  const others = hasClasses(output) ? [] : [ofValues];
  return fc.record({
    output: fc.constant<Output>(output),
    loss: fc.option(fc.oneof(...[...own.map((loss) => fc.constant<Loss>(loss)), ...others]), { nil: undefined }),
  });
});

const design: fc.Arbitrary<MLPOptions<Output>> = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
    activations: fc.array(activation, { minLength: 2, maxLength: 2 }),
    ends,
    bias: fc.oneof(fc.constantFrom(undefined, true, false), fc.array(fc.boolean(), { minLength: 3, maxLength: 3 })),
    seed: fc.integer({ min: 0, max: 1000 }),
  })
  .map(({ sizes, activations, ends: { output, loss }, bias, seed }) => {
    const layers = [...sizes.slice(0, -1), (sizes.at(-1) as number) * (loss ? outputsPerTarget(loss) : 1)];
    const hidden = layers.length - 2;
    return {
      ...{ layers, output, seed },
      activation: hidden > 0 ? activations.slice(0, hidden) : activations[0],
      ...(loss !== undefined && { loss }),
      ...(bias !== undefined && { bias: Array.isArray(bias) ? bias.slice(0, layers.length - 1) : bias }),
    };
  });

function rowsFor(net: MLP<Output>, loss: Loss | undefined): Dataset {
  const random = new Random(5);
  const { layers, output } = net;
  const perRow = targetsPerRow({ sizes: layers, output, loss: loss ?? "squared-error" });
  const rows = 12;
  const x = Float32Array.from({ length: rows * layers[0] }, () => random.normal());
  const classes = output === "softmax" ? (layers.at(-1) as number) : 2;
  const weights = Float32Array.from({ length: rows }, () => random.uniform());
  return Dataset.from({ x, y: Array.from({ length: rows * perRow }, () => random.below(classes)), rows, weights });
}

/** Answers, or the sentence of who has none: exponentials of large numbers overflow, which is refused. */
function answer(net: MLP<Output>, x: Dataset | Float32Array): Float32Array | string {
  try {
    return net.predictProba(x);
  } catch (error) {
    return (error as Error).message;
  }
}

describe("a model of any design", () => {
  it("comes back from its file, and goes on alike", async () => {
    await fc.assert(
      fc.asyncProperty(design, async (options) => {
        const net = await MLP.create<Output>(options);
        const data = rowsFor(net, options.loss);
        const fit = { epochs: 2, optimizer: adam({ learningRate: 1e-3 }) };
        // Exponentials of large numbers may overflow, which is refused.
        fc.pre(await net.fit(data, fit).then(Boolean, () => false));
        const bytes = net.save({ resume: true });
        const again = await MLP.load(bytes);
        expect(again.design).toEqual(net.design);
        expect([again.layers, again.activation, again.output]).toEqual([net.layers, net.activation, net.output]);
        expect(again.save({ resume: true })).toEqual(bytes);
        expect(answer(again, data)).toEqual(answer(net, data));
        const goOn = (model: MLP<Output>) =>
          model.fit(data, { ...fit, epochs: 4, resume: true }).then(
            () => model.save({ resume: true }),
            (error) => error.message,
          );
        expect(await goOn(again)).toEqual(await goOn(net));
      }),
      { numRuns: 150 },
    );
  });

  it("comes back from a state dict by what it is told", async () => {
    await fc.assert(
      fc.asyncProperty(design, async (options) => {
        const net = await MLP.create<Output>({ ...options, loss: undefined, bias: undefined });
        const { activation: own, output, layers } = net;
        const names = layers.slice(1).map((_, l) => `${2 * l}`);
        const again = await MLP.fromSafetensors<Output>(net.toSafetensors(), {
          activation: layers.length > 2 ? own : "relu",
          output,
          layers: names,
        });
        const row = new Float32Array(layers[0]).fill(0.25);
        expect(answer(again, row)).toEqual(answer(net, row));
        expect(again.activation).toEqual(own);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a file", () => {
  const files = async () => {
    const net = await MLP.create<Output>({
      layers: [2, 3, 4],
      activation: { elu: 2 },
      output: "linear",
      loss: "huber",
    });
    const { tensors, metadata } = decodeSafetensors("test", net.save());
    const model = JSON.parse(metadata.get("model") as string);
    /** The file with other words in it, its checksum put right. */
    return (change: object) => {
      const parts = tensors.map(({ name, shape, read }) => ({ name, shape, data: read() }));
      const changed = JSON.stringify({ ...model, ...change });
      return resealed(encodeSafetensors(parts, Object.fromEntries([...metadata, ["model", changed]])));
    };
  };

  it.each([
    [{ activation: "swoosh" }, /^MLP\.load: activation must be one of .*, got "swoosh"\.$/],
    [{ activation: { elu: -1 } }, /^MLP\.load: activation\.elu must be .*, got -1\.$/],
    [{ activation: { gelu: 1 } }, /^MLP\.load: activation must be a name, .*, got an object\.$/],
    [{ activation: ["gelu", "gelu"] }, /^MLP\.load: activation must name one for each of 1 hidden layers, got/],
    [{ output: "identity" }, /^MLP\.load: output must be one of .*, got "identity"\.$/],
    [{ loss: "hubris" }, /^MLP\.load: loss must be one of .*, got "hubris"\.$/],
    [{ loss: { huber: 0 } }, /^MLP\.load: loss\.huber must be .*, got 0\.$/],
    [{ loss: { quantiles: [1] } }, /^MLP\.load: loss\.quantiles\[0\] must be .*, got 1\.$/],
    [{ loss: { quantiles: [0.1, 0.5, 0.9] } }, /^MLP\.load: layers must end in a multiple of 3 outputs .*, got 4\.$/],
    [{ loss: "cross-entropy" }, /^MLP\.load: loss must go with the output "linear", got "cross-entropy"\./],
    [{ loss: null }, /^MLP\.load: loss must be one of .*, got null\.$/],
    [{ bias: "no" }, /^MLP\.load: bias must be .*, got "no"\.$/],
    [{ bias: [true] }, /^MLP\.load: bias must be .* each of 2 layers, got \[true\]\.$/],
  ] as [object, RegExp][])("that says %j is refused in a sentence", async (change, message) => {
    const file = (await files())(change);
    const error = await MLP.load(file).then(String, (error: Error) => error.message);
    expect(error).toMatch(message);
    expect(error).not.toContain("\n");
  });

  it("control: one that says what it said is read, and so is one of 0.1, which has no loss and no bias", async () => {
    const write = await files();
    expect((await MLP.load(write({}))).activation).toEqual({ elu: 2 });
    const old = await MLP.load(write({ loss: undefined, bias: undefined, activation: "tanh", output: "softmax" }));
    expect([old.activation, old.output]).toEqual(["tanh", "softmax"]);
  });
});
