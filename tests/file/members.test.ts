/** Files of several networks: what is saved comes back, the same bytes again; what does not fit is refused in a sentence. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { encodeSafetensors } from "../../src/file/write-safetensors.js";
import { Classifier, MLP, Regressor } from "../../src/index.js";
import { loadFile } from "../../src/node.js";
import { resealed } from "../model-mutants.js";

type Row = Record<string, unknown>;

const WORDS = ["a", "b", null];
const ROWS: Row[] = Array.from({ length: 40 }, (_, i) => ({
  n: i % 7,
  word: WORDS[i % 3],
  y: i % 2 ? "yes" : "no",
  z: i / 3,
}));
const without = (name: string) => ROWS.map(({ [name]: _, ...row }) => row);
const OPTIONS = { hidden: [4], epochs: 2, seed: 3 };

const classifier = (ensemble: number) => Classifier.fit(without("z"), { ...OPTIONS, target: "y", ensemble });
const regressor = (ensemble: number) => Regressor.fit(without("y"), { ...OPTIONS, target: "z", ensemble });

const folder = mkdtempSync(join(tmpdir(), "wasmlp-members-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("a model of several networks", () => {
  it.each([1, 2, 5])("comes back from its file, %i networks, also to go on training each", async (count) => {
    for (const [load, model] of [
      [(bytes: Uint8Array) => Classifier.load(bytes), await classifier(count)],
      [(bytes: Uint8Array) => Regressor.load(bytes), await regressor(count)],
    ] as const) {
      expect(model.members).toHaveLength(count);
      for (const options of [{}, { resume: true }]) {
        const file = model.save(options);
        const again = await load(file);
        expect(again.members).toHaveLength(count);
        expect(again.save(options)).toEqual(file);
        expect(again.predict(ROWS)).toEqual(model.predict(ROWS));
        for (const [m, member] of again.members.entries()) {
          expect(member.parameters()).toEqual(model.members[m].parameters());
          expect(member.history).toEqual(model.members[m].history);
        }
      }
    }
  });

  it("has tensors that other readers find, and says nothing of members where there is one", async () => {
    const model = await classifier(3);
    const { tensors, metadata } = decodeSafetensors("test", model.save());
    const own = ["0.weight", "0.bias", "1.weight", "1.bias"];
    expect(tensors.map(({ name }) => name)).toEqual(["", "member1.", "member2."].flatMap((m) => own.map((n) => m + n)));
    for (const [m, prefix] of ["", "member1.", "member2."].entries()) {
      const weight = tensors.find(({ name }) => name === `${prefix}1.weight`);
      expect(weight?.read()).toEqual(model.members[m].parameters()[1].weights);
    }
    const members = JSON.parse(metadata.get("members") as string);
    expect(members.map((member: object) => Object.keys(member))).toEqual(Array(2).fill(["model", "history"]));
    expect(decodeSafetensors("test", (await classifier(1)).save()).metadata.has("members")).toBe(false);
  });

  it("is no network: MLP.load says what to use, loadFile knows", async () => {
    for (const [kind, model, article] of [
      [Classifier, await classifier(2), "classifier"],
      [Regressor, await regressor(2), "regressor"],
    ] as const) {
      await expect(MLP.load(model.save())).rejects.toThrow(
        `MLP.load: the file must hold one network, got 2 of a ${article}. Use ${kind.name}.load: its members are the networks.`,
      );
      const path = join(folder, `${article}.model`);
      writeFileSync(path, model.save());
      const again = (await loadFile(path)) as Classifier;
      expect([again.constructor, again.members.length]).toEqual([kind, 2]);
      await expect(loadFile(path, MLP)).rejects.toThrow("MLP.load: the file must hold one network, got 2 of a");
    }
    // Of one network it still is one, as of every reader of networks.
    const alone = await classifier(1);
    expect((await MLP.load(alone.save())).parameters()).toEqual(alone.net.parameters());
  });
});

/** A file's parts, which a mutant changes. */
interface Parts {
  tensors: { name: string; shape: number[]; data: Float32Array }[];
  metadata: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: what a forger writes there
  members: any;
}

function changed(file: Uint8Array, change: (parts: Parts) => void): Uint8Array {
  const { tensors, metadata } = decodeSafetensors("test", file);
  const parts: Parts = {
    tensors: tensors.map(({ name, shape, read }) => ({ name, shape: [...shape], data: read() })),
    metadata: Object.fromEntries(metadata),
    members: JSON.parse(metadata.get("members") as string),
  };
  change(parts);
  const { members: _, ...rest } = parts.metadata;
  const members = JSON.stringify(parts.members);
  return resealed(encodeSafetensors(parts.tensors, members === undefined ? rest : { ...rest, members }));
}

const tensor = ({ tensors }: Parts, name: string) => tensors.findIndex((own) => own.name === name);

/** Gives the member's last layer, or its first, another width, in its layers and in its tensors. */
function widen({ tensors, members: [{ model }] }: Parts, from: number[], to: number[]): void {
  expect(model.layers).toEqual(from);
  model.layers = to;
  for (const own of tensors) {
    const [, l, kind] = /^member1\.(\d)\.(weight|bias)$/.exec(own.name) ?? [];
    if (!kind) continue;
    const [inputs, outputs] = to.slice(Number(l));
    own.shape = kind === "weight" ? [inputs, outputs] : [outputs];
    own.data = new Float32Array(kind === "weight" ? inputs * outputs : outputs);
  }
}

const MUTANTS: [name: string, change: (parts: Parts) => void, message: RegExp][] = [
  [
    "whose members are an object",
    (p) => Object.assign(p, { members: {} }),
    /a list as members of the file, got an object/,
  ],
  ["whose members are null", (p) => Object.assign(p, { members: null }), /a list as members of the file, got null/],
  ["whose members are none", (p) => p.members.splice(0), /1 to 255 networks as members of the file, got \[\]/],
  ["whose member is a number", (p) => p.members.splice(0, 1, 5), /an object as members\[0\] of the file, got 5/],
  ["whose member is nothing", (p) => p.members.splice(0, 1, {}), /an object as member1\.model, got undefined/],
  [
    "with members of a prototype",
    (p) => p.members.splice(0, 1, Object.fromEntries([["__proto__", p.members[0]]])),
    /an object as member1\.model, got undefined/,
  ],
  [
    "with a member too many",
    (p) => p.members.push(p.members[1]),
    /member3\.0\.weight of shape \[4, 4\], got undefined/,
  ],
  [
    "with thousands of members",
    (p) => Object.assign(p, { members: Array(5000).fill(p.members[0]) }),
    /1 to 255 networks as members of the file, got \[an object, an object, /,
  ],
  [
    "without a tensor of a member",
    (p) => p.tensors.splice(tensor(p, "member2.0.bias"), 1),
    /member2\.0\.bias of shape \[4\], got undefined/,
  ],
  [
    "whose member's tensor is of another shape",
    (p) => p.tensors[tensor(p, "member1.1.weight")].shape.reverse(),
    /member1\.1\.weight of shape \[4, 2\], got \[2, 4\]/,
  ],
  [
    "whose member's numbers are not finite",
    (p) => p.tensors[tensor(p, "member2.1.bias")].data.fill(Number.NaN),
    /finite numbers, got others in member2\.1\.bias/,
  ],
  [
    "whose member has more inputs",
    (p) => widen(p, [4, 4, 2], [5, 4, 2]),
    /output \[4, 2, "softmax"\], got \[5, 2, "softmax"\]/,
  ],
  [
    "whose member has fewer outputs",
    (p) => widen(p, [4, 4, 2], [4, 4, 1]),
    /output \[4, 2, "softmax"\], got \[4, 1, "softmax"\]/,
  ],
  [
    "whose member has another output",
    (p) => Object.assign(p.members[1].model, { output: "linear" }),
    /output \[4, 2, "softmax"\], got \[4, 2, "linear"\]/,
  ],
  [
    "whose member has an unknown output",
    (p) => Object.assign(p.members[1].model, { output: "x" }),
    /output must be one of/,
  ],
  [
    "whose member has no layers",
    (p) => delete p.members[1].model.layers,
    /a list as layers of model of members\[1\] of/,
  ],
  [
    "whose member has no random",
    (p) => delete p.members[0].model.random,
    /a list as random of model of members\[0\] of/,
  ],
  ["without its table", (p) => delete p.metadata.table, /the table of its 3 networks, got none/],
];

describe("a file", () => {
  it.each(MUTANTS)("%s is refused in a sentence", async (_, change, message) => {
    const file = changed((await classifier(3)).save(), change);
    for (const kind of [Classifier, MLP] as { load(bytes: Uint8Array): Promise<unknown> }[]) {
      const error = await kind.load(file).then(
        () => "read",
        (error: Error) => error.message,
      );
      // MLP.load looks at what is there, and then at how many there are.
      const isKnown = message.test(error) || (kind !== Classifier && error.includes("must hold one network"));
      expect([isKnown, error]).toEqual([true, expect.stringMatching(/^(Classifier|MLP)\.load: [^\n]+\.$/)]);
    }
  });

  it("control: one that was taken apart and put together is read", async () => {
    const model = await classifier(3);
    expect((await Classifier.load(changed(model.save(), () => {}))).save()).toEqual(model.save());
  });

  it("of other numbers in a member answers otherwise", async () => {
    const model = await classifier(3);
    const file = changed(model.save(), (p) => p.tensors[tensor(p, "member2.1.bias")].data.fill(3, 0, 1));
    expect((await Classifier.load(file)).predictProba(ROWS)).not.toEqual(model.predictProba(ROWS));
  });

  it("without its members is that of one network", async () => {
    const file = changed((await classifier(3)).save(), (p) => {
      p.members = undefined;
      p.tensors = p.tensors.filter(({ name }) => !name.startsWith("member"));
    });
    expect((await Classifier.load(file)).members).toHaveLength(1);
  });
});
