/** Files of Keras: what its layers compute is what we predict; weights alone, other layers and damage are refused. */
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { refuser } from "../../src/exchange/refuser.js";
import { ZipFile } from "../../src/exchange/zip-file.js";
import { fromKeras } from "../../src/migrate.js";
import { readmeFigures } from "../claims.js";
import { answersElsewhere, differenceFrom, elsewhere, filesElsewhere } from "./elsewhere.js";
import { zip } from "./zip.js";

const [BOUND] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);

const sentence = (bytes: Uint8Array) =>
  fromKeras(bytes).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe("a file", () => {
  const names = filesElsewhere(/\.(keras|h5)$/).filter((name) => name in answersElsewhere);

  it.each(names)("%s answers as its layers do", async (name) => {
    const { net, scaling } = await fromKeras(elsewhere(name));
    const wanted = answersElsewhere[name];
    expect(scaling !== undefined).toBe(wanted.scaling === true);
    expect(differenceFrom(wanted, net as never, scaling)).toBeLessThanOrEqual(wanted.bound ?? BOUND);
  });

  it("has its layers folded: scalings are in the weights, nested layers in the chain", async () => {
    const { net } = await fromKeras(elsewhere("functional.keras"));
    expect([net.layers, net.activation, net.output]).toEqual([
      [6, 5, 4, 2],
      [{ "leaky-relu": 0.2 }, "tanh"],
      "sigmoid",
    ]);
  });

  it("control: one weight of another file is noticed", async () => {
    const bytes = elsewhere("float64.keras").slice();
    const { net } = await fromKeras(elsewhere("float64.keras"));
    const [first] = net.parameters();
    const changed = first.weights.slice();
    changed[0] += 0.01;
    net.setParameters([{ ...first, weights: changed }, ...net.parameters().slice(1)]);
    expect(differenceFrom(answersElsewhere["float64.keras"], net as never)).toBeGreaterThan(1e-4);
    expect(bytes).toEqual(elsewhere("float64.keras"));
  });
});

// biome-ignore lint/suspicious/noExplicitAny: files of another library, to be pulled about.
type Any = any;

/** The file with its configuration changed. */
async function changed(name: string, change: (config: Any, metadata: Any) => unknown): Promise<Uint8Array> {
  const archive = new ZipFile(elsewhere(name), refuser("test"));
  const files: Record<string, Uint8Array> = {};
  for (const each of archive.names) files[each] = await archive.read(each);
  const [config, metadata] = ["config.json", "metadata.json"].map((each) =>
    JSON.parse(Buffer.from(files[each]).toString()),
  );
  change(config, metadata);
  files["config.json"] = new Uint8Array(Buffer.from(JSON.stringify(config)));
  files["metadata.json"] = new Uint8Array(Buffer.from(JSON.stringify(metadata)));
  return zip(files, true);
}

/** Where deflated bytes end that begin at `at`; undefined if none do. */
function endOfDeflated(bytes: Uint8Array, at: number): number | undefined {
  try {
    const { engine } = inflateSync(bytes.subarray(at), { info: true }) as unknown as {
      engine: { bytesWritten: number };
    };
    return at + engine.bytesWritten;
  } catch {
    return undefined;
  }
}

describe("refusals", () => {
  const layer = (config: Any, at: number) => config.config.layers[at];
  const save = 'Save the whole model: model.save("model.keras")';
  it.each([
    [
      "a layer of another class",
      (c) => (layer(c, 3).class_name = "LayerNormalization"),
      /^consist of InputLayer, .* layers, got "b" \(LayerNormalization\)$/,
    ],
    ["a Lambda", (c) => (layer(c, 5).class_name = "Lambda"), /^consist of .*, got "drop" \(Lambda\)$/],
    ["more units", (c) => (layer(c, 2).config.units = 6), 'give "d" (Dense) a kernel of shape [4, 6], got [4, 5]'],
    [
      "units beyond memory",
      (c) => (layer(c, 2).config.units = 2 ** 50),
      `give "d" (Dense) a kernel of shape [4, ${2 ** 50}], got [4, 5]`,
    ],
    [
      "rows beyond memory",
      (c) => (layer(c, 0).config.batch_shape = [null, 2 ** 50]),
      `give "n" (Normalization) a mean of shape [${2 ** 50}], got [4]`,
    ],
    [
      "a layer more",
      (c) => c.config.layers.push({ ...layer(c, 6), config: { ...layer(c, 6).config, name: "d2" } }),
      'hold the weights of "d2" (Dense), got no "layers/dense_2/vars"',
    ],
    [
      "a gain less than the file has",
      (c) => (layer(c, 3).config.axis = 0),
      'normalise the last axis in "b" (BatchNormalization), got 0',
    ],
    [
      "hard_sigmoid of no version",
      (c, m) => {
        layer(c, 2).config.activation = "hard_sigmoid";
        delete m.keras_version;
      },
      'say which hard_sigmoid it has: that of Keras 3 is x/6 + 0.5, that of tfjs 0.2x + 0.5, got one in "d" (Dense)',
    ],
    [
      "a class of its own",
      (c) => (c.class_name = "MyModel"),
      'be Sequential, Model or Functional, got "MyModel". Save the whole model, in the format of layers: model.save(...)',
    ],
  ] as [string, (config: Any, metadata: Any) => unknown, string | RegExp][])("%s", async (_, change, wrong) => {
    const got = (await sentence(await changed("sequential.keras", change))).replace(
      /^fromKeras: the model must (.*)\.$/s,
      "$1",
    );
    if (typeof wrong === "string") expect(got).toBe(wrong);
    else expect(got).toMatch(wrong);
  });

  it("a residual and two inputs, by the layer that joins them", async () => {
    const residual = await changed("functional.keras", ({ config }) => {
      const { args } = config.layers[4].inbound_nodes[0];
      config.layers[4].inbound_nodes[0].args = [[args[0], config.layers[3].inbound_nodes[0].args[0]]];
    });
    expect(await sentence(residual)).toMatch(
      /^fromKeras: the model must be a chain of layers, got "drop" \(Dropout\), which joins 2: \["inner", "f"\]\. A network here is one chain/,
    );
    const inputs = await changed("functional.keras", ({ config }) => {
      config.input_layers = [config.input_layers, ["other", 0, 0]];
    });
    expect(await sentence(inputs)).toBe(
      'fromKeras: the model must have one input, got ["model_input", "other"]. Join them to one row before the model.',
    );
  });

  it("weights alone, other archives and other bytes", async () => {
    expect(await sentence(elsewhere("weights-only.h5"))).toBe(
      `fromKeras: the model must hold a whole model, got weights alone, without model_config. ${save}.`,
    );
    expect(await sentence(elsewhere("state-dict.pt"))).toMatch(
      /^fromKeras: the model must hold "config\.json", got \["[^"]+\/data\.pkl"/,
    );
    expect(await sentence(new Uint8Array(5))).toBe(
      `fromKeras: the model must be a .keras or a .h5 file, got 5 bytes that are neither. ${save}.`,
    );
    await expect(fromKeras("model.keras" as never)).rejects.toThrow(
      'fromKeras: bytes must be a Uint8Array, got "model.keras".',
    );
  });

  it("numbers that are packed otherwise than by gzip", async () => {
    expect(await sentence(elsewhere("lzf.h5"))).toBe(
      'fromKeras: the model must pack its numbers by gzip alone, got filter 32000. Save it as Keras does, or with compression="gzip".',
    );
  });

  it("a chunk whose checksum is another", async () => {
    const whole = elsewhere("all-filters.h5");
    let chunks = 0;
    for (let at = 0; at < whole.length; at++) {
      const end = whole[at] === 0x78 ? endOfDeflated(whole, at) : undefined;
      if (end === undefined) continue;
      chunks++;
      for (const place of [0, 1, 2, 3]) {
        const bytes = whole.slice();
        bytes[end + place] ^= 1 << (chunks & 7);
        expect(await sentence(bytes)).toBe(
          "fromKeras: the model must be a whole, undamaged HDF5 file, got a chunk whose checksum is another.",
        );
      }
    }
    expect(chunks).toBeGreaterThan(3);
  });

  it("control: the file that is only packed anew is read", async () => {
    const { net } = await fromKeras(await changed("sequential.keras", () => {}));
    expect(net.save()).toEqual((await fromKeras(elsewhere("sequential.keras"))).net.save());
  });

  it("every cut of a .h5 file, and every byte of its first 2 KB set: a sentence or a model", async () => {
    const whole = elsewhere("functional-3.h5");
    let read = 0;
    for (let at = 0; at < 2048; at += 3) {
      for (const value of [0, 0xff]) {
        const bytes = whole.slice();
        bytes[at] = value;
        const got = await sentence(bytes);
        if (got === "accepted") read++;
        else expect(got).toMatch(/^fromKeras: the model must [^\n]{3,400}\.$/);
      }
      expect(await sentence(whole.subarray(0, at * 9))).toMatch(/^fromKeras: the model must [^\n]{3,400}\.$/);
    }
    expect(read).toBeGreaterThan(100);
  });
});
