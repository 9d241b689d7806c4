/** Shows how a fit goes on: a bar on a terminal, a line every tenth epoch elsewhere. For `onEpoch` of `fit`. */
import { SingleBar } from "cli-progress";
import type { EpochReport } from "wasmlp";

export function progress(epochs: number): (report: EpochReport<"softmax">) => void {
  if (!process.stdout.isTTY) {
    return ({ epoch, loss, validation }) => {
      if ((epoch + 1) % 10 !== 0) return;
      console.log(`epoch ${epoch + 1}  loss ${loss.toFixed(4)}  held-out accuracy ${validation?.accuracy.toFixed(4)}`);
    };
  }
  const format = "epoch {value}/{total} {bar} loss {loss}  held-out accuracy {accuracy}";
  const bar = new SingleBar({ format, stream: process.stdout });
  bar.start(epochs, 0, { loss: "", accuracy: "" });
  return ({ epoch, loss, validation }) => {
    bar.update(epoch + 1, { loss: loss.toFixed(4), accuracy: validation?.accuracy.toFixed(4) });
    if (epoch + 1 === epochs) bar.stop();
  };
}
