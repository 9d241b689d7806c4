/** A page that fetches the core, has the library start a worker, and takes a model through a file. */
import { fromOnnx, toOnnx } from "wasmlp/onnx";
import { Dataset, init, MLP } from "wasmlp/slim";
import { fitInWorker } from "wasmlp/worker";
import { xor } from "./xor.js";

async function train(net, data, options) {
  await fitInWorker(net, data, options);
  const { net: again } = await fromOnnx(toOnnx(net));
  if (again.evaluate(data).accuracy !== 1) throw new Error("The file must hold the model.");
}

init(fetch("core.wasm"))
  .then(() => xor({ Dataset, MLP, train }))
  .then(console.log);
