/** Probabilities into a given array, copying the rows in and out included. */

import * as reference from "../tests/reference.js";
import { Twin } from "../tests/twin.js";
import { check, figure, measure, QUICK } from "./measure.js";
import { flatParameters, NETS, prepare } from "./nets.js";

const BATCHES = [1, 64, 1024];

export async function benchPredict(): Promise<void> {
  console.log(`\npredictProba: µs a call, batches of ${BATCHES.join(", ")} rows, error of the probabilities`);
  const shapes = new Map(NETS.map(({ layers }) => [layers.join("-"), layers]));
  for (const [title, layers] of shapes) {
    const columns: string[] = [];
    let error = "";
    for (const rows of QUICK ? BATCHES.slice(0, 2) : BATCHES) {
      const { net, x } = await prepare(layers, rows);
      const outputs = layers[layers.length - 1];
      const out = new Float32Array(rows * outputs);
      if (rows === 64) {
        const twin = new Twin(
          { sizes: layers, activation: "relu", output: "softmax", l1: 0, l2: 0, rows },
          flatParameters(net),
        );
        const values = twin.forward(x);
        const wanted = reference.softmax(values[values.length - 1], rows, outputs);
        net.predictProba(x, out);
        const worst = out.reduce((most, p, i) => Math.max(most, Math.abs(p - wanted[i])), 0);
        error = check(`predict ${title}`, worst, 1e-5);
      }
      const [{ median }] = measure([{ name: title, call: () => net.predictProba(x, out) }]);
      columns.push(figure(median, rows === 1 ? 3 : 1, 10));
    }
    console.log(`${title.padEnd(11)} ${columns.join(" ")}   ${error}`);
  }
}
