/**
 * A browser, as far as scripts go: node --experimental-vm-modules browser.js FOLDER FILE KIND. Each page and each worker
 * has a realm of its own with the globals of the language and of the web and no others; files come from https://app.test/,
 * which is FOLDER. Prints the first line that the page prints, or what the service worker responds.
 */
import { resolveObjectURL } from "node:buffer";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { MessageChannel, moveMessagePortToContext } from "node:worker_threads";

const WEB =
  `AbortController AbortSignal Blob CompressionStream DOMException DecompressionStream Event EventTarget Headers
  MessageChannel ReadableStream Request Response TextDecoder TextEncoder TransformStream URL URLSearchParams WritableStream
  atob btoa clearTimeout crypto performance queueMicrotask setTimeout structuredClone`.split(/\s+/);

const [folder, file, kind] = process.argv.slice(2);
const print = (line) => process.stdout.write(`${line}\n`, () => process.exit());

/** The class `Response` of a realm: its buffers are the realm's own, as in a browser. */
function responsesOf(realm) {
  const copy = vm.runInContext("(bytes) => new Uint8Array(bytes).buffer", realm);
  return class extends Response {
    arrayBuffer = async () => copy(new Uint8Array(await super.arrayBuffer()));
  };
}

/** Where the file of an address lies. */
const pathOf = (url, base) => join(folder, new URL(url, base).pathname);

function createRealm(address, names) {
  const realm = vm.createContext(Object.fromEntries(WEB.map((name) => [name, globalThis[name]])));
  Object.assign(realm, {
    self: vm.runInContext("globalThis", realm),
    location: new URL(address),
    navigator: { userAgent: "Mozilla/5.0" },
    console: { ...console, log: print },
    Response: responsesOf(realm),
    fetch: async (url) => new realm.Response(readFileSync(pathOf(url, address))),
    ...names,
  });
  return realm;
}

/** The realm of a worker of any kind, whose script may load others. */
function createWorkerRealm(address, names) {
  const realm = createRealm(address, names);
  realm.importScripts = (url) => void new vm.Script(readFileSync(pathOf(url, address), "utf8")).runInContext(realm);
  return realm;
}

/** Messages arrive as objects of the realm that gets them. */
function connect(port, realm, receive) {
  const moved = moveMessagePortToContext(port, realm);
  moved.onmessage = receive;
  moved.start();
  return moved;
}

/** The class `Worker` of a page. */
function workersOf(page, base) {
  return class Worker {
    #port;
    constructor(path, { type = "classic" } = {}) {
      const { port1, port2 } = new MessageChannel();
      this.#port = connect(port1, page, (event) => this.onmessage?.(event));
      const address = new URL(path, base).href;
      const realm = createWorkerRealm(address, { postMessage: (message) => port.postMessage(message) });
      const started = run(realm, address, type);
      const port = connect(port2, realm, (event) => started.then(() => realm.onmessage?.(event)));
      started.catch((error) => this.onerror?.(error));
    }
    postMessage(message) {
      this.#port.postMessage(message);
    }
    terminate() {
      this.#port.close();
    }
  };
}

async function read(address) {
  const blob = resolveObjectURL(address);
  return blob ? blob.text() : readFileSync(pathOf(address), "utf8");
}

/** Modules of a realm by their addresses: each is there once. */
const loaded = new WeakMap();

async function load(context, address) {
  const modules = loaded.get(context) ?? new Map();
  loaded.set(context, modules);
  if (!modules.has(address)) modules.set(address, loadFile(context, address));
  return modules.get(address);
}

async function loadFile(context, address) {
  const initializeImportMeta = (meta) => Object.assign(meta, { url: address });
  /** What a module imports later is a file of the site, too. */
  const importModuleDynamically = (specifier) => evaluated(context, new URL(specifier, address).href);
  const options = { context, identifier: address, initializeImportMeta, importModuleDynamically };
  return new vm.SourceTextModule(await read(address), options);
}

async function evaluated(context, address) {
  const module = await load(context, address);
  if (module.status === "unlinked") {
    await module.link((specifier, from) => load(context, new URL(specifier, from.identifier).href));
  }
  await module.evaluate();
  return module;
}

/** A script of the classic form may not import() anything: there is nothing that a site does not bring in its files. */
async function run(realm, address, type) {
  if (type === "classic") return void new vm.Script(await read(address), { filename: address }).runInContext(realm);
  await evaluated(realm, address);
}

/** As much of a document as the bundlers' own code asks for; a script element that is put into it runs. */
function documentOf(address) {
  const append = (element) => {
    if (element.tagName !== "SCRIPT") return;
    run(page, new URL(element.src, address).href, "classic").then(
      () => element.onload?.({ type: "load", target: element }),
      () => element.onerror?.({ type: "error", target: element }),
    );
  };
  return {
    baseURI: address,
    currentScript: { tagName: "SCRIPT", src: address },
    createElement: (name) => ({
      tagName: name.toUpperCase(),
      relList: { supports: () => true },
      getAttribute: () => null,
      setAttribute() {},
    }),
    getElementsByTagName: () => [],
    querySelector: () => null,
    querySelectorAll: () => [],
    head: { appendChild: append },
  };
}

let page;
const address = `https://app.test/${file}`;
if (kind === "service worker") {
  const handlers = {};
  const addEventListener = (name, handler) => Object.assign(handlers, { [name]: handler });
  const realm = createWorkerRealm(address, { addEventListener });
  await run(realm, address, "classic");
  // Once it is installed it may load nothing more.
  realm.importScripts = () => {
    throw new DOMException("importScripts: the service worker is installed", "NetworkError");
  };
  handlers.fetch({
    request: new Request("https://app.test/xor"),
    respondWith: async (response) => print(await (await response).text()),
  });
} else {
  page = createRealm(address, { document: documentOf(address) });
  Object.assign(page, { window: page.self, Worker: workersOf(page, address) });
  await run(page, address, kind);
}
