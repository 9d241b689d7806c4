/** The page in Debian's browsers: its file, made once; a browser with a page in it, and a log of all that it asks for. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { madePage } from "./made-page.js";

export const CHROMIUM = "/usr/bin/chromium";
export const FIREFOX = "/usr/bin/firefox-esr";
export const SHARED = new URL("../../../../shared/data/", import.meta.url);

const FLAGS = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
];

/** A folder of its own, with the page's file. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "wasmlp-page-"));
  readonly file = join(this.folder, "wasmlp.html");

  static async make(): Promise<Place> {
    const place = new Place();
    writeFileSync(place.file, await madePage());
    return place;
  }

  /** A table of ../shared, unpacked. */
  table(path: string): { name: string; text: string; file: string } {
    const bytes = readFileSync(new URL(path, SHARED));
    const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    const name = path.split("/").at(-1)!.replace(/\.gz$/, "");
    const file = join(this.folder, name);
    writeFileSync(file, text);
    return { name, text, file };
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(join(this.folder, name), content);
    return join(this.folder, name);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** What a page did that it must not: what it asked the network for, and what it complained of. */
export interface Log {
  readonly asked: string[];
  readonly said: string[];
}

export const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: FLAGS, chromiumSandbox: false });

export async function visit(
  browser: Browser,
  file: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; log: Log }> {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  const log: Log = { asked: [], said: [] };
  page.on("request", (request) => {
    if (!/^(file|blob|data):/.test(request.url())) log.asked.push(request.url());
  });
  page.on("console", (message) => log.said.push(message.text()));
  page.on("pageerror", (error) => log.said.push(error.message));
  await page.goto(pathToFileURL(file).href);
  return { page, log };
}

/** Drops a file as the browser does when a person lets go of it. */
export async function drop(page: Page, file: string): Promise<void> {
  const box = (await page.locator(".drop").boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await session.send("Input.dispatchDragEvent", { type, x, y, data });
  }
}

/** Trains quickly: one network, few epochs. */
export async function train(page: Page, target: string, epochs = 3): Promise<void> {
  await page.waitForSelector("#target");
  await page.selectOption("#target", target);
  if (!(await page.locator("#ensemble").isVisible())) await page.getByText("Settings", { exact: true }).click();
  await page.selectOption("#ensemble", "1");
  await page.fill("#epochs", String(epochs));
  await page.locator("#epochs").blur();
  await page.click("#train");
  await settled(page);
  await page.waitForSelector(".scores, .refusal");
}

/** Waits until what was begun is done. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.waitForSelector("main[aria-busy=false]");
}

/** What a button gives to be saved. */
export async function saved(page: Page, button: string): Promise<{ name: string; bytes: Buffer; path: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  const path = await download.path();
  return { name: download.suggestedFilename(), bytes: readFileSync(path), path };
}

export const hasChromium = existsSync(CHROMIUM);
export const hasFirefox = existsSync(FIREFOX);
export const hasShared = existsSync(SHARED);
