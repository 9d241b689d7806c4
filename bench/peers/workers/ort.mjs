/** onnxruntime, native, with one thread or two, or WebAssembly, with one; the input tensor is made once, predictions only. */
import { readFileSync } from "node:fs";
import { encodeOnnx } from "./onnx.mjs";

export async function open(peer) {
  const isNative = peer.startsWith("ort-node");
  const name = isNative ? "onnxruntime-node" : "onnxruntime-web";
  const loaded = await import(name);
  const ort = loaded.InferenceSession ? loaded : loaded.default;
  if (peer === "ort-web") ort.env.wasm.numThreads = 1;
  const { version } = JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url)));
  let session;
  return {
    version: `${name} ${version}`,
    async prepare({ kind, parameters, x, rows }) {
      if (kind !== "predict") return undefined;
      await session?.release();
      session = await ort.InferenceSession.create(encodeOnnx(parameters, rows), {
        executionProviders: [isNative ? "cpu" : "wasm"],
        intraOpNumThreads: peer === "ort-node-2" ? 2 : 1,
        interOpNumThreads: 1,
        executionMode: "sequential",
        graphOptimizationLevel: "all",
      });
      const feeds = { x: new ort.Tensor("float32", x, [rows, parameters[0].inputs]) };
      const running = session;
      const call = () => running.run(feeds);
      return { asynchronous: true, call, check: async () => (await call()).y.data };
    },
  };
}
