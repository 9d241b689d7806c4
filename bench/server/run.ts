/**
 * How many requests a second the server answers, and how late at four fifths of that: autocannon on one core, the server on the other,
 * beside a bare Fastify that parses the same body and sends an answer of the same length, and the same model in onnxruntime-node behind
 * Fastify; and 5,000 tenants in one process. Whole it takes six minutes. Writes
 * bench/SERVER.md. With a part of a case's name, or "tenants", that alone is measured again; the rest is as it was measured before.
 *
 *   npm run bench:server (-- SECONDS PART-OF-A-NAME)
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { type Case, makeCases } from "./cases.js";

const [seconds = "3", only = ""] = process.argv.slice(2);
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = at("../../build/server-models/");
const CONNECTIONS = 16;

/** Whether processes can be kept on cores of their own. */
function pin(pid: number, core: number): boolean {
  try {
    execFileSync("taskset", ["-a", "-cp", String(core), String(pid)], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function serve(...args: string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
  const [line] = await once(child.stderr!, "data");
  pin(child.pid!, 0);
  return { child, url: /http:\S+/.exec(String(line))![0] };
}

async function end(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Sends a case's request, as often as there is an answer, or so many times a second. */
async function fire(url: string, { path, body, headers }: Case, duration: number, overallRate?: number) {
  const options = { url: url + path, method: "POST", body, headers, connections: CONNECTIONS, duration } as const;
  const result = await autocannon({ ...options, ...(overallRate && { overallRate }) });
  if (result.non2xx + result.errors > 0) throw new Error(`${path}: ${result.non2xx} refused, ${result.errors} failed`);
  return result;
}

/** Requests a second, once it is warm. */
async function mostOf(url: string, own: Case): Promise<number> {
  await fire(url, own, 1);
  return (await fire(url, own, Number(seconds))).requests.average;
}

/** How long the answer is: the bare route's has this length. */
async function lengthOf(url: string, { path, body, headers }: Case): Promise<number> {
  const response = await fetch(url + path, { method: "POST", headers, body: body as string });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text.length;
}

/** Requests a second of the same model in onnxruntime-node. */
async function rivalOf(own: Case): Promise<string> {
  const [, name] = /^\/models\/(.+)\/predict$/.exec(own.path)!;
  const { child, url } = await serve("--import", "tsx", at("onnx.ts"), `${folder}${name}.model`);
  const rival = { ...own, path: "/predict" };
  const most = whole(await mostOf(url, rival));
  await end(child);
  return most;
}

const whole = (value: number) => Math.round(value).toLocaleString("en");
mkdirSync(folder, { recursive: true });
const { cases, notes } = await makeCases(folder);
const isPinned = pin(process.pid, 1);
const model = await serve(at("../../packages/server/dist/command.js"), "--port", "0", folder);
/** Figures by case, of earlier runs too. */
const file = `${folder}figures.json`;
const lines: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
const keep = (name: string, line: string) => {
  lines[name] = line;
  process.stdout.write(`${line}\n`);
  writeFileSync(file, JSON.stringify(lines));
};
for (const own of cases.filter(({ name }) => name.includes(only))) {
  const most = await mostOf(model.url, own);
  const { latency } = await fire(model.url, own, Number(seconds), Math.max(CONNECTIONS, Math.floor(0.8 * most)));
  let ceiling = "";
  if (own.headers["content-type"] === "application/json") {
    const bare = await serve("--import", "tsx", at("bare.ts"), String(await lengthOf(model.url, own)));
    ceiling = whole(await mostOf(bare.url, { ...own, path: "/predict" }));
    await end(bare.child);
  }
  const rival = own.path.endsWith("/predict") ? await rivalOf(own) : "";
  const rows = own.rows > 1 ? whole(most * own.rows) : "";
  keep(
    own.name,
    `| ${own.name} | ${whole(most)} | ${rows} | ${latency.p50} | ${latency.p99} | ${ceiling} | ${rival} |`,
  );
}
await end(model.child);
if (only === "" || only === "tenants") {
  keep("tenants", execFileSync(process.execPath, ["--import", "tsx", at("tenants.ts")], { encoding: "utf8" }).trim());
}

writeFileSync(
  at("../SERVER.md"),
  `# The server under load

\`npm run bench:server\` on ${cpus()[0].model}, Node ${process.version}: autocannon with ${CONNECTIONS} connections ${isPinned ? "on one core, the server on another" : "beside the server, on whichever cores"},
${seconds} s a figure. The bare route is a Fastify that parses the same body and sends an answer of the same length; onnxruntime-node answers the same requests by
the same model (\`toOnnx\`), one thread, behind a Fastify of its own. Goals: 15,000 requests/s with 99 %
within 5 ms at four fifths of that, and 500,000 rows/s in batches of 1,000 rows of iris.

Models: ${notes.join("; ")}. All but iris-small are what a fit makes with no option set.

| | requests/s | rows/s | ms, half of them, at 80 % | ms, 99 % of them | bare Fastify, requests/s | onnxruntime-node, requests/s |
|---|---|---|---|---|---|---|
${cases.map(({ name }) => lines[name] ?? `| ${name} | not measured | | | | | |`).join("\n")}

${lines.tenants ?? "Tenants: not measured."}
`,
);
