/** Networks whose hidden layers are normalised, in other people's files and in the library's own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { toModule } from "../../src/exchange/standalone/module.js";
import { toWasm } from "../../src/exchange/standalone/wasm.js";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import { Random } from "../../src/ground/random.js";
import { Dataset, MLP, type MLPOptions } from "../../src/index.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { resealed } from "../model-mutants.js";
import { difference, feed, runtime } from "./onnx-cases.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-normalization-"));
afterAll(() => rmSync(folder, { recursive: true }));

const DESIGNS: Partial<MLPOptions<"softmax">>[] = [
  { normalization: "batch" },
  { normalization: "layer", activation: "tanh" },
  { normalization: ["layer", "batch"], activation: ["relu", "gelu"] },
  { normalization: ["none", "batch"], activation: "sigmoid" },
  { normalization: ["layer", "none"], activation: "identity" },
];

const random = new Random(6);
const x = Float32Array.from({ length: 60 * 5 }, () => 3 * random.normal());

/** A network that was fitted a little, all of whose numbers are others than at the start. */
async function fitted(design: Partial<MLPOptions<"softmax">>, sizes = [5, 9, 17, 3]): Promise<MLP<"softmax">> {
  const net = await MLP.create({ layers: sizes, seed: 2, ...design });
  const y = Array.from({ length: 60 }, (_, r) => r % 3);
  await net.fit(Dataset.from({ x, y }), { epochs: 3 });
  const changed = net.parameters().map(({ shift, gain, ...layer }) => ({
    ...layer,
    ...(gain && { gain: gain.map(() => random.normal()), shift: shift?.map(() => random.normal()) }),
  }));
  net.setParameters(changed);
  return net;
}

interface Instance {
  memory: WebAssembly.Memory;
  input: WebAssembly.Global<"i32">;
  output: WebAssembly.Global<"i32">;
  predict(): void;
}

describe.each(DESIGNS)("$normalization, $activation", (design) => {
  it("as a .wasm file and as a module has the bits of predictProba", async () => {
    for (const sizes of [
      [5, 9, 17, 3],
      [5, 64, 33, 3],
      [5, 1, 2, 3],
    ]) {
      // biome-ignore format: three
      const net = await fitted(design, sizes);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(toWasm(net)));
      const { memory, input, output, predict } = exports as unknown as Instance;
      const path = join(folder, `${Math.random()}.mjs`);
      writeFileSync(path, toModule(net));
      const module = await import(/* @vite-ignore */ pathToFileURL(path).href);
      for (let r = 0; r < 20; r++) {
        const row = x.slice(5 * r, 5 * r + 5);
        new Float32Array(memory.buffer, input.value, 5).set(row);
        predict();
        const wanted = net.predictProba(row);
        expect(new Float32Array(memory.buffer, output.value, 3).slice()).toEqual(wanted);
        expect(module.predictProba([...row])).toEqual(wanted);
        expect(module.predict([...row])).toBe(net.predict(row)[0]);
      }
    }
  });

  it("as ONNX says the same in onnxruntime, of every operator set", async () => {
    const net = await fitted(design);
    for (const opset of [13, 14, 15, 16, 17, 18, 19, 20, 21]) {
      const { probabilities } = await runtime(toOnnx(net, { opset }), { input: feed(x, [60, 5]) });
      expect(difference(probabilities.data as Float32Array, net.predictProba(x))).toBeLessThanOrEqual(1e-5);
    }
  });
});

describe("other files", () => {
  it("of ONNX: a batch normalization is read as what it does, a layer normalization as itself", async () => {
    const net = await fitted({ normalization: "batch", activation: "relu" });
    const { net: again } = await fromOnnx(toOnnx(net));
    expect(difference(again.predictProba(x), net.predictProba(x))).toBeLessThanOrEqual(1e-5);
    const layer = await fitted({ normalization: "layer" });
    for (const opset of [13, 17, 18]) {
      const { net: own } = await fromOnnx(toOnnx(layer, { opset }));
      expect(own.normalization, `${opset}`).toBe("layer");
      expect(own.parameters()).toEqual(layer.parameters());
    }
  });

  it("of PyTorch: the names of nn.Sequential(Linear, BatchNorm1d or LayerNorm, activation, ...)", async () => {
    const net = await fitted({ normalization: ["layer", "batch"] });
    const { tensors } = decodeSafetensors("test", net.toSafetensors());
    expect(tensors.map(({ name, shape }) => `${name} ${shape}`)).toEqual([
      ...["0.weight 9,5", "0.bias 9", "1.weight 9", "1.bias 9"],
      ...["3.weight 17,9", "3.bias 17", "4.weight 17", "4.bias 17", "4.running_mean 17", "4.running_var 17"],
      ...["6.weight 3,17", "6.bias 3"],
    ]);
    const [, second] = net.parameters();
    expect(tensors.slice(6, 10).map(({ read }) => read())).toEqual([
      ...[second.gain, second.shift, second.mean, second.variance],
    ]);
    await expect(MLP.fromSafetensors(net.toSafetensors())).rejects.toThrow("Fold a BatchNorm");
  });

  it("of its own: tensors by name; what is missing, of another size, negative or not asked for is refused", async () => {
    const net = await fitted({ normalization: ["layer", "batch"] });
    const { tensors, metadata } = decodeSafetensors("test", net.save());
    const own = tensors.map(({ name, shape, read }) => ({ name, shape, data: read() }));
    expect(own.map(({ name }) => name)).toEqual([
      ...["0.weight", "0.bias", "0.gain", "0.shift", "1.weight", "1.bias", "1.gain", "1.shift", "2.weight", "2.bias"],
      ...["1.mean", "1.variance"],
    ]);
    const load = (change: (tensor: (typeof own)[0]) => (typeof own)[0] | undefined, model = metadata.get("model")) => {
      const kept = own.map(change).filter((tensor) => tensor !== undefined);
      const file = encodeSafetensors(kept, { ...Object.fromEntries(metadata), model: model as string });
      return MLP.load(resealed(file));
    };
    expect((await load((tensor) => tensor)).parameters()).toEqual(net.parameters());
    for (const name of ["0.gain", "1.shift", "1.mean", "1.variance"]) {
      const refused = `the file must hold ${name} of shape`;
      await expect(load((tensor) => (tensor.name === name ? undefined : tensor))).rejects.toThrow(refused);
      const shorter = (tensor: (typeof own)[0]) => ({
        ...tensor,
        shape: [tensor.data.length - 1],
        data: tensor.data.slice(1),
      });
      await expect(load((tensor) => (tensor.name === name ? shorter(tensor) : tensor))).rejects.toThrow(refused);
    }
    const negative = (tensor: (typeof own)[0]) =>
      tensor.name === "1.variance" ? { ...tensor, data: tensor.data.map(() => -1) } : tensor;
    await expect(load(negative)).rejects.toThrow("the file must hold numbers >= 0 in 1.variance, got others.");
    for (const normalization of ["rms", ["batch"], ["batch", 1], 5, {}]) {
      const model = JSON.stringify({ ...JSON.parse(metadata.get("model") as string), normalization });
      await expect(load((tensor) => tensor, model)).rejects.toThrow(/^MLP.load: normalization/);
    }
  });
});
