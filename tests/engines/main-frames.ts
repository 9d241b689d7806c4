/** A page with an animation and a button, and what both notice of a training beside them. */
import { Training } from "./training.js";

/** What a page saw in one run. */
export interface Seen {
  epochs: number;
  framesPerSecond: number;
  /** Milliseconds: the longest time between two frames; from each click to its answer. */
  longestFrame: number;
  clicks: number[];
}

const box = document.createElement("div");
box.style.cssText = "position: absolute; top: 100px; width: 50px; height: 50px; background: teal";
const button = document.createElement("button");
button.textContent = "Click";
button.style.cssText = "position: absolute; top: 0; left: 0; width: 100px; height: 50px";
document.body.append(button, box);

let clicks: number[] = [];
button.addEventListener("click", ({ timeStamp }) => {
  clicks.push(performance.now() - timeStamp);
  button.textContent = `${clicks.length} clicks`;
});

let frames: number[] = [];
function draw(): void {
  frames.push(performance.now());
  box.style.transform = `translateX(${(frames.length * 4) % 500}px)`;
  requestAnimationFrame(draw);
}
requestAnimationFrame(draw);

const training = Training.create();

/** What the page does meanwhile; frozen is how a training would be that gives no turns. */
const WORK = {
  rest: (milliseconds: number) => new Promise<number>((resolve) => setTimeout(resolve, milliseconds, 0)),
  here: async (milliseconds: number) => (await training).run("here", milliseconds),
  worker: async (milliseconds: number) => (await training).run("worker", milliseconds),
  frozen: async (milliseconds: number) => {
    for (const start = performance.now(); performance.now() - start < milliseconds; ) {
      for (const block = performance.now(); performance.now() - block < 200; );
      await new Promise((resolve) => setTimeout(resolve));
    }
    return 0;
  },
};

/** Watches for some time. */
async function watch(work: keyof typeof WORK, milliseconds: number): Promise<Seen> {
  await training;
  [frames, clicks] = [[], []];
  const start = performance.now();
  const epochs = await WORK[work](milliseconds);
  const end = performance.now();
  const gaps = [...frames, end].map((time, i) => time - (frames[i - 1] ?? start));
  return { epochs, framesPerSecond: (1000 * frames.length) / (end - start), longestFrame: Math.max(...gaps), clicks };
}

Object.assign(globalThis, { watch });
