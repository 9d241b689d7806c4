/**
 * `npm run fuzz -- [COUNT] [FORMAT...]`: mutants of files, 100,000 a format if not said otherwise. What is neither read nor
 * refused in one sentence is written to tests/corpus, where `npm test` finds it again, and makes the exit code 1; once it is
 * mended, scripts/make-corpus.ts writes down what the file is answered. `--seed N` makes other mutants; `--minutes M` goes on
 * with new seeds until the time is over; `--share 1/2` takes the first of two shares of the formats.
 */
import { parseArgs } from "node:util";
import { keepFind } from "../tests/corpus/files.js";
import { attack, makeTargets } from "../tests/targets.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "0" },
    share: { type: "string", default: "1/1" },
  },
});
const [first, ...rest] = positionals;
const isCount = /^\d+$/.test(first ?? "");
const count = isCount ? Number(first) : 100_000;
const targets = await makeTargets();
const [share, shares] = values.share.split("/").map(Number);
const all = Object.keys(targets).filter((_, i) => i % shares === share - 1);
const names = (isCount ? rest : positionals).length > 0 ? (isCount ? rest : positionals) : all;
if (names.length === 0) throw new RangeError(`fuzz: --share must be like 1/2, got ${values.share}.`);
for (const name of names) {
  if (name in targets) continue;
  throw new RangeError(`fuzz: formats must be among ${Object.keys(targets).join(", ")}, got ${name}.`);
}

let [passed, failed] = [0, 0];
const end = performance.now() + 60_000 * Number(values.minutes);
for (let seed = Number(values.seed), round = 0; round === 0 || performance.now() < end; seed++, round++) {
  for (const name of names) {
    const { read, refused, finds } = await attack(targets[name], count, seed);
    console.log(`${name}: ${read} read, ${refused} refused, ${finds.length} finds (seed ${seed})`);
    for (const { bytes, error } of finds.slice(0, 20)) {
      console.log(`  ${keepFind(name, bytes)}: ${error}`);
    }
    if (finds.length > 0) failed++;
    else passed++;
  }
}
console.log(`\nresults checked: ${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
