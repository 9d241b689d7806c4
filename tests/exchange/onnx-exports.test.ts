/** Networks drawn at random, written, run by onnxruntime, and read again. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { type Activation, MLP, type Output } from "../../src/index.js";
import { ACTIVATIONS, OUTPUTS } from "../../src/net/activations.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { feed, runtime } from "./onnx-cases.js";

const COUNT = 300;

interface Drawn {
  readonly net: MLP<Output>;
  readonly opset: number;
  readonly x: Float32Array;
  readonly title: string;
}

async function draw(random: Random): Promise<Drawn> {
  const whole = (below: number) => Math.floor(random.uniform() * below);
  const layers = Array.from({ length: 2 + whole(4) }, () => 1 + whole(9));
  const activation = layers.slice(2).map((): Activation => {
    const kind = whole(8);
    if (kind === 0) return { "leaky-relu": 0.05 + 0.9 * random.uniform() };
    return kind === 1 ? { elu: 0.1 + 3 * random.uniform() } : ACTIVATIONS[whole(ACTIVATIONS.length)];
  });
  const output = layers[layers.length - 1] > 1 || whole(2) ? OUTPUTS[whole(OUTPUTS.length)] : "linear";
  if (output === "softmax" && layers[layers.length - 1] < 2) layers[layers.length - 1] = 2;
  const normalization = layers.slice(2).map(() => (["none", "none", "batch", "layer"] as const)[whole(4)]);
  const net = await MLP.create<Output>({ layers, activation, output, normalization, seed: 1 + whole(1000) });
  const moved = (list: ArrayLike<number>, least = -Infinity) =>
    Float32Array.from(list, (value) => Math.max(least, value + random.uniform() - 0.5));
  net.setParameters(
    net.parameters().map(({ weights, biases, gain, shift, mean, variance }) => ({
      weights,
      biases: moved(biases),
      ...(gain && shift && { gain: moved(gain), shift: moved(shift) }),
      ...(mean && variance && { mean: moved(mean), variance: moved(variance, 0.1) }),
    })),
  );
  const opset = 13 + whole(14);
  const x = Float32Array.from({ length: 5 * layers[0] }, () => 4 * random.uniform() - 2);
  return { net, opset, x, title: `${layers} ${JSON.stringify(activation)} ${normalization} ${output} ${opset}` };
}

/** The largest difference, relative where answers are beyond 1. */
const distance = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]) / Math.max(1, Math.abs(b[i]))));

describe("networks drawn at random", () => {
  it(`${COUNT}: onnxruntime answers as they do, and they come back`, async () => {
    const random = new Random(6);
    for (let n = 0; n < COUNT; n++) {
      const { net, opset, x, title } = await draw(random);
      const bytes = toOnnx(net, { opset });
      const own = net.predictProba(x);
      const given = await runtime(bytes, { input: feed(x, [5, net.layers[0]]) });
      const scores = (given.probabilities ?? given.values).data as Float32Array;
      expect(distance(own, scores), title).toBeLessThanOrEqual(1e-5);
      const { net: again } = await fromOnnx(bytes);
      expect(again.output, title).toBe(net.output);
      expect(distance(again.predictProba(x), own), title).toBeLessThanOrEqual(1e-5);
    }
  });

  it("control: another bias is noticed", async () => {
    const { net, x } = await draw(new Random(7));
    const bytes = toOnnx(net);
    const parameters = net.parameters();
    parameters[parameters.length - 1].biases[0] += 0.01;
    net.setParameters(parameters);
    const given = await runtime(bytes, { input: feed(x, [5, net.layers[0]]) });
    const scores = (given.probabilities ?? given.values).data as Float32Array;
    expect(distance(net.predictProba(x), scores)).toBeGreaterThan(1e-5);
  });
});
