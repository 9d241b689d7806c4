/**
 * Thousands of tenants' models in one process: how late the first answer of each is, which loads it, and what the process takes in the
 * end. A copy of one file for each; the server in a process of its own.
 *
 *   npx tsx bench/server/tenants.ts [COUNT [MODEL [MEGABYTES]]]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const [count = "5000", model = "iris-small", megabytes = "512"] = process.argv.slice(2);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wasmlp-tenants-"));
const flower = JSON.stringify({ sepal_length: 5.1, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 });

for (let i = 0; i < Number(count); i++)
  copyFileSync(at(`../../build/server-models/${model}.model`), join(folder, `t${i}.model`));
const command = at("../../packages/server/dist/command.js");
const child = spawn(process.execPath, [command, "--port", "0", "--memory", megabytes, folder], {
  stdio: ["ignore", "ignore", "pipe"],
});
const [line] = await once(child.stderr, "data");
const url = /http:\S+/.exec(String(line))![0];

async function ask(i: number): Promise<number> {
  const from = performance.now();
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/models/t${i}/predict`, { method: "POST", headers, body: flower });
  await response.text();
  if (!response.ok) throw new Error(`tenant ${i}: ${response.status}`);
  return performance.now() - from;
}

const cold: number[] = [];
for (let i = 0; i < Number(count); i++) cold.push(await ask(i));
cold.sort((a, b) => a - b);
const quantile = (share: number) => cold[Math.floor(share * (cold.length - 1))].toFixed(1);
const memory = (name: string) =>
  Math.round(
    Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024,
  );
const metrics = await (await fetch(`${url}/metrics`)).text();
const loaded = /^wasmlp_models_loaded (\d+)$/m.exec(metrics)?.[1];
process.stdout.write(
  `${count} tenants of ${model}: first answers in ${quantile(0.5)} ms, 99 % in ${quantile(0.99)}, the last in ${quantile(1)}; ${loaded} models stay loaded; ` +
    `resident ${memory("VmRSS")} MB, at most ${memory("VmHWM")}\n`,
);
child.kill("SIGKILL");
rmSync(folder, { recursive: true });
