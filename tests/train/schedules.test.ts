/** Each schedule against its formula, over epochs and over steps. */
import { describe, expect, it } from "vitest";
import {
  cosineDecay,
  exponentialDecay,
  inverseTimeDecay,
  MLP,
  type Schedule,
  sgd,
  stepDecay,
  warmup,
} from "../../src/index.js";

type Formula = (t: number) => number;

const cosine = (t: number) => 0.01 + ((0.3 - 0.01) * (1 + Math.cos(Math.PI * Math.min(1, t / 50)))) / 2;

const schedules: [string, (unit: "epoch" | "step") => Schedule, Formula][] = [
  [
    "stepDecay",
    (unit) => stepDecay({ initial: 0.1, rate: 0.95, every: 10, unit }),
    (t) => 0.1 * 0.95 ** Math.floor(t / 10),
  ],
  [
    "exponentialDecay",
    (unit) => exponentialDecay({ initial: 0.1, rate: 0.9, every: 7, unit }),
    (t) => 0.1 * 0.9 ** (t / 7),
  ],
  [
    "inverseTimeDecay",
    (unit) => inverseTimeDecay({ initial: 0.5, rate: 2, every: 3, unit }),
    (t) => 0.5 / (1 + (2 * t) / 3),
  ],
  ["cosineDecay", (unit) => cosineDecay({ initial: 0.3, final: 0.01, over: 50, unit }), cosine],
  [
    "warmup",
    (unit) => warmup({ over: 5, then: cosineDecay({ initial: 0.3, final: 0.01, over: 50, unit }), unit }),
    (t) => cosine(t) * Math.min(1, (t + 1) / 5),
  ],
];

/** The worst relative error over 1000 counts. */
function worstError(schedule: Schedule, unit: "epoch" | "step", formula: Formula): number {
  let worst = 0;
  for (let t = 0; t < 1000; t++) {
    const time = { epoch: 123, step: 456, [unit]: t };
    worst = Math.max(worst, Math.abs(schedule(time) / formula(t) - 1));
  }
  return worst;
}

describe("schedules", () => {
  for (const unit of ["epoch", "step"] as const) {
    for (const [name, make, formula] of schedules) {
      it(`${name} per ${unit}`, () => expect(worstError(make(unit), unit, formula)).toBeLessThan(1e-13));
    }
  }

  it("count epochs unless told otherwise", () => {
    const schedule = stepDecay({ initial: 1, rate: 0.5, every: 1 });
    expect(schedule({ epoch: 2, step: 9 })).toBe(0.25);
  });

  it("end where they should, exactly", () => {
    const schedule = cosineDecay({ initial: 0.3, over: 50 });
    expect(schedule({ epoch: 0, step: 0 })).toBe(0.3);
    expect(schedule({ epoch: 50, step: 0 })).toBe(0);
    expect(schedule({ epoch: 5000, step: 0 })).toBe(0);
  });

  it("fall to 0, and do not hang, when a count of steps is beyond every number", () => {
    for (const make of [stepDecay, exponentialDecay]) {
      expect(make({ initial: 0.1, rate: 0.5, every: 1e-308 })({ epoch: 100, step: 0 })).toBe(0);
      expect(make({ initial: 0.1, rate: 1, every: 1e-308 })({ epoch: 100, step: 0 })).toBe(0.1);
      expect(make({ initial: 0.1, rate: 0.5, every: 1e-3 })({ epoch: 100, step: 0 })).toBe(0);
    }
  });

  it("control: a floor that is missing is noticed", () => {
    const smooth = exponentialDecay({ initial: 0.1, rate: 0.95, every: 10 });
    expect(worstError(smooth, "epoch", schedules[0][2])).toBeGreaterThan(1e-3);
  });
});

describe("a trainer", () => {
  it("asks its schedule once an update, with steps and epochs counted from 0", async () => {
    const net = await MLP.create({ layers: [1, 2] });
    const asked: [number, number][] = [];
    const learningRate: Schedule = ({ step, epoch }) => {
      asked.push([step, epoch]);
      return 0.1;
    };
    const trainer = net.trainer({ optimizer: sgd({ learningRate }) });
    for (let i = 0; i < 4; i++) {
      trainer.epoch = Math.floor(i / 2);
      trainer.step([[1]], [0]);
    }
    expect(asked).toEqual([
      [0, 0],
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(trainer.learningRate).toBe(0.1);
  });
});
