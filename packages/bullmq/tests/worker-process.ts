/** A worker in a process of its own, to be killed: as `wasmlp worker` starts one, with a task of its own. */
import { startWorker } from "../src/index.js";

const [, , redis, queue, pause] = process.argv;
const tasks = {
  /** A function with a hole at 0.3, slowly. */
  hole: async ({
    input,
    settings,
    report,
    signal,
  }: {
    input: number;
    settings: { x: number };
    report: (step: number, value: number) => boolean;
    signal: AbortSignal;
  }) => {
    for (let step = 1; step <= 16 && !signal.aborted; step++) {
      await new Promise((resolve) => setTimeout(resolve, Number(pause)));
      report(step, Math.abs(settings.x - input) + 1 / step);
    }
    return Math.abs(settings.x - input);
  },
};
const worker = await startWorker({ redis, queue, tasks: tasks as never, workers: 1, lock: 1 });
process.stdout.write("ready\n");
await worker.ended;
