/** What a unit test in jsdom does: a model made, trained, saved and loaded, a table, and a model of another format. */
import { Classifier, Dataset, MLP } from "./node_modules/wasmlp/dist/index.js";
import { fromOnnx, toOnnx } from "./node_modules/wasmlp/dist/onnx.js";
import { toModule, toWasm } from "./node_modules/wasmlp/dist/standalone.js";
import { xor } from "./xor.js";

const rows = Array.from({ length: 300 }, (_, i) => ({
  größe: i,
  farbe: i % 2 ? "grün" : "🟦",
  label: i < 150 ? "ä" : "ö",
}));
const model = await Classifier.fit(rows, { target: "label", seed: 1 });
const again = await Classifier.load(model.save());
if (again.predict([rows[3], rows[297]]).join() !== "ä,ö") throw new Error("must tell labels");
const { net } = await fromOnnx(toOnnx(await MLP.create({ layers: [2, 3, 2] })));
if (net.parameterCount !== 17) throw new Error("must read models");
for (const bytes of [toOnnx(model), toModule(model), toWasm(net)]) {
  if (bytes.length === 0) throw new Error("must write models");
}
console.log(await xor({ Dataset, MLP }));
