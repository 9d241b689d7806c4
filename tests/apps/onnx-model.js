/** For Node: prints a module that holds XOR, learned, as the bytes of an ONNX file. */
import { Dataset, MLP } from "wasmlp";
import { toOnnx } from "wasmlp/onnx";
import { xor } from "./xor.js";

async function train(net, data, options) {
  await net.fit(data, options);
  console.log(`export default new Uint8Array([${toOnnx(net)}]);`);
}

xor({ Dataset, MLP, train });
