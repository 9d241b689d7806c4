/** Networks of brain.js: what it answered is what we answer; what we could not answer is refused, and so is damage. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromBrain } from "../../src/exchange/brain.js";
import { Random } from "../../src/ground/random.js";
import { readmeFigures } from "../claims.js";

/** How far off an answer may be: the README says it. */
const [BOUND] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);

type Answer = number[] | Record<string, number>;
interface Recorded {
  version: string;
  title: string;
  // biome-ignore lint/suspicious/noExplicitAny: a file of another library, to be pulled about.
  network: any;
  rows: Answer[];
  answers: Answer[];
}
// scripts/record-brain.mjs recorded them.
const { records } = JSON.parse(readFileSync(new URL("../records/brain.json", import.meta.url), "utf8")) as {
  records: Recorded[];
};
const recorded = (version: string, title: string) =>
  structuredClone(records.find((record) => record.version === version && record.title === title) as Recorded);
const VERSIONS = ["2.0.0-beta.24", "1.6.1"];
const [LISTS, NODES] = VERSIONS.map((version) => recorded(version, "named").network);

const ACTIVATIONS = {
  sigmoid: (sum: number) => 1 / (1 + Math.exp(-sum)),
  relu: (sum: number) => Math.max(0, sum),
  tanh: Math.tanh,
  "leaky-relu": (sum: number) => Math.max(sum, 0.01 * sum),
  linear: (sum: number) => sum,
};

/** The network's answer to a row, computed naively from the file of either form. */
function naive(network: Recorded["network"], row: ArrayLike<number>, hidden = ACTIVATIONS.sigmoid, output = hidden) {
  let values = Array.from(row);
  let names = Object.keys(network.layers[0] ?? {});
  network.layers.slice(1).forEach((layer: Recorded["network"], l: number) => {
    const activation = l + 2 < network.layers.length ? hidden : output;
    const nodes: { bias: number; weights: number[] }[] = Array.isArray(layer.biases)
      ? layer.biases.map((bias: number, node: number) => ({ bias, weights: layer.weights[node] }))
      : Object.values<Recorded["network"]>(layer).map(({ bias, weights }) => ({
          bias,
          weights: names.map((name) => weights[name]),
        }));
    values = nodes.map(({ bias, weights }) => activation(weights.reduce((sum, w, i) => sum + w * values[i], bias)));
    names = Object.keys(layer);
  });
  return values;
}

/** A row or an answer as numbers, absent names being 0. */
const numbers = (answer: Answer, names: readonly string[] | undefined): number[] =>
  Array.isArray(answer) ? answer : (names as readonly string[]).map((name) => answer[name] ?? 0);

/** The largest difference of our answers from those recorded. */
async function difference({ network, rows, answers }: Recorded): Promise<number> {
  const { net, inputs, outputs } = await fromBrain(network);
  const differences = rows.flatMap((row, r) => {
    const wanted = numbers(answers[r], outputs);
    return Array.from(net.predictProba([numbers(row, inputs)]), (value, o) => Math.abs(value - wanted[o]));
  });
  return Math.max(...differences);
}

const sentence = (network: unknown) =>
  fromBrain(network as object).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe.each(VERSIONS)("a network of brain.js %s", (version) => {
  it.each(["arrays", "named", "no hidden layer"])("answers what it did: %s", async (title) => {
    const record = recorded(version, title);
    expect(await difference(record)).toBeLessThanOrEqual(BOUND);
    expect(await difference({ ...record, network: JSON.stringify(record.network) })).toBeLessThanOrEqual(BOUND);
  });

  it("tells the names in the order of the model's rows, if there are names", async () => {
    const { net, inputs, outputs } = await fromBrain(recorded(version, "named").network);
    expect([net.layers, net.activation, net.output]).toEqual([[4, 4, 3, 3], "sigmoid", "sigmoid"]);
    expect(inputs).toEqual(["red", "green", "blue", "alpha"]);
    expect(outputs).toEqual(["black", "white", "grey"]);
    expect(Object.keys(await fromBrain(recorded(version, "arrays").network))).toEqual(["net"]);
  });

  it.each(["relu", "tanh", "leaky-relu"] as const)("has %s at its outputs too", async (name) => {
    const { network, rows, answers } = recorded(version, name);
    const { net } = await fromBrain(network);
    // What brain.js computed, not what its activation is called: see below.
    const as = name === "leaky-relu" && version === "1.6.1" ? "relu" : name;
    expect([net.layers, net.activation, net.output]).toEqual([[2, 3, 1], as, as]);
    expect(await difference({ version, title: name, network, rows, answers })).toBeLessThanOrEqual(BOUND * 20);
    const off = (output: (sum: number) => number) =>
      Math.max(
        ...rows.map((row, r) =>
          Math.abs(naive(network, row as number[], ACTIVATIONS[name], output)[0] - (answers[r] as number[])[0]),
        ),
      );
    if (as === name) expect(off(ACTIVATIONS[name])).toBeLessThan(1e-5);
    // Control. No sum of the older version's relu network is negative.
    if (name === "tanh" || version !== "1.6.1") expect(off(ACTIVATIONS.linear)).toBeGreaterThan(1e-3);
  });

  it("control: two names, two weights or a bias in each other's place are noticed", async () => {
    const swaps: ((network: Recorded["network"]) => void)[] = [
      version === "1.6.1"
        ? ({ layers }) => {
            layers[0] = { green: {}, red: {}, blue: {}, alpha: {} };
            const { red, green } = layers[1][0].weights;
            Object.assign(layers[1][0].weights, { red: green, green: red });
          }
        : ({ inputLookup }) => Object.assign(inputLookup, { red: 1, green: 0 }),
      version === "1.6.1"
        ? ({ layers }) => Object.assign(layers[3].black, { bias: layers[3].white.bias })
        : ({ layers }) => layers[3].biases.reverse(),
    ];
    for (const swap of swaps) {
      const record = recorded(version, "named");
      swap(record.network);
      expect(await difference(record)).toBeGreaterThan(1e-3);
    }
  });
});

describe("leaky-relu", () => {
  it("of another slope ends in a layer that changes nothing", async () => {
    const record = recorded("2.0.0-beta.24", "another slope");
    const { net } = await fromBrain(record.network);
    expect([net.layers, net.activation, net.output]).toEqual([[2, 3, 1, 1], { "leaky-relu": 0.2 }, "linear"]);
    expect(await difference(record)).toBeLessThanOrEqual(BOUND);
  });

  it("of before 2.0.0-beta.6 is what those versions computed: alpha times relu", async () => {
    const { network, rows, answers } = recorded("1.6.1", "leaky-relu");
    const theirs = (sum: number) => 0.01 * Math.max(0, sum);
    rows.forEach((row, r) => {
      expect(naive(network, row as number[], theirs)[0]).toBeCloseTo((answers[r] as number[])[0], 4);
    });
  });
});

describe("several networks in a file", () => {
  const file = { xor: LISTS, nand: NODES, about: "two" };

  it("are asked for by key", async () => {
    const { net } = await fromBrain(JSON.stringify(file), { key: "nand" });
    expect(net.save()).toEqual((await fromBrain(NODES)).net.save());
  });

  it("are refused by their keys, and so is another key", async () => {
    expect(await sentence(file)).toBe(
      'fromBrain: the network must be one, got those under ["xor", "nand"]. Pass one of them as key.',
    );
    const error = (key: unknown) => fromBrain(file, { key: key as string }).catch((reason: Error) => reason);
    expect(await error("or")).toEqual(
      new Error('fromBrain: the network must lie under "or", got ["xor", "nand", "about"].'),
    );
    expect(await error(7)).toEqual(new TypeError("fromBrain: key must be text, got 7."));
    await expect(fromBrain(file, { keys: "xor" } as never)).rejects.toThrow(
      'fromBrain: the options must be among key, got "keys".',
    );
  });
});

describe("refusals", () => {
  type Change = (network: Recorded["network"]) => void;
  const faults: [string, object, Change, string][] = [
    ["another kind", LISTS, (n) => Object.assign(n, { type: "LSTM" }), 'be a NeuralNetwork, got "LSTM"'],
    ["one layer", LISTS, (n) => n.layers.splice(1), "hold two layers at least, got [an object]"],
    ["no layers", LISTS, (n) => delete n.layers, "hold two layers at least, got undefined"],
    ["other sizes", LISTS, (n) => n.sizes.fill(2), "have layers of its sizes [2, 2, 2, 2], got [4, 4, 3, 3]"],
    [
      "sizes beyond memory",
      LISTS,
      (n) => n.sizes.fill(2 ** 40),
      `have layers of its sizes [${Array(4)
        .fill(2 ** 40)
        .join(", ")}], got [4, 4, 3, 3]`,
    ],
    [
      "no list of weights",
      LISTS,
      (n) => delete n.layers[1].weights,
      "hold 4 lists of weights in layer 1, got undefined",
    ],
    [
      "a bias too many",
      LISTS,
      (n) => n.layers[3].biases.push(0),
      "hold 4 lists of weights in layer 3, got [[...], [...], [...]]",
    ],
    ["a weight missing", LISTS, (n) => n.layers[2].weights[1].pop(), "hold 4 weights at each node of layer 2, got 3"],
    [
      "no nodes",
      LISTS,
      (n) => Object.assign(n, { sizes: null }, { layers: n.layers.with(2, { biases: [], weights: [] }) }),
      "have nodes in every layer, got none in layer 2",
    ],
    ["NaN", LISTS, (n) => Object.assign(n.layers[1].biases, [Number.NaN]), "hold finite numbers in layer 1, got NaN"],
    [
      "NaN as JSON tells it",
      LISTS,
      (n) => Object.assign(n.layers[2].weights[0], [null]),
      "hold finite numbers in layer 2, got null",
    ],
    [
      "what float32 cannot hold",
      LISTS,
      (n) => Object.assign(n.layers[3].biases, [1e39]),
      "hold finite numbers in layer 3, got 1e+39",
    ],
    [
      "a lookup with a gap",
      LISTS,
      (n) => Object.assign(n.inputLookup, { red: 4 }),
      "number 4 names from 0 in inputLookup, got [4, 1, 2, 3]",
    ],
    [
      "a lookup of fewer",
      LISTS,
      (n) => delete n.outputLookup.grey,
      "number 3 names from 0 in outputLookup, got [0, 1]",
    ],
    [
      "a lookup that is none",
      LISTS,
      (n) => Object.assign(n, { inputLookup: ["red"] }),
      'hold an object or null as inputLookup, got ["red"]',
    ],
    [
      "no object of nodes",
      NODES,
      (n) => Object.assign(n.layers, { 2: 5 }),
      "hold an object of nodes as layer 2, got 5",
    ],
    ["no weights", NODES, (n) => delete n.layers[2][1].weights, 'hold 4 weights at node "1" of layer 2, got undefined'],
    [
      "a weight more",
      NODES,
      (n) => Object.assign(n.layers[2][1].weights, { 9: 0 }),
      'hold 4 weights at node "1" of layer 2, got an object',
    ],
    [
      "a weight of another name",
      NODES,
      (n) => Object.assign(n.layers[1][0], { weights: { red: 1, green: 1, blue: 1, beta: 1 } }),
      "hold finite numbers in layer 1, got undefined",
    ],
    ["no bias", NODES, (n) => delete n.layers[3].white.bias, "hold finite numbers in layer 3, got undefined"],
    [
      "no inputs",
      NODES,
      (n) => Object.assign(n.layers, { 0: {} }),
      'hold 0 weights at node "0" of layer 1, got an object',
    ],
    [
      "another activation",
      NODES,
      (n) => Object.assign(n, { activation: "softplus" }),
      'have the activation sigmoid, relu, leaky-relu or tanh, got "softplus"',
    ],
    [
      "two activations",
      NODES,
      (n) => Object.assign(n.trainOpts, { activation: "relu" }),
      'have one activation, got ["sigmoid", "relu"]',
    ],
    [
      "a slope that is none",
      LISTS,
      (n) => Object.assign(n.trainOpts, { activation: "leaky-relu", leakyReluAlpha: -2 }),
      "have a leakyReluAlpha from 0 to 1, got -2",
    ],
  ];
  it.each(faults)("%s", async (_, network, change, wrong) => {
    const changed = structuredClone(network);
    change(changed);
    expect(await sentence(changed)).toBe(`fromBrain: the network must ${wrong}.`);
  });

  it("text that is no JSON, or more than JSON", async () => {
    const text = JSON.stringify(LISTS);
    for (const [given, wrong] of [
      ["", "a text that ends too soon"],
      [text.slice(0, -1), "a text that ends too soon"],
      [`{"layers":[],"layers":[]}`, 'the key "layers" twice'],
      ["[".repeat(100_000), "more than 32 levels of nesting"],
    ]) {
      expect(await sentence(given)).toBe(`fromBrain: the network must be JSON, got ${wrong}.`);
    }
  });

  it("what is neither text nor an object", async () => {
    for (const [given, shown] of [
      [undefined, "undefined"],
      [null, "null"],
      [[1], "[1]"],
      [new Uint8Array(3), "a Uint8Array of 3 bytes"],
    ]) {
      const error = await fromBrain(given as object).catch((reason) => reason);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(`fromBrain: the network must be what toJSON() gave, or its text, got ${shown}.`);
    }
  });
});

describe("2,000 mutations", () => {
  const ODD = [null, true, -1, 0, 1, 3, 0.5, 1e300, 2 ** 53, "", "relu", "sigmoid", [], {}, [[1]], { length: 3 }];

  /** A copy with one value gone, changed, moved or joined by a `__proto__` of its own. */
  function mutate(tree: object, random: Random): object {
    const pick = <T>(items: readonly T[]) => items[random.word() % items.length];
    const copy = structuredClone(tree);
    const places: [Record<string, unknown>, string][] = [];
    const walk = (value: unknown) => {
      if (typeof value !== "object" || value === null) return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        walk((value as Record<string, unknown>)[key]);
      }
    };
    walk(copy);
    const [[parent, key], [other, otherKey]] = [pick(places), pick(places)];
    const kind = random.word() % 4;
    if (kind === 0) delete parent[key];
    else if (kind === 1) parent[key] = structuredClone(other[otherKey]);
    else if (kind === 2) parent[key] = structuredClone(pick(ODD));
    else Object.defineProperty(parent, "__proto__", { value: { polluted: 1 }, enumerable: true, configurable: true });
    return copy;
  }

  it.each([
    ["lists", LISTS],
    ["nodes", NODES],
  ])("of a file of %s: a sentence or the right model", async (_, network) => {
    const random = new Random(7);
    const row = [0.5, -1, 2, 0.25];
    let accepted = 0;
    for (let i = 0; i < 1000; i++) {
      const mutant = mutate(network, random);
      const text = JSON.stringify(mutant);
      for (const given of [mutant, text]) {
        const outcome = await fromBrain(given).catch((error: Error) => error);
        if (outcome instanceof Error) {
          expect(outcome.message).toMatch(/^fromBrain: the network must [^\n]+, got [^\n]+\.$/);
          continue;
        }
        accepted++;
        const x = row.slice(0, outcome.net.layers[0]);
        const wanted = naive(JSON.parse(text), x, ACTIVATIONS[outcome.net.output as keyof typeof ACTIVATIONS]);
        expect(outcome.net.layers.at(-1)).toBe(wanted.length);
        outcome.net.predictProba([x]).forEach((value, o) => {
          expect(Math.abs(value - wanted[o])).toBeLessThan(1e-6 * Math.max(1, Math.abs(wanted[o])));
        });
      }
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(accepted).toBeGreaterThan(300);
  });

  it("of the text: a sentence or a model", async () => {
    const random = new Random(8);
    const text = JSON.stringify(LISTS);
    let accepted = 0;
    for (let i = 0; i < 2000; i++) {
      const at = random.word() % text.length;
      const mutant =
        text.slice(0, at) + '0-.e"[]{}:,\\ '[random.word() % 13] + text.slice(at + 1 + (random.word() % 3) * 9);
      const outcome = await sentence(mutant);
      if (outcome === "accepted") accepted++;
      else expect(outcome).toMatch(/^fromBrain: the network must [^\n]+, got [^\n]+\.$/);
    }
    // Both happen: a digit or a space may be changed.
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(1900);
  });
});
