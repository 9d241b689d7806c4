/** The built command as a process, as people run it. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const COMMAND = fileURLToPath(new URL("../dist/main.js", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own, and commands that run in it. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "wasmlp-cli-"));

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, data: string | Uint8Array): string {
    writeFileSync(this.path(name), data);
    return name;
  }

  /** The files that are there. */
  files(): string[] {
    return readdirSync(this.folder).sort();
  }

  /** @param call what stands behind `wasmlp`, words without spaces */
  start(call: string, env: Record<string, string> = {}): ChildProcess {
    return spawn(process.execPath, [COMMAND, ...call.split(" ")], {
      cwd: this.folder,
      env: { ...process.env, NO_COLOR: "1", ...env },
    });
  }

  /** @param input what is on standard input */
  async run(call: string, input?: string | Uint8Array): Promise<Ended> {
    const child = this.start(call);
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    return ended(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** All that a process says until its end. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const [out, err]: Buffer[][] = [[], []];
  child.stdout?.on("data", (data) => out.push(data));
  child.stderr?.on("data", (data) => err.push(data));
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

/** Customers that are made up: whether they leave depends on age and plan. */
export function customers(count: number, seed = 1): Record<string, string>[] {
  let state = seed;
  const dice = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Array.from({ length: count }, (_, i) => {
    const [age, plan, spent] = [
      18 + Math.floor(60 * dice()),
      ["basic", "plus, yearly", "pro"][Math.floor(3 * dice())],
      200 * dice(),
    ];
    const leaves = age + (plan === "pro" ? -20 : 10) + 10 * dice() > 50;
    return {
      id: `c${i}`,
      age: String(age),
      plan,
      spent: dice() < 0.05 ? "" : spent.toFixed(2),
      since: `2024-0${1 + Math.floor(9 * dice())}-1${Math.floor(10 * dice())}`,
      churn: leaves ? "yes" : "no",
    };
  });
}

/** Rows as CSV, or with another delimiter. */
export function csv(rows: readonly object[], delimiter = ","): string {
  const cell = (text: string) =>
    text.includes(delimiter) || /["\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = [Object.keys(rows[0]), ...rows.map((row) => Object.values(row).map(String))];
  return lines.map((cells) => `${cells.map(cell).join(delimiter)}\n`).join("");
}

/** The fewest networks and epochs. */
export const QUICK = "--hidden 8 --ensemble 1 --epochs 3 --workers 1";
