/** A module worker of workerd that takes a model through a file. */
import { Dataset, MLP } from "wasmlp";
import { fromOnnx, toOnnx } from "wasmlp/onnx";
import { xor } from "./xor.js";

async function train(net, data, options) {
  await net.fit(data, options);
  const { net: again } = await fromOnnx(toOnnx(net));
  if (again.evaluate(data).accuracy !== 1) throw new Error("The file must hold the model.");
}

export default { fetch: async () => new Response(await xor({ Dataset, MLP, train })) };
