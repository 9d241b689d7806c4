/** A study in a process of its own, to be killed: says how many trials have ended, then what all of them were. */
import { openJournal } from "../../src/node.js";
import { Study } from "../../src/study.js";

const [, , path, pause, trials] = process.argv;
const journal = await openJournal(path);
const study = new Study({
  space: { x: { low: 0, high: 1 }, y: { low: 1, high: 100, log: true }, kind: ["a", "b"] },
  pruner: "asha",
  seed: 5,
  journal,
});
await study.run(
  async ({ settings: { x, y, kind }, report, signal }) => {
    const score = Math.abs(x - 0.3) + y / 100 + (kind === "a" ? 0 : 1);
    for (let step = 1; step <= 16 && !signal.aborted; step++) {
      if (Number(pause) > 0 && step % 4 === 0) await new Promise((resolve) => setTimeout(resolve, Number(pause)));
      report(step, score + 1 / step);
    }
    return score;
  },
  { trials: Number(trials), workers: 3, onTrial: ({ trial }) => process.stdout.write(`${trial.trial}\n`) },
);
await journal.close();
process.stdout.write(`done ${JSON.stringify({ trials: study.trials, bestTrial: study.bestTrial })}\n`);
