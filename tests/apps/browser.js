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

async function load(context, address) {
  const initializeImportMeta = (meta) => Object.assign(meta, { url: address });
  return new vm.SourceTextModule(await read(address), { context, identifier: address, initializeImportMeta });
}

/** Neither form may import() anything: there is nothing that a site does not bring in the files it was built to. */
async function run(realm, address, type) {
  if (type === "classic") return void new vm.Script(await read(address), { filename: address }).runInContext(realm);
  const module = await load(realm, address);
  await module.link((specifier, from) => load(realm, new URL(specifier, from.identifier).href));
  await module.evaluate();
}

const address = `https://app.test/${file}`;
if (kind === "service worker") {
  const handlers = {};
  const addEventListener = (name, handler) => Object.assign(handlers, { [name]: handler });
  await run(createWorkerRealm(address, { addEventListener }), address, "classic");
  handlers.fetch({
    request: new Request("https://app.test/xor"),
    respondWith: async (response) => print(await (await response).text()),
  });
} else {
  // As much of a document as the bundlers' own code asks for.
  const document = {
    baseURI: address,
    currentScript: { tagName: "SCRIPT", src: address },
    createElement: () => ({ relList: { supports: () => true } }),
  };
  const page = createRealm(address, { document });
  Object.assign(page, { window: page.self, Worker: workersOf(page, address) });
  await run(page, address, kind);
}
