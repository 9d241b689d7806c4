/**
 * A realm with the language, timers and little else, as jsdom is within Jest: node --experimental-vm-modules bare.js FOLDER FILE
 * [NAME...] runs a module of FOLDER there, which may import what lies in it, now or later, and prints what it logs. The names
 * are globals that the realm is to have besides.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";

const [folder, file, ...names] = process.argv.slice(2);
const LEAST = ["AbortController", "AbortSignal", "DOMException", "Event", "EventTarget", "atob", "btoa", "performance"];
const TIMERS = ["setTimeout", "clearTimeout", "queueMicrotask"];
const context = vm.createContext(
  Object.fromEntries([...LEAST, ...TIMERS, ...names].map((name) => [name, globalThis[name]])),
);
context.console = { log: (line) => process.stdout.write(`${line}\n`) };
context.window = vm.runInContext("globalThis", context);

const modules = new Map();

function load(address) {
  const known = modules.get(address);
  if (known) return known;
  const code = readFileSync(join(folder, new URL(address).pathname), "utf8");
  const module = new vm.SourceTextModule(code, { context, identifier: address, importModuleDynamically: later });
  modules.set(address, module);
  return module;
}

const next = (specifier, from) => load(new URL(specifier, from.identifier).href);

async function later(specifier, from) {
  const module = next(specifier, from);
  if (module.status === "unlinked") await module.link(next);
  await module.evaluate();
  return module;
}

const main = load(`https://app.test/${file}`);
await main.link(next);
await main.evaluate();
