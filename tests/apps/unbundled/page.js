/**
 * A page that a plain server serves beside node_modules: by paths, by names of an import map, in workers of both kinds. Posts
 * what it found as the engines' conformance suite does; ?wanted= is what Node answers.
 */
import { Dataset, MLP } from "../node_modules/wasmlp/dist/index.js";
import { fromOnnx, toOnnx } from "../node_modules/wasmlp/dist/onnx.js";
import { fitInWorker } from "../node_modules/wasmlp/dist/worker.js";
import { xor } from "../xor.js";

const wanted = new URL(location.href).searchParams.get("wanted");

/** What a worker posts. */
const answerOf = (worker) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
  });

async function throughOnnx() {
  const answer = await xor({
    Dataset,
    MLP,
    train: async (net, data, options) => {
      await net.fit(data, options);
      const { net: again } = await fromOnnx(toOnnx(net));
      if (again.predict(data).join() !== "0,1,1,0") throw new Error("the file must hold the model");
    },
  });
  return answer;
}

/** A script as a page would have it in a file of its own. */
function inline(code) {
  return new Promise((resolve, reject) => {
    globalThis.answerInline = resolve;
    const script = document.createElement("script");
    script.type = "module";
    script.textContent = code;
    script.onerror = () => reject(new Error("the script must load"));
    document.body.append(script);
  });
}

const CHECKS = {
  "by paths": () => xor({ Dataset, MLP }),
  "on another thread": () => xor({ Dataset, MLP, train: fitInWorker }),
  "wasmlp/onnx by its path": throughOnnx,
  "by the names of an import map": () =>
    inline(`
      import { Dataset, MLP } from "wasmlp";
      import { fitInWorker } from "wasmlp/worker.js";
      import { xor } from "/xor.js";
      answerInline(await xor({ Dataset, MLP, train: fitInWorker }));
    `),
  "in a module worker": () => answerOf(new Worker("module-worker.js", { type: "module" })),
  "in a classic worker": () => answerOf(new Worker("classic-worker.js")),
  "a table, whose learning is loaded later": async () => {
    const { Classifier } = await import("../node_modules/wasmlp/dist/index.js");
    const rows = Array.from({ length: 40 }, (_, i) => ({ a: i, label: i < 20 ? "low" : "high" }));
    const model = await Classifier.fit(rows, { target: "label", seed: 1 });
    return model.predict([{ a: 2 }, { a: 37 }]).join() === "low,high" ? wanted : "other labels";
  },
};

const outcome = { passed: 0, failed: [] };
for (const [name, check] of Object.entries(CHECKS)) {
  const got = await check().catch((error) => `${error}`);
  if (got === wanted) outcome.passed++;
  else outcome.failed.push(`${name}: must be ${wanted}, got ${got}`);
}
// Control: a name that no map has is not found.
const found = await import("wasmlp-elsewhere").catch(() => undefined);
if (found) outcome.failed.push("control: must not find wasmlp-elsewhere");
else outcome.passed++;
await fetch("/answer", { method: "POST", body: JSON.stringify(outcome) });
