/**
 * `npm run bench`: products, updates, predictions. `-- --growth`: how cost grows, instead. `-- --quick` checks the results
 * of all and times nothing worth reading.
 */
import { cpus } from "node:os";
import { benchGemm } from "./gemm.js";
import { benchGrowth } from "./growth.js";
import { finish, QUICK } from "./measure.js";
import { benchPredict } from "./predict.js";
import { benchStep } from "./step.js";

const growth = process.argv.includes("--growth");

console.log(
  `${cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}${QUICK ? ", quick: no times" : ""}`,
);
if (!growth || QUICK) {
  await benchGemm();
  await benchStep();
  await benchPredict();
}
if (growth || QUICK) await benchGrowth();
finish();
