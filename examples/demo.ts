/** The demo, `npm start`: learns XOR, then handwritten digits, then draws both. */
import { mkdirSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { digits } from "./digits.js";
import { decisionSurface, lossCurve } from "./pictures.js";
import { xor } from "./xor.js";

console.log("XOR, 2-10-2");
const { net, history } = await xor();
console.log("\nHandwritten digits, 64-64-10");
const digitsHistory = await digits();

const every = digitsHistory.steps / digitsHistory.epochs.length;
const pictures = {
  "loss.svg": lossCurve([
    { name: "XOR", values: history.epochs.map(({ loss }) => loss) },
    { name: "digits, training rows", values: digitsHistory.epochs.map(({ dataLoss }) => dataLoss), every },
    { name: "digits, held-out rows", values: digitsHistory.epochs.map(({ validation }) => validation!.loss), every },
  ]),
  "xor.svg": decisionSurface(net),
};
const folder = fileURLToPath(new URL("output/", import.meta.url));
mkdirSync(folder, { recursive: true });
console.log();
for (const [name, svg] of Object.entries(pictures)) {
  writeFileSync(folder + name, svg);
  console.log(`Wrote ${relative(".", folder + name)}`);
}
