/** `npm run bench`: products, updates, predictions. `--quick` checks the results and times nothing worth reading. */
import { cpus } from "node:os";
import { benchGemm } from "./gemm.js";
import { finish, QUICK } from "./measure.js";
import { benchPredict } from "./predict.js";
import { benchStep } from "./step.js";

console.log(
  `${cpus()[0].model}, Node ${process.version}, V8 ${process.versions.v8}${QUICK ? ", quick: no times" : ""}`,
);
await benchGemm();
await benchStep();
await benchPredict();
finish();
