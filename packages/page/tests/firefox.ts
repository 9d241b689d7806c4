/** Debian's Firefox by WebDriver BiDi (W3C): playwright-core drives a Firefox of its own alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "undici";
import { FIREFOX } from "./browsers.js";

const SETTINGS = {
  "app.normandy.enabled": false,
  "app.update.auto": false,
  "browser.safebrowsing.malware.enabled": false,
  "browser.safebrowsing.phishing.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "network.proxy.type": 0,
};

interface Answer {
  readonly id?: number;
  readonly type: string;
  readonly method?: string;
  readonly params?: { readonly request?: { readonly url: string }; readonly text?: string };
  readonly result?: never;
  readonly message?: string;
}

/** A Firefox with one page. */
export class Firefox {
  /** What the page asked for, and what it complained of. */
  readonly asked: string[] = [];
  readonly said: string[] = [];
  private readonly waiting = new Map<number, (answer: Answer) => void>();
  private next = 1;
  private context = "";

  private constructor(
    private readonly process: ChildProcess,
    private readonly socket: WebSocket,
    private readonly profile: string,
  ) {
    socket.onmessage = ({ data }) => this.hear(JSON.parse(String(data)));
  }

  static async start(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "wasmlp-firefox-"));
    const lines = Object.entries(SETTINGS).map(([key, value]) => `user_pref("${key}", ${JSON.stringify(value)});`);
    writeFileSync(join(profile, "user.js"), lines.join("\n"));
    const flags = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"];
    // A group of its own, so that its children end with it.
    const child = spawn(FIREFOX, flags, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    const address = await new Promise<string>((resolve, reject) => {
      let said = "";
      child.stderr!.on("data", (chunk) => {
        said += chunk;
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      child.on("exit", () => reject(new Error(`Firefox ended: ${said}`)));
    });
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    return new Firefox(child, socket, profile);
  }

  async open(url: string): Promise<void> {
    await this.send("session.new", { capabilities: {} });
    await this.send("session.subscribe", { events: ["log.entryAdded", "network.beforeRequestSent"] });
    const { contexts } = (await this.send("browsingContext.getTree", {})) as { contexts: { context: string }[] };
    this.context = contexts[0].context;
    await this.send("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  }

  /** What an expression of the page is, awaited; as JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const given = { expression: `(async () => JSON.stringify(await (${expression})))()`, awaitPromise: true };
    const said = (await this.send("script.evaluate", { ...given, target: { context: this.context } })) as {
      result: { value: string };
      exceptionDetails?: { text: string };
    };
    if (said.exceptionDetails) throw new Error(said.exceptionDetails.text);
    return said.result.value === undefined ? (undefined as T) : JSON.parse(said.result.value);
  }

  /** Waits until an expression holds. */
  async until(expression: string, seconds = 30): Promise<void> {
    for (let left = seconds * 10; !(await this.evaluate<boolean>(`Boolean(${expression})`)); left--) {
      if (left === 0) throw new Error(`Firefox: it must come that ${expression}, got nothing in ${seconds} s.`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async end(): Promise<void> {
    this.socket.close();
    const gone = once(this.process, "exit");
    if (this.process.exitCode === null) process.kill(-this.process.pid!, "SIGKILL");
    await gone;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 10 });
  }

  private send(method: string, params: object): Promise<unknown> {
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, ({ type, result, message }) => {
        if (type === "error") reject(new Error(`${method}: ${message}`));
        else resolve(result);
      });
      this.socket.send(JSON.stringify({ id, method, params }));
    });
  }

  private hear(answer: Answer): void {
    if (answer.id !== undefined) {
      this.waiting.get(answer.id)?.(answer);
      this.waiting.delete(answer.id);
    } else if (answer.method === "log.entryAdded") this.said.push(answer.params?.text ?? "");
    else if (answer.params?.request && !/^(file|blob|data):/.test(answer.params.request.url)) {
      this.asked.push(answer.params.request.url);
    }
  }
}
