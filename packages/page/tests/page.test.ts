/** The page in Chromium: the whole way with real files, what it takes away opened again, broken files, keyboard, phone, two modes. */

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Classifier, Regressor } from "wasmlp";
import { toOnnx } from "wasmlp/onnx";
import { toModule, toWasm } from "wasmlp/standalone";
import { drop, hasChromium, hasShared, type Log, launch, Place, saved, settled, train, visit } from "./browsers.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const examples = new URL("../../../examples/data/iris.csv", import.meta.url);

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** What axe-core finds. */
async function found(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    return (await axe.run()).violations;
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" ")}`);
}

const upload = (page: Page, name: string, content: string | Buffer, input = "#file") =>
  page.setInputFiles(input, { name, mimeType: "text/csv", buffer: Buffer.from(content) });

/** The page as it begins. */
async function home(page: Page): Promise<Page> {
  await page.getByRole("button", { name: "Your table", exact: true }).click();
  if (await page.getByText("Another table").isVisible()) await page.getByText("Another table").click();
  await page.waitForSelector(".drop");
  return page;
}

describe.skipIf(!hasChromium)("the page (needs Debian's chromium)", () => {
  let [place, browser, shared]: [Place, Browser, Page] = [] as never;
  const logs: Log[] = [];
  const open = async (options: Parameters<typeof visit>[2] = {}, file = place.file) => {
    const visited = await visit(browser, file, options);
    logs.push(visited.log);
    return visited.page;
  };

  beforeAll(async () => {
    [place, browser] = await Promise.all([Place.make(), launch()]);
    // It takes seconds until a page's engine is unpacked: one page does what needs no page of its own.
    shared = await open({ acceptDownloads: true });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    place?.remove();
  });

  it("is one file, small, that names no address", () => {
    const page = readFileSync(place.file, "utf8");
    expect(Buffer.byteLength(page)).toBeLessThanOrEqual(400_000);
    expect(gzipSync(page, { level: 9 }).length).toBeLessThanOrEqual(160_000);
    // What the README and docs/page.md say.
    const figures = [
      ["../../../README.md", /file, of (\d+) KB/],
      ["../../../docs/page.md", /html, (\d+) KB/],
    ] as const;
    for (const [file, figure] of figures) {
      const [, said] = figure.exec(readFileSync(new URL(file, import.meta.url), "utf8"))!;
      expect(Math.abs(Number(said) - Buffer.byteLength(page) / 1000)).toBeLessThan(5);
    }
    expect(page).toContain("default-src 'none'");
    expect(page.match(/<(script|link|img|iframe)[^>]+(src|href)="(?!data:)/g)).toBeNull();
  });

  const SETS = [
    { name: "titanic", path: "tabular/titanic.csv", target: "survived", kind: Classifier },
    { name: "telco", path: "tables/telco.csv.gz", target: "churn", kind: Classifier },
    { name: "ames", path: "tables/ames.csv.gz", target: "Sale_Price", kind: Regressor },
    { name: "iris", path: "tabular/iris.csv", target: "", kind: Classifier },
  ] as const;

  describe.skipIf(!hasShared)("the whole way (needs ../shared/data)", () => {
    it.each(SETS)("$name: dropped, trained, taken away, opened again in Node with equal answers", async (set) => {
      const { text, file, name } = place.table(set.path);
      const page = await home(shared);
      await drop(page, file);
      const [names, ...cells] = parse(text) as string[][];
      const target = set.target || names.at(-1)!;
      await train(page, target);
      const score = await page.locator(".score-value").first().textContent();
      expect(Number.parseFloat(score!.replace("−", "-"))).toBeGreaterThan(0);
      await page.waitForSelector(".bars li");
      await page.waitForSelector(".answer-value");

      const { bytes } = await saved(page, "#take-model");
      const model = await (set.kind as typeof Classifier).load<string>(new Uint8Array(bytes));
      const rows = cells.map((row) => Object.fromEntries(row.map((cell, c) => [names[c], cell])));
      await upload(page, name, text, "#second");
      await page.waitForSelector("#download-answers");
      const answers = parse((await saved(page, "#download-answers")).bytes, { columns: true }) as Record<
        string,
        string
      >[];
      expect(answers.map((row) => row[`predicted ${target}`])).toEqual(model.predict(rows).map(String));
      if (set.kind === Classifier) {
        const own = model.predictProba(rows.slice(0, 50)).map((row) => Object.entries(row));
        const heads = own[0].map(([label]) => `probability of ${label}`);
        const said = answers.slice(0, 50).map((row) => heads.map((head) => Number(row[head])));
        expect(said).toEqual(own.map((row) => row.map(([, probability]) => Math.fround(probability))));
      }
      await checkExports(page, model, rows);
    });
  });

  async function checkExports(page: Page, model: Classifier<string>, rows: readonly object[]): Promise<void> {
    const [module, wasm, onnx] = [
      await saved(page, "#take-module"),
      await saved(page, "#take-wasm"),
      await saved(page, "#take-onnx"),
    ];
    expect(module.bytes.toString()).toBe(toModule(model));
    expect(wasm.bytes.equals(Buffer.from(toWasm(model)))).toBe(true);
    expect(onnx.bytes.equals(Buffer.from(toOnnx(model)))).toBe(true);
    const { predict } = await import(pathToFileURL(place.write(module.name, module.bytes)).href);
    expect(rows.slice(0, 20).map(predict)).toEqual(model.predict(rows.slice(0, 20)));
  }

  it("gives itself away with the model inside: offline, the same answers, the form at once", async () => {
    const iris = readFileSync(examples, "utf8");
    const page = await open({ acceptDownloads: true });
    await upload(page, "iris.csv", iris);
    await train(page, "species", 10);
    const { bytes } = await saved(page, "#take-page");
    const model = await Classifier.load<string>(new Uint8Array((await saved(page, "#take-model")).bytes));
    const twin = await open({ acceptDownloads: true, offline: true }, place.write("with-model.html", bytes));
    await twin.waitForSelector(".answer-value");
    expect(bytes.toString()).not.toContain("setosa,");
    await upload(twin, "iris.csv", iris, "#second");
    await twin.waitForSelector("#download-answers");
    const answers = parse((await saved(twin, "#download-answers")).bytes, { columns: true }) as Record<
      string,
      string
    >[];
    expect(answers.map((row) => row["predicted species"])).toEqual(model.predict(parse(iris, { columns: true })));
    // And once more: the copy of a copy.
    expect((await saved(twin, "#take-page")).bytes.equals(bytes)).toBe(true);
    await twin.context().close();
    await page.context().close();
  });

  it("pauses, goes on, stops; the same seed gives the same bytes", async () => {
    const page = await open({ acceptDownloads: true });
    await page.getByText("Who leaves the club?").click();
    await page.waitForSelector("#train");
    // Longer than the test needs.
    await page.getByText("Settings", { exact: true }).click();
    await page.fill("#epochs", "1500");
    await page.click("#train");
    await page.waitForSelector("progress");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText(/^Paused at/).waitFor();
    // What was said before the engine heard of it is still on its way.
    await page.waitForTimeout(400);
    const where = await page.locator("[role=status]").first().textContent();
    await page.waitForTimeout(150);
    const later = await page.locator("[role=status]").first().textContent();
    expect(later).toBe(where);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByRole("button", { name: "Stop here" }).click();
    await page.waitForSelector(".scores");
    await page.getByText("stopped before its end").waitFor();
    await page.fill("#epochs", "0");
    await train(page, "leaves", 4);
    // A link keeps what was set.
    expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("target")).toBe("leaves");
    await page.evaluate(() => location.replace("#seed=7&epochs=3"));
    await page.reload();
    await page.getByText("Who leaves the club?").click();
    await page.getByText("Settings", { exact: true }).click();
    expect(await page.inputValue("#seed")).toBe("7");
    expect(await page.inputValue("#epochs")).toBe("3");
    await page.fill("#seed", "1");
    await train(page, "leaves", 4);
    const first = (await saved(page, "#take-model")).bytes;
    await train(page, "leaves", 4);
    expect((await saved(page, "#take-model")).bytes.equals(first)).toBe(true);
    await page.context().close();
  });

  it("says a sentence in place of what cannot be done, and goes on living", async () => {
    const page = await home(shared);
    const wide = Array.from({ length: 3000 }, (_, c) => `c${c}`);
    const lines = (count: number, line: (r: number) => string) =>
      Array.from({ length: count }, (_, r) => line(r)).join("\n");
    const tables: [content: string | Buffer, sentence: RegExp][] = [
      ["", /is empty/],
      ["a,b\n1\n", /line 2: the line has 1 cell/],
      [Buffer.from([0x89, 0x50, 0x4e, 0x47]), /a picture/],
      [`x\n${lines(30, String)}\n`, /one column/],
      ["a,b\n1,2\n", /one row/],
      [`a,b\n${lines(40, (r) => `${r % 7},yes`)}\n`, /same in every row/],
      [`day\n${lines(40, (r) => `2024-01-${String((r % 28) + 1).padStart(2, "0")}`)}\n`, /one column|dates/],
      [`text,number\n${lines(5000, (r) => `word ${r},${r}`)}\n`, /5,000 different labels/],
      [
        Buffer.from(`größe,tür\n${lines(40, (r) => `${r % 5},${r % 2 ? "grün" : "weiß"}`)}\n`, "latin1"),
        /Windows-1252/,
      ],
      [Buffer.from(`\ufeffa,b\n${lines(40, (r) => `${r % 5},${r % 2}`)}\n`, "utf16le"), /UTF-16LE/],
    ];
    for (const [content, sentence] of tables) {
      await upload(page, "table.csv", content);
      await settled(page);
      if (sentence.source.includes("different")) await page.selectOption("#target", "text");
      if (sentence.source.startsWith("same")) await page.selectOption("#target", "b");
      await page.getByText(sentence).first().waitFor({ timeout: 10_000 });
      if (await page.getByText("Another table").isVisible()) await page.getByText("Another table").click();
    }
    const rows = Array.from({ length: 60 }, (_, r) => ({ x: r % 9, a: r, b: 2 * r, tags: r % 2 ? ["odd"] : ["even"] }));
    const plain = { epochs: 1, ensemble: 1, hidden: [2], validation: 0, columns: { tags: "ignore" } } as const;
    const several = [
      await Regressor.fit(rows, { ...plain, target: ["a", "b"] }),
      await Classifier.fit(rows, { ...plain, columns: {}, target: "tags" }),
    ];
    for (const model of several) {
      await upload(page, "model.wasmlp", Buffer.from(model.save()));
      await page.getByText(/this page asks models of one/).waitFor({ timeout: 10_000 });
      await upload(page, "table.csv", "");
      await page.getByText(/is empty/).waitFor();
    }
    await upload(
      page,
      "wide.csv",
      `${wide.join()}\n${lines(60, (r) => wide.map((_, c) => (r * (c + 3)) % 17).join())}\n`,
    );
    await page.getByText("3,000 columns").waitFor();
    await train(page, "c2999", 1);
    await page.waitForSelector(".scores");
  });

  it("overrules how a column is read, and reads what is pasted", async () => {
    const page = await home(shared);
    await page.getByText("Paste from a spreadsheet").click();
    const cells = Array.from({ length: 30 }, (_, r) => `${r % 3}\t${r}\t${r % 2 ? "a" : "b"}`);
    await page.fill("#pasted", `kind\tsize\tlabel\n${cells.join("\n")}`);
    await page.getByText("Read these cells").click();
    const select = page.getByLabel("How kind is read");
    await select.waitFor();
    expect(await select.locator("option").first().textContent()).toBe("number");
    await select.selectOption("text");
    await expect.poll(() => select.locator("option").first().textContent()).toBe("as found");
    await train(page, "label", 2);
    await page.waitForSelector(".fields select");
  });

  it("is found nothing in by axe-core, in any view, light or dark", async () => {
    const page = await open({ colorScheme: "light" });
    const foundInBoth = async () => {
      const light = await found(page);
      await page.emulateMedia({ colorScheme: "dark" });
      const dark = await found(page);
      await page.emulateMedia({ colorScheme: "light" });
      return [...light, ...dark];
    };
    expect(await foundInBoth()).toEqual([]);
    await page.getByText("Who leaves the club?").click();
    await train(page, "leaves", 2);
    await page.waitForSelector(".bars li");
    await page.getByRole("button", { name: "Why?" }).click();
    await page.waitForSelector(".why .bars");
    for (const summary of await page.locator("summary").all()) await summary.click();
    await page.getByText("Apache License").first().waitFor();
    expect(await foundInBoth()).toEqual([]);
    await page.getByRole("button", { name: "Play" }).click();
    await page.waitForSelector(".plane canvas");
    expect(await foundInBoth()).toEqual([]);
    await page.context().close();
  });

  it("is used by keyboard alone, at 360 pixels, without scrolling sideways", async () => {
    const page = await open({ viewport: { width: 360, height: 740 } });
    const press = async (name: string | RegExp, key = "Enter") => {
      const wanted = page.getByRole("button", { name });
      await wanted.waitFor();
      for (let i = 0; i < 60; i++) {
        if (await wanted.evaluate((element) => element === document.activeElement)) break;
        await page.keyboard.press("Tab");
      }
      expect(await wanted.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press(key);
    };
    const isWide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(await isWide()).toBe(false);
    await press(/Which tree/);
    await page.waitForSelector("#train");
    await press("Train", "Space");
    await page.waitForSelector(".scores");
    await page.waitForSelector(".bars li");
    expect(await isWide()).toBe(false);
    await press("Play");
    await page.waitForSelector(".plane");
    await press("One epoch");
    await page.getByText(/^epoch 1 /).waitFor();
    expect(await isWide()).toBe(false);
    await page.context().close();
  });

  it("learns XOR in play, goes on step by step, and takes own points", async () => {
    const page = await home(shared);
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByRole("button", { name: "One update" }).click();
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByText(/9\d\.\d % right|100\.0 % right/).waitFor({ timeout: 20_000 });
    await page.getByRole("button", { name: "Pause" }).click();
    expect(await page.locator(".network .unit canvas").count()).toBe(10);
    await page.getByLabel("Points").selectOption("own");
    const circles = page.locator(".plane circle");
    await expect.poll(() => circles.count()).toBe(4);
    await page.locator(".plane").click({ position: { x: 40, y: 40 } });
    await expect.poll(() => circles.count()).toBe(5);
  });

  it("may connect to nothing: its policy stops a script that tries", async () => {
    let hits = 0;
    const server = createServer((_, response) => {
      hits++;
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const reach = (page: Page) =>
      page.evaluate(async (to) => {
        const image = new Image();
        image.src = to;
        const said = await fetch(to, { mode: "no-cors" }).then(
          () => "reached",
          () => "refused",
        );
        return said;
      }, address);
    const { page } = await visit(browser, place.file);
    expect(await reach(page)).toBe("refused");
    expect(hits).toBe(0);
    // Control: a page without the policy reaches it.
    const bare = readFileSync(place.file, "utf8").replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
    const { page: open_ } = await visit(browser, place.write("bare.html", bare));
    expect(await reach(open_)).toBe("reached");
    expect(hits).toBeGreaterThan(0);
    server.close();
    server.closeAllConnections();
  });

  it("asked the network for nothing, and complained of nothing, in all that was done above", () => {
    expect(logs.length).toBeGreaterThan(4);
    expect(logs.flatMap(({ asked }) => asked)).toEqual([]);
    expect(logs.flatMap(({ said }) => said)).toEqual([]);
  });
});
