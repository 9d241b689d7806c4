/** Layers of a state dict come in the one order that leaves no doubt, or as the user says, and are never turned round. */
import { describe, expect, it } from "vitest";
import { orderLayers } from "../../src/file/layer-order.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import { MLP } from "../../src/index.js";

/** Name, inputs, outputs. */
type Layer = readonly [name: string, inputs: number, outputs: number];

const stateDict = (layers: readonly Layer[]) =>
  encodeSafetensors(
    layers.flatMap(([name, inputs, outputs]) => [
      { name: `${name}.weight`, shape: [outputs, inputs], data: new Float32Array(inputs * outputs).fill(0.5) },
      { name: `${name}.bias`, shape: [outputs], data: new Float32Array(outputs) },
    ]),
  );

const sizes = async (layers: readonly Layer[], names?: string[]) =>
  (await MLP.fromSafetensors(stateDict(layers), { output: "linear", ...(names && { layers: names }) })).layers;

const AUTOENCODER: Layer[] = [
  ["encoder.0", 8, 4],
  ["encoder.2", 4, 2],
  ["decoder.0", 2, 4],
  ["decoder.2", 4, 8],
];

describe("layers of a state dict", () => {
  it.each<[Layer[]]>([
    [
      [
        ["input", 3, 6],
        ["hidden", 6, 5],
        ["output", 5, 2],
      ],
    ],
    [
      [
        ["layers.0", 3, 6],
        ["layers.1", 6, 5],
        ["head", 5, 2],
      ],
    ],
    [
      [
        ["net.0", 3, 6],
        ["net.2", 6, 5],
        ["mu", 5, 2],
      ],
    ],
    [
      [
        ["fc1", 3, 6],
        ["fc2", 6, 5],
        ["classifier", 5, 2],
      ],
    ],
    [
      [
        ["features.0", 3, 6],
        ["features.10", 6, 6],
        ["classifier.1", 6, 5],
        ["classifier.4", 5, 2],
      ],
    ],
    [
      [
        ["blocks.0.up", 3, 6],
        ["blocks.0.down", 6, 3],
        ["blocks.1.up", 3, 6],
        ["blocks.1.down", 6, 2],
      ],
    ],
    [
      [
        ["l2", 4, 4],
        ["l10", 4, 4],
        ["l11", 4, 4],
      ],
    ],
    [
      [
        ["fc", 3, 4],
        ["fc2", 4, 5],
      ],
    ],
  ])("%j are in this order, wherever they stand in the file", async (layers) => {
    const wanted = [layers[0][1], ...layers.map(([, , outputs]) => outputs)];
    expect(await sizes(layers)).toEqual(wanted);
    expect(await sizes([...layers].reverse())).toEqual(wanted);
    const named = layers.map(([name, inputs, outputs]) => ({ name, inputs, outputs }));
    expect(orderLayers("test", [...named].reverse())).toEqual(named);
  });

  it.each<[string, Layer[]]>([
    ["several", AUTOENCODER],
    [
      "several",
      [
        ["input", 4, 4],
        ["hidden", 4, 4],
        ["output", 4, 4],
      ],
    ],
    [
      "several",
      [
        ["encoder", 8, 4],
        ["decoder", 4, 8],
      ],
    ],
    [
      "several",
      [
        ["a.0", 4, 4],
        ["b.0", 4, 4],
      ],
    ],
    [
      "none",
      [
        ["input", 3, 4],
        ["output", 5, 2],
      ],
    ],
    [
      "none",
      [
        ["a.1", 3, 4],
        ["a.0", 4, 5],
        ["b", 5, 5],
      ],
    ],
  ])("are refused where %s is possible: %j", async (got, layers) => {
    await expect(sizes(layers)).rejects.toThrow(
      new RegExp(
        `^MLP.fromSafetensors: the file must have layers of one possible order, got ${got} for \\["[^\\n]+"\\]\\. Pass layers: \\[names\\], the first layer first\\.$`,
      ),
    );
  });

  it("come as the user names them", async () => {
    const names = AUTOENCODER.map(([name]) => name);
    expect(await sizes(AUTOENCODER, names)).toEqual([8, 4, 2, 4, 8]);
    expect(await sizes(AUTOENCODER, [...names.slice(2), ...names.slice(0, 2)])).toEqual([2, 4, 8, 4, 2]);
    await expect(sizes(AUTOENCODER, [...names].reverse())).rejects.toThrow(
      'the file must have 8 inputs in "decoder.0", as "decoder.2" has outputs, got 2.',
    );
    for (const wrong of [names.slice(1), [...names, "x"], [...names.slice(1), "encoder.2"], names.map(() => 1)]) {
      await expect(sizes(AUTOENCODER, wrong as string[])).rejects.toThrow(
        /layers must hold each of \["encoder.0", "encoder.2", "decoder.0", "decoder.2"\] once, got \[/,
      );
    }
    await expect(sizes(AUTOENCODER, "encoder.0" as never)).rejects.toThrow('once, got "encoder.0".');
  });

  it("are refused in a moment where there are too many ways to try", async () => {
    const square = (count: number) => Array.from({ length: count }, (_, i): Layer => [`${"ab"[i % 2]}${i}x`, 4, 4]);
    const impossible = [...square(60), ["last", 5, 5] as Layer];
    for (const layers of [impossible, square(400)]) {
      await expect(sizes(layers)).rejects.toThrow("of one possible order, got several for");
    }
  });

  it("with a name twice are refused", async () => {
    await expect(
      sizes([
        ["0", 2, 2],
        ["0.", 2, 2],
      ]),
    ).rejects.toThrow("must");
    const tensor = (name: string) => ({ name, shape: [2, 2], data: new Float32Array(4) });
    const bytes = encodeSafetensors([tensor("0.weight"), tensor("0weight")]);
    await expect(MLP.fromSafetensors(bytes)).rejects.toThrow('must name each layer once, got ["0"].');
  });

  it("control: the alphabet, which was once the order, turns these round", () => {
    const alphabet = [...AUTOENCODER].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name]) => name);
    expect(alphabet).not.toEqual(AUTOENCODER.map(([name]) => name));
    expect(alphabet[0]).toBe("decoder.0");
  });
});

describe("what is no Linear layer", () => {
  it("is named, with what to do: a BatchNorm by its mean, though its counter is of another type", async () => {
    const batchNorm = ["weight", "bias", "running_mean", "running_var"].map((part) => ({
      name: `1.${part}`,
      shape: [4],
      data: new Float32Array(4),
    }));
    const linear = { name: "0.weight", shape: [4, 2], data: new Float32Array(8) };
    const bytes = encodeSafetensors([linear, ...batchNorm]);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length)).trim();
    const end = bytes.length - 8 - length;
    const counter = `,"1.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[${end},${end + 8}]}}`;
    const head = new TextEncoder().encode(header.slice(0, -1) + counter);
    const whole = new Uint8Array(8 + head.length + end + 8);
    new DataView(whole.buffer).setBigUint64(0, BigInt(head.length), true);
    whole.set(head, 8);
    const said =
      'MLP.fromSafetensors: the file must hold weights and biases of Linear layers alone, got ["1.running_mean", "1.running_var", "1.num_batches_tracked"]. Fold a BatchNorm into the Linear before it (torch.nn.utils.fusion.fuse_linear_bn_eval) and save its layers alone.';
    await expect(MLP.fromSafetensors(whole)).rejects.toThrow(said);
    // A LayerNorm has a weight and a bias.
    await expect(MLP.fromSafetensors(encodeSafetensors([linear, ...batchNorm.slice(0, 2)]))).rejects.toThrow(
      /must hold "1.weight" as \[outputs, inputs\], got \[4\]\. Fold a BatchNorm/,
    );
  });
});
