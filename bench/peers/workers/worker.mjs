/**
 * One peer in a process of its own, told what to do line by line; every answer starts with "> ", for peers print too.
 * `node worker.mjs PEER FOLDER`, then on stdin:
 *   check CASE         runs the case once from the shared weights, writes FOLDER/PEER.CASE.f32 -> "done"
 *   time CASE CALLS    runs it CALLS times -> microseconds a call
 * A case that the peer cannot do is "none". worker.py speaks the same.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [, , peer, folder] = process.argv;
const FILES = {
  wasmlp: "wasmlp",
  "wasmlp-turbo": "wasmlp",
  "wasmlp-2": "wasmlp",
  plain: "plain",
  brain: "brain",
  "tfjs-wasm": "tfjs",
  "tfjs-cpu": "tfjs",
  "ort-web": "ort",
  "ort-node": "ort",
  "ort-node-2": "ort",
};

const answer = (text) => process.stdout.write(`> ${text}\n`);
const bytes = (file) => readFileSync(`${folder}/${file}`);
const words = (file) => {
  const { buffer, byteOffset, byteLength } = bytes(file);
  return buffer.slice(byteOffset, byteOffset + byteLength);
};

/** Layers' weights [inputs, outputs] and biases, from the shared file W1 b1 W2 b2 ... */
function parametersIn(file, layers) {
  const flat = new Float32Array(words(file));
  let at = 0;
  const take = (count) => {
    at += count;
    return flat.slice(at - count, at);
  };
  return layers.slice(1).map((outputs, l) => {
    const inputs = layers[l];
    return { inputs, outputs, weights: take(inputs * outputs), biases: take(outputs) };
  });
}

/** A case with its rows and weights read: what a peer's `prepare` is given. */
function read({ x, y, ...task }) {
  const width = task.layers[0];
  return {
    ...task,
    parameters: parametersIn(task.weights, task.layers),
    x: x.endsWith(".u8") ? new Uint8Array(words(x)) : new Float32Array(words(x)).slice(0, task.rows * width),
    y: new Int32Array(words(y)).slice(0, task.rows),
  };
}

const { cases } = JSON.parse(bytes("cases.json").toString());
/** The latest case: only one is kept, so that no peer drags all its nets through every collection. */
let current = { name: "", job: undefined };

async function jobOf(library, name) {
  if (current.name !== name) current = { name, job: await library.prepare(read(cases[name])) };
  return current.job;
}

async function obey(library, [verb, name, calls]) {
  const job = await jobOf(library, name);
  if (!job) return "none";
  if (verb === "check") {
    writeFileSync(`${folder}/${peer}.${name}.f32`, Float32Array.from(await job.check()));
    return "done";
  }
  const { call } = job;
  const start = performance.now();
  if (job.asynchronous) for (let i = 0; i < calls; i++) await call();
  else for (let i = 0; i < calls; i++) call();
  return String(((performance.now() - start) * 1000) / calls);
}

try {
  const { open } = await import(`./${FILES[peer]}.mjs`);
  const library = await open(peer);
  answer(`ready ${library.version}`);
  for await (const line of createInterface({ input: process.stdin })) {
    answer(await obey(library, line.split(" ")).catch((error) => `error ${String(error).split("\n")[0]}`));
  }
} catch (error) {
  answer(`absent ${String(error).split("\n")[0]}`);
}
process.exit();
