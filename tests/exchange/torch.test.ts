/** State dicts that torch.save wrote: what PyTorch answers is what we answer; nothing of a file runs. */
import { describe, expect, it } from "vitest";
import { refuser } from "../../src/exchange/refuser.js";
import { ZipFile } from "../../src/exchange/zip-file.js";
import { fromTorch, type TorchOptions } from "../../src/migrate.js";
import { answersElsewhere, differenceFrom, elsewhere, filesElsewhere } from "./elsewhere.js";
import { zip } from "./zip.js";

const LINEAR = { activation: "relu", output: "linear" } as const;
const sentence = (bytes: Uint8Array, options: TorchOptions<never> = {}) =>
  fromTorch(bytes, options).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe("a file", () => {
  const names = filesElsewhere(/\.pt$/).filter((name) => name in answersElsewhere);

  it.each(names)("%s answers as PyTorch does", async (name) => {
    const { net } = await fromTorch(elsewhere(name), LINEAR);
    expect(net.layers).toEqual([4, 6, 3]);
    expect(differenceFrom(answersElsewhere[name], net as never)).toBeLessThanOrEqual(1e-6);
  });

  it("control: another file's answers are not these", async () => {
    const { net } = await fromTorch(elsewhere("older.pt"), LINEAR);
    expect(differenceFrom(answersElsewhere["state-dict.pt"], net as never)).toBeGreaterThan(1e-2);
  });

  it("of several things has the state dict under a key, or the only one", async () => {
    const nets = [{}, { key: "model_state_dict" }].map((more) =>
      fromTorch(elsewhere("checkpoint.pt"), { ...LINEAR, ...more }),
    );
    const [alone, asked] = await Promise.all(nets);
    expect(alone.net.save()).toEqual(asked.net.save());
  });

  it("takes names in order, and a seed", async () => {
    const { net } = await fromTorch(elsewhere("state-dict.pt"), { ...LINEAR, layers: ["0", "2"], seed: 7 });
    expect(net.layers).toEqual([4, 6, 3]);
  });
});

/** A pickle of a dict of one thing, which is told by opcodes: `h` is what it holds. */
const pickle = (...codes: (number | string)[]) =>
  Uint8Array.from(codes.flatMap((code) => (typeof code === "string" ? [...Buffer.from(code)] : [code])));
const archive = (data: Uint8Array, more: Record<string, Uint8Array> = {}) => zip({ "a/data.pkl": data, ...more });
const PROTO = [0x80, 2];

/** `[{"0.weight": tensor}]` of a storage of four numbers, with what comes in its place. */
function tensorFile(
  change: {
    [key in "offset" | "count" | "bytes"]?: number;
  } & { shape?: number[]; strides?: number[]; global?: string; lazy?: string },
) {
  const { offset = 0, shape = [2, 2], strides = [2, 1], count = 4, global = "FloatStorage", bytes = 16 } = change;
  const int = (value: number) => ["J", value & 255, (value >> 8) & 255, (value >> 16) & 255, value >> 24];
  const tuple = (values: number[]) => ["(", ...values.flatMap(int), "t"];
  const text = (value: string) => ["X", value.length, 0, 0, 0, value];
  const storage = [
    "(",
    ...text("storage"),
    `ctorch\n${global}\n`,
    ...text("0"),
    ...text("cpu"),
    ...int(count),
    "t",
    "Q",
  ];
  const lazy = change.lazy ? ["}", ...text(change.lazy), 0x88, "s"] : [];
  const args = ["(", ...storage, ...int(offset), ...tuple(shape), ...tuple(strides), 0x89, "N", ...lazy, "t"];
  const rebuilt = ["ctorch._utils\n_rebuild_tensor_v2\n", ...args, "R"];
  const data = pickle(...PROTO, "}", ...text("0.weight"), ...rebuilt, "s", ".");
  return archive(data, { "a/data/0": new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer, 0, bytes) });
}

describe("refusals", () => {
  const state = "Save the state dict: torch.save(model.state_dict(), path)";
  it.each([
    [
      "module.pt",
      'hold a state dict: tensors by name, got the Python object "torch.nn.modules.container.Sequential", which is not run here. Save its tensors alone: torch.save(model.state_dict(), path)',
    ],
    ["script.pt", `hold a state dict, got a module of TorchScript. ${state}`],
    [
      "batch-norm.pt",
      'hold weights and biases of Linear layers alone, got ["1.running_mean", "1.running_var", "1.num_batches_tracked"]. Fold a BatchNorm into the Linear before it (torch.nn.utils.fusion.fuse_linear_bn_eval) and save its layers alone',
    ],
    [
      "float64.keras",
      `hold a state dict that torch.save wrote, got an archive of ["metadata.json", "config.json", "model.weights.h5"]. ${state}`,
    ],
    ["weights-only.h5", `be what torch.save writes, got 10512 bytes that are not. ${state}`],
  ])("%s", async (name, wrong) => {
    expect(await sentence(elsewhere(name))).toBe(`fromTorch: the file must ${wrong}.`);
  });

  it("a pickle that would run something, by its name, in whatever way it says it", async () => {
    const call = ["(", "X", 2, 0, 0, 0, "id", "t", "R", "."];
    const [named, stacked] = [
      pickle(...PROTO, "cos\nsystem\n", ...call),
      pickle(0x80, 4, 0x8c, 2, "os", 0x8c, 6, "system", 0x93, ...call),
    ];
    for (const data of [named, stacked]) {
      expect(await sentence(archive(data))).toBe(
        'fromTorch: the file must hold a state dict: tensors by name, got the Python object "os.system", which is not run here. Save its tensors alone: torch.save(model.state_dict(), path).',
      );
    }
    for (const [code, shown] of [
      ["i", "i"],
      ["o", "o"],
      [0x81, "\u0081"],
      [0x92, "\u0092"],
      [0x82, "\u0082"],
    ] as const) {
      expect(await sentence(archive(pickle(...PROTO, "(", code, ".")))).toBe(
        `fromTorch: the file must be a pickle of a state dict, got opcode ${JSON.stringify(shown)} at 3.`,
      );
    }
    const reach = pickle(...PROTO, "c__builtin__\neval\n", ".");
    expect(await sentence(archive(reach))).toContain('the Python object "__builtin__.eval"');
    expect(await sentence(archive(pickle(...PROTO, "ctorch\nconstructor\n", ".")))).toContain('"torch.constructor"');
  });

  it.each([
    ["no end", pickle(...PROTO, "}"), "be a whole pickle, got one that ends too soon"],
    ["nothing to take", pickle(...PROTO, "."), "be a whole, undamaged pickle, got nothing that fits before byte 3"],
    [
      "nothing remembered",
      pickle(...PROTO, "h", 7, "."),
      "be a whole, undamaged pickle, got nothing that fits before byte 4",
    ],
    ["no mark", pickle(...PROTO, "}", "u", "."), "be a whole, undamaged pickle, got nothing that fits before byte 4"],
    ["a list", pickle(...PROTO, "]", "."), `hold a state dict, got []. ${state}`],
    [
      "an empty dict",
      pickle(...PROTO, "}", "."),
      `hold a state dict, got a dict of [], in which not all are tensors. ${state}`,
    ],
    ["a list in itself", pickle(...PROTO, "]", "q", 0, "h", 0, "a", "."), `hold a state dict, got [[...]]. ${state}`],
    ["many steps", new Uint8Array(300_000).fill(0x4e), "be a pickle of fewer than 131072 steps, got more"],
  ])("a pickle with %s", async (_, data, wrong) => {
    expect(await sentence(archive(data))).toBe(`fromTorch: the file must ${wrong}.`);
  });

  it.each([
    ["numbers beyond the storage", { offset: 1 }, 'hold all of "0.weight", got 16 bytes'],
    ["strides beyond it", { strides: [3, 1] }, 'hold all of "0.weight", got 16 bytes'],
    ["fewer bytes than announced", { bytes: 8 }, 'hold all of "0.weight", got 8 bytes'],
    [
      "a shape that lies",
      { shape: [2 ** 30, 2 ** 30], strides: [0, 0] },
      /^hold its tensors' numbers \(\d+ bytes\), got 1152921504606847000 numbers$/,
    ],
    [
      "a negative size",
      { shape: [-2, 2] },
      "describe tensors by storage, offset, shape and strides, got [a PickleStorage, 0, [...], [...]]",
    ],
    ["a sign that is to be turned", { lazy: "neg" }, 'hold tensors as they lie, got ["neg"]'],
    ["whole numbers", { global: "IntStorage" }, 'hold floats in "0.weight", got a IntStorage'],
    ["a storage of no type", { global: "StringStorage" }, /the Python object "torch.StringStorage"/],
    ["another rank", { shape: [4], strides: [1] }, /^hold "0.weight" as \[outputs, inputs\], got \[4\]/],
  ])("a tensor with %s", async (_, change, wrong) => {
    const got = (await sentence(tensorFile(change as object))).replace(/^fromTorch: the file must (.*)\.$/s, "$1");
    if (typeof wrong === "string") expect(got).toBe(wrong);
    else expect(got).toMatch(wrong);
  });

  it("the same tensor as it should be is read", async () => {
    const { net } = await fromTorch(tensorFile({}), { output: "linear" });
    expect([...net.parameters()[0].weights]).toEqual([1, 3, 2, 4]);
    expect(await sentence(tensorFile({ strides: [1, 2] }))).toBe("accepted");
  });

  it("options outside their domain", async () => {
    const bytes = elsewhere("state-dict.pt");
    await expect(fromTorch(bytes, { key: 1 } as never)).rejects.toThrow("fromTorch: key must be text, got 1.");
    await expect(fromTorch(bytes, { keys: "a" } as never)).rejects.toThrow(
      'fromTorch: the options must be among activation, output, seed, layers, key, got "keys".',
    );
    await expect(fromTorch(bytes, { key: "model" })).rejects.toThrow(
      'fromTorch: the file must hold a state dict under "model", got ["0.weight", "0.bias", "2.weight", "2.bias"].',
    );
    await expect(fromTorch(bytes, { activation: "reluu" as never })).rejects.toThrow(/^fromTorch: activation must be/);
    await expect(fromTorch("state.pt" as never)).rejects.toThrow(
      'fromTorch: bytes must be a Uint8Array, got "state.pt".',
    );
  });
});

describe("archives", () => {
  const refuse = refuser("read", "file");
  const read = async (bytes: Uint8Array, name = "a") => {
    try {
      return Buffer.from(await new ZipFile(bytes, refuse).read(name)).toString();
    } catch (error) {
      return (error as Error).message;
    }
  };
  const data = new Uint8Array(Buffer.from("some text, some text, some text"));

  it("stored and deflated, behind other bytes or not", async () => {
    expect(await read(zip({ a: data }))).toBe(Buffer.from(data).toString());
    expect(await read(zip({ b: data, a: data }, true))).toBe(Buffer.from(data).toString());
  });

  it.each([
    ["another name", zip({ b: data }), 'hold "a", got ["b"]'],
    [
      "a bit flipped",
      zip({ a: data }).map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
      'hold "a" whole and undamaged, got another checksum',
    ],
    ["cut", zip({ a: data }).slice(0, -9), /^end in the directory of its archive, got \d+ bytes without$/],
    [
      "a name twice",
      zip([
        ["a", data],
        ["a", data],
      ]),
      'list each file once, got "a"',
    ],
    ["a bomb", zip({ a: new Uint8Array(30 << 20) }, true), /^unpack to \d+ bytes at most, got 31457280$/],
    ["more than it announces", zip({ a: data }, true, 5), 'hold "a" whole and undamaged, got more than it announces'],
    ["less than it announces", zip({ a: data }, true, 500), 'hold "a" whole and undamaged, got less than it announces'],
  ] as [string, Uint8Array, string | RegExp][])("%s", async (_, bytes, wrong) => {
    const got = (await read(bytes)).replace(/^read: the file must (.*)\.$/s, "$1");
    if (typeof wrong === "string") expect(got).toBe(wrong);
    else expect(got).toMatch(wrong);
  });
});
