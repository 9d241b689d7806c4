/** Pages in browsers that no driver steers: the page comes from a server here and sends its answers back. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import type { Outcome } from "./conformance.js";

/** What a browser is not to do: ask the network for anything, use a graphics card, greet. */
export const CHROMIUM_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"],
];

const FIREFOX_SETTINGS: Record<string, boolean | number | string> = {
  "app.normandy.enabled": false,
  "app.update.auto": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.type": 0,
};

/** A page's address, until it is no longer served. */
export interface Site {
  readonly url: string;
  end(): void;
}

/** Serves what `find` has for a path, of a type; `onAnswer` gets what pages post. */
export async function serveFiles(
  find: (path: string) => readonly [type: string, body: string | Uint8Array] | undefined,
  onAnswer: (body: string) => void,
  headers: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const server: Server = createServer(async (request, response) => {
    if (request.method === "POST") {
      let body = "";
      for await (const chunk of request) body += chunk;
      onAnswer(body);
      response.end();
      return;
    }
    const [type, body] = find(request.url ?? "/") ?? [];
    if (!type) response.statusCode = 404;
    response.setHeader("content-type", `${type ?? "text/plain"}; charset=utf-8`);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const end = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, end };
}

/** What lets a page share memory among threads. */
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** Serves a page with these scripts, .mjs as modules; `onAnswer` gets what they post. */
export function serve(scripts: string[], onAnswer: (body: string) => void, isolated = false): Promise<Site> {
  const files = new Map(scripts.map((path) => [`/${basename(path)}`, readFileSync(path)]));
  const tags = [...files.keys()].map(
    (path) => `<script ${path.endsWith(".mjs") ? 'type="module" ' : ""}src="${path}">`,
  );
  const page = `<!doctype html><meta charset="utf-8"><title>wasmlp</title><body>${tags.join("</script>")}</script>`;
  return serveFiles(
    (path) => {
      const script = files.get(path);
      if (script) return ["text/javascript", script];
      return path === "/" ? ["text/html", page] : undefined;
    },
    onAnswer,
    isolated ? ISOLATED : {},
  );
}

/** Opens the scripts' page in a browser and waits for as many answers as there are scripts. */
export function answersOf(
  name: string,
  binary: string,
  scripts: string[],
  folder: string,
  isolated = false,
): Promise<Outcome[]> {
  const open = (onAnswer: (body: string) => void) => serve(scripts, onAnswer, isolated);
  return answersFrom(open, { name, binary, count: scripts.length, folder });
}

/** A browser, the number of answers that its page gives, and where its profile may lie. */
export interface Visit {
  readonly name: string;
  readonly binary: string;
  readonly count: number;
  readonly folder: string;
}

/** Opens a served page in a browser and waits for its answers. */
export async function answersFrom(
  open: (onAnswer: (body: string) => void) => Promise<Site>,
  visit: Visit,
): Promise<Outcome[]> {
  const { name, binary, count, folder } = visit;
  const answers: Outcome[] = [];
  let finished = () => {};
  const all = new Promise<void>((resolve) => {
    finished = resolve;
  });
  const { url, end } = await open((body) => {
    answers.push(JSON.parse(body));
    if (answers.length === count) finished();
  });
  const profile = mkdtempSync(join(folder, `${name}-profile-`));
  const browser = start(name, binary, profile, url);
  const gone = once(browser, "exit").then(() => {});
  const timer = setTimeout(finished, 120_000);
  try {
    await Promise.race([all, gone]);
  } finally {
    clearTimeout(timer);
    end();
    stop(browser);
    await gone.catch(() => {});
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  }
  while (answers.length < count) answers.push({ passed: 0, failed: ["the page must answer, got nothing"] });
  return answers;
}

function start(name: string, binary: string, profile: string, url: string): ChildProcess {
  const settings = Object.entries(FIREFOX_SETTINGS).map(
    ([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});`,
  );
  if (name === "firefox") writeFileSync(join(profile, "user.js"), settings.join("\n"));
  const flags =
    name === "firefox"
      ? ["--headless", "--no-remote", "--profile", profile]
      : [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`];
  // A group of its own, so that its children end with it.
  return spawn(binary, [...flags, url], { stdio: "ignore", detached: true });
}

function stop({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, "SIGKILL");
}
