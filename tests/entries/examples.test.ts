/** Every example runs as its reader would run it, and its output holds what it claims. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = `${root}examples/`;

/** Pieces that examples are made of: they print nothing themselves. */
const PIECES = ["card", "contour", "load-digits", "pictures", "progress"];

/** Examples with a suite of their own: tests/entries/service.test.ts. */
const ELSEWHERE = ["service"];

/** Data that the project does not hold, by example. */
const NEEDS: Record<string, string> = { titanic: `${root}../shared/data/tabular/titanic.csv` };

async function run(name: string, ...args: string[]): Promise<string> {
  const command = ["--import", "tsx", `examples/${name}.ts`, ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: root });
  return stdout;
}

/** The numbers on the line that begins with `name`. */
function numbersAfter(output: string, name: string): number[] {
  const line = output.split("\n").find((candidate) => candidate.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no line begins with ${JSON.stringify(name)} in:\n${output}`);
  return [...line.slice(name.length).matchAll(/-?\d+(\.\d+)?/g)].map(([digits]) => Number(digits));
}

function checkXor(output: string): void {
  const losses = [...output.matchAll(/^epoch +\d+ {2}loss (\d\.\d{4})$/gm)]
    .map(([, loss]) => Number(loss))
    .slice(0, 10);
  expect(losses).toHaveLength(10);
  for (let i = 1; i < losses.length; i++) expect(losses[i]).toBeLessThan(losses[i - 1]);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(losses[1]).toBeLessThan(0.1);
  expect(losses[9]).toBeLessThan(0.005);
  expect(output.split("\n")).toContain("Predictions: [0 1 1 0]");
}

function checkDigits(output: string): void {
  const accuracy = Number(/^Test accuracy: (\d\.\d{4})$/m.exec(output)?.[1]);
  expect(accuracy).toBeGreaterThanOrEqual(0.97);
  // The table is a second witness: its diagonal is that accuracy, of a fifth of 1,797 rows.
  const table = [...output.matchAll(/^ {6}\d ((?: +(?:\d+|\.)){10})$/gm)].map(([, row]) =>
    row
      .trim()
      .split(/ +/)
      .map((cell) => (cell === "." ? 0 : Number(cell))),
  );
  expect(table).toHaveLength(10);
  const total = table.flat().reduce((sum, count) => sum + count);
  expect(total).toBe(359);
  expect(table.reduce((sum, row, digit) => sum + row[digit], 0) / total).toBeCloseTo(accuracy, 4);
  expect(output).toContain(`Saved and reloaded: all ${359 * 10 * 4} bytes of its predictions are equal.`);
}

/** Tags opened and closed in order, attributes quoted, no stray < or &, one svg around all. */
function checkSvg(svg: string): void {
  const open: string[] = [];
  const tag = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/g;
  const rest = svg.replace(tag, (_, closes, name, _attributes, empty) => {
    if (closes) expect(open.pop()).toBe(name);
    else {
      expect(open.length === 0).toBe(name === "svg");
      if (!empty) open.push(name);
    }
    return "";
  });
  expect(open).toEqual([]);
  expect(rest).not.toMatch(/[<>]|&(?!(amp|lt|gt|quot|apos);)/);
  expect(svg).not.toMatch(/NaN|Infinity|undefined|(href|src)=|url\((?!#)/);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
}

function checkTitanic(output: string): void {
  const [rows, accuracy] = /^(\d+) passengers never seen: (\d\.\d{3}) /.exec(output)!.slice(1).map(Number);
  expect(Math.abs(rows - 891 / 5)).toBeLessThanOrEqual(2);
  expect(accuracy).toBeGreaterThanOrEqual(0.75);
  const [mean, deviation] = numbersAfter(output, "Five folds:");
  expect(mean).toBeGreaterThanOrEqual(0.8);
  expect(deviation).toBeLessThan(0.05);
  expect(output.split("\n")).toContain("Not read: cabin (identifier), name (identifier), ticket (identifier)");
  const drops = [...output.matchAll(/^Without (\w+) the accuracy falls by (-?\d\.\d{3})$/gm)];
  const [names, falls] = [drops.map(([, name]) => name), drops.map(([, , fall]) => Number(fall))];
  expect(names[0]).toBe("sex");
  expect(falls[0]).toBeGreaterThan(0.1);
  expect([...names].sort()).toEqual(["age", "embarked", "fare", "parch", "pclass", "sex", "sibsp"]);
  expect([...falls].sort((a, b) => b - a)).toEqual(falls);
  const [label, drowned, saved] = /^Rose: (\d) \{ '0': (\S+), '1': (\S+) \}$/m.exec(output)!.slice(1).map(Number);
  expect(label).toBe(1);
  expect(saved).toBeGreaterThan(0.8);
  expect(drowned + saved).toBeCloseTo(1, 6);
  expect(numbersAfter(output, "All of this in")[0]).toBeGreaterThan(4 * (13 * 64 + 65 * 2));
}

const CLAIMS: Record<string, (output: string) => void> = {
  xor: checkXor,
  digits: checkDigits,
  titanic: checkTitanic,

  iris(output) {
    const scores = numbersAfter(output, "accuracy by fold");
    expect(scores).toHaveLength(6);
    expect(scores[5]).toBeGreaterThanOrEqual(0.93);
    expect(scores.slice(0, 5).reduce((sum, score) => sum + score) / 5).toBeCloseTo(scores[5], 2);
    const found = ["setosa", "versicolor", "virginica"].map((name) => numbersAfter(output, `  ${name}`)[0]);
    expect(found.reduce((sum, probability) => sum + probability)).toBeCloseTo(1, 2);
    expect(output).toContain("\nvirginica:\n");
    expect(found[2]).toBe(Math.max(...found));
  },

  activations(output) {
    for (const name of ["relu", "sigmoid", "tanh"]) expect(numbersAfter(output, name)[3]).toBeGreaterThan(0.9);
    expect(numbersAfter(output, "identity")[3]).toBeLessThan(0.75);
  },

  initializers(output) {
    const [small, unit, xavier, he] = ["gaussian, 0.01", "gaussian, 1", "xavier", "he"].map((name) =>
      numbersAfter(output, name),
    );
    expect(small[1]).toBeCloseTo(Math.log(10), 2);
    expect(unit[0]).toBeGreaterThan(100);
    expect(he[1]).toBeLessThan(xavier[1]);
    expect(xavier[1]).toBeLessThan(unit[1]);
    expect(unit[1]).toBeLessThan(small[1]);
  },

  "learning-rates"(output) {
    const rows = ["stepDecay", "exponentialDecay", "inverseTimeDecay", "cosineDecay", "warmup, cosine", "your own"];
    const constant = numbersAfter(output, "constant");
    expect(constant.slice(0, 4)).toEqual([0.15, 0.15, 0.15, 0.15]);
    expect(numbersAfter(output, "stepDecay").slice(0, 4)).toEqual([0.15, 0.15, 0.075, 0.0375]);
    expect(numbersAfter(output, "warmup, cosine")[0]).toBe(0.05);
    for (const name of rows) expect(numbersAfter(output, name)[4]).toBeLessThan(constant[4]);
  },

  minibatches(output) {
    const rates = [...output.matchAll(/rate (\S+) {2}loss (\S+)/g)].map(([, rate, loss]) => [
      Number(rate),
      Number(loss),
    ]);
    expect(rates.map(([rate]) => rate)).toEqual([0.1, 0.05, 0.025, 0.0125]);
    expect(rates[3][1]).toBeLessThan(rates[0][1] / 10);
    expect(output).toContain(`${20 * Math.ceil((1797 - 359) / 64)} updates`);
    expect(Number(/test accuracy: (\S+)/.exec(output)?.[1])).toBeGreaterThan(0.95);
  },

  "multi-label"(output) {
    for (const name of ["even", "above four", "has a loop"])
      expect(numbersAfter(output, name)[0]).toBeGreaterThan(0.95);
    const [digit, even, above, loop] = numbersAfter(output, "The first is a");
    const truth = [digit % 2 === 0, digit > 4, [0, 6, 8, 9].includes(digit)].map(Number);
    expect([even, above, loop].map(Math.round)).toEqual(truth);
  },

  regression(output) {
    expect(Number(/r2 (\S+)/.exec(output)?.[1])).toBeGreaterThan(0.99);
    const [saddle, ridge] = [...output.matchAll(/\) = (\S+) \(exactly/g)].map(([, value]) => Number(value));
    expect(Math.abs(saddle)).toBeLessThan(0.05);
    expect(Math.abs(ridge - 1)).toBeLessThan(0.05);
  },

  regularization(output) {
    const [none, l2, l1] = ["{}", "{l2:0.01}", "{l1:0.001}"].map((name) => numbersAfter(output, name));
    expect(none[0]).toBeLessThan(2);
    expect(l1[0]).toBeGreaterThan(50);
    expect(l1[0]).toBeGreaterThan(5 * l2[0]);
    expect(l2[1]).toBeLessThan(none[1] / 2);
  },

  "save-and-load"(output) {
    expect(output).toContain(`for ${65 * 32 + 33 * 10} parameters`);
    expect(output).toContain("Loaded: the same bytes\nTrained on: the same bytes\n");
    expect(output).toMatch(/^One bit turned: MLP\.load: .*checksum/m);
  },
};

describe("each example's output holds its claim", () => {
  for (const [name, check] of Object.entries(CLAIMS)) {
    const isAbsent = name in NEEDS && !existsSync(NEEDS[name]);
    it.skipIf(isAbsent)(isAbsent ? `${name}: its data is not here` : name, async () => check(await run(name)));
  }

  it("titanic says in a sentence that its data is not there, and ends well", async () => {
    expect(await run("titanic", "nowhere.csv")).toBe(
      "titanic.csv is no part of this project: pass your own, npx tsx examples/titanic.ts PATH.\n",
    );
  });
});

describe("the demo", () => {
  it("runs both problems and draws the same bytes as the pictures committed", async () => {
    const files = ["loss.svg", "xor.svg"].map((name) => `${folder}output/${name}`);
    const committed = files.map((file) => readFileSync(file));
    try {
      for (const file of files) rmSync(file);
      const output = await run("demo");
      checkXor(output);
      checkDigits(output);
      for (const [i, file] of files.entries()) {
        expect(output).toContain(`Wrote ${file.slice(root.length)}`);
        const drawn = readFileSync(file);
        checkSvg(drawn.toString());
        expect(drawn.length).toBeLessThan(60_000);
        expect(drawn.equals(committed[i]), `${file} is drawn as it is committed (else: npm start, and commit)`).toBe(
          true,
        );
      }
    } finally {
      // A picture that came out differently must not be taken for the committed one by the next run.
      for (const [i, file] of files.entries()) writeFileSync(file, committed[i]);
    }
  });
});

describe("the files", () => {
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));

  it("are all examples with a claim here or a suite of their own, pieces, or the demo", () => {
    const known = [...Object.keys(CLAIMS), ...ELSEWHERE, ...PIECES, "demo"].sort();
    expect(names.map((name) => name.slice(0, -3)).sort()).toEqual(known);
  });

  it("are short: under 40 lines, the pictures under 130", () => {
    for (const name of names) {
      const lines = readFileSync(folder + name, "utf8")
        .trimEnd()
        .split("\n").length;
      expect(lines, name).toBeLessThan(name === "pictures.ts" ? 130 : 40);
    }
  });

  it("import the library by its name, Node, three packages and each other", () => {
    for (const name of names) {
      for (const specifier of importsOf(readFileSync(folder + name, "utf8"))) {
        expect(isAllowed(specifier), `${name} imports ${specifier}`).toBe(true);
      }
    }
  });

  function importsOf(source: string): string[] {
    const statements = /^import (?:[^";]*from )?"([^"]+)"|^export [^";=(]*from "([^"]+)"|\bimport\("([^"]+)"\)/gm;
    return [...source.matchAll(statements)].map(([, ...found]) => found.find((specifier) => specifier) as string);
  }

  function isAllowed(specifier: string): boolean {
    if (specifier.startsWith("./")) return existsSync(folder + specifier.slice(2).replace(/\.js$/, ".ts"));
    return /^(wasmlp|node:[a-z_/]+|csv-parse(\/sync)?|cli-progress|fastify)$/.test(specifier);
  }

  it("control: the import check sees what it must refuse", () => {
    const source =
      'import a from "node:fs";\nimport {\n  b,\n} from "../src/mlp.js";\nimport "lodash";\nexport { c } from "other";\nawait import("./gone.js");\n';
    expect(importsOf(source)).toEqual(["node:fs", "../src/mlp.js", "lodash", "other", "./gone.js"]);
    expect(importsOf(source).map(isAllowed)).toEqual([true, false, false, false, false]);
  });
});

describe("control: wrong outputs are refused", () => {
  it("control: digits with accuracy 0.5, with unequal bytes, with a table that tells another tale", async () => {
    const right = await run("digits");
    checkDigits(right);
    for (const wrong of [
      right.replace(/Test accuracy: \S+/, "Test accuracy: 0.5000"),
      right.replace(/Test accuracy: \S+/, "Test accuracy: 0.9999"),
      right.replace(/Saved and reloaded.*/, ""),
      right.replace(/^ {6}3 .*$/m, `      3 ${"   .".repeat(10)}`),
      "",
    ]) {
      expect(wrong).not.toBe(right);
      expect(() => checkDigits(wrong)).toThrow();
    }
  });

  it("control: XOR with a loss that rises, or other predictions", async () => {
    const right = await run("xor");
    checkXor(right);
    for (const wrong of [
      right.replace(/epoch 500 {2}loss \S+/, "epoch 500  loss 0.5000"),
      right.replace("[0 1 1 0]", "[0 1 1 1]"),
      right.replace("[0 1 1 0]", "[0 1 1 0] or so"),
    ]) {
      expect(wrong).not.toBe(right);
      expect(() => checkXor(wrong)).toThrow();
    }
  });

  it.skipIf(!existsSync(NEEDS.titanic))(
    "control: Titanic with folds too bad, a column lost, another order",
    async () => {
      const right = await run("titanic");
      checkTitanic(right);
      for (const wrong of [
        right.replace(/Five folds: \S+/, "Five folds: 0.799"),
        right.replace(/never seen: \S+/, "never seen: 0.616"),
        right.replace(/^Without age.*\n/m, ""),
        right.replace(/^(Without sex.*\n)(Without.*\n)/m, "$2$1"),
        right.replace("cabin (identifier), ", ""),
        right.replace("Rose: 1", "Rose: 0"),
      ]) {
        expect(wrong).not.toBe(right);
        expect(() => checkTitanic(wrong)).toThrow();
      }
    },
  );

  it("control: pictures that are not well-formed", () => {
    const right = readFileSync(`${folder}output/xor.svg`, "utf8");
    checkSvg(right);
    for (const wrong of [
      right.replace("</text>", ""),
      right.replace("</title>", "</text>"),
      right.replace("probability", "R&D"),
      right.replace('fill="#fff"', "fill=#fff"),
      right.replace(/M\d+/, "MNaN"),
      `${right}<g/>`,
      right.slice(0, -8),
    ]) {
      expect(wrong).not.toBe(right);
      expect(() => checkSvg(wrong)).toThrow();
    }
  });
});
