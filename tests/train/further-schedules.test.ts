/** Restarts, powers, pieces, one cycle and the warm-up from a rate: formulas, PyTorch's and Keras' numbers, domains. */
import { describe, expect, it } from "vitest";
import {
  cosineDecay,
  cosineRestarts,
  oneCycle,
  piecewise,
  polynomialDecay,
  type Schedule,
  type ScheduleUnit,
  stepDecay,
  warmup,
} from "../../src/index.js";

const UNITS: ScheduleUnit[] = ["epoch", "step"];
const at = (schedule: Schedule, unit: ScheduleUnit, t: number) => schedule({ epoch: 123, step: 456, [unit]: t });

/** The worst error beside wanted rates, relative to the largest of them. */
function worst(make: (unit: ScheduleUnit) => Schedule, wanted: readonly number[]): number {
  const largest = Math.max(...wanted);
  const errors = UNITS.flatMap((unit) => wanted.map((rate, t) => Math.abs(at(make(unit), unit, t) - rate) / largest));
  return Math.max(...errors);
}

/*
What PyTorch 1.13.0 says (/usr/bin/python3), every number to all its digits.

/usr/bin/python3 - <<'END'
import torch
def rates(make, steps, lr):
    o = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    s = make(o); out = []
    for i in range(steps):
        out.append(o.param_groups[0]['lr']); o.step()
        if i + 1 < steps: s.step()
    return out
L = torch.optim.lr_scheduler
print(rates(lambda o: L.OneCycleLR(o, max_lr=.5, total_steps=20), 20, .1))
print(rates(lambda o: L.OneCycleLR(o, max_lr=.3, total_steps=9, pct_start=.5, div_factor=4, final_div_factor=100), 9, .1))
print(rates(lambda o: L.CosineAnnealingWarmRestarts(o, T_0=4, eta_min=.01), 10, .3))
print(rates(lambda o: L.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=.01), 24, .3))
print(rates(lambda o: L.PolynomialLR(o, total_iters=5, power=2), 8, .1))
END
*/
const TORCH: [string, (unit: ScheduleUnit) => Schedule, number[]][] = [
  [
    "one cycle",
    (unit) => oneCycle({ peak: 0.5, over: 20, unit }),
    [
      ...[0.020000000000000018, 0.06583592135001265, 0.18583592135001265, 0.3341640786499874, 0.45416407864998737, 0.5],
      ...[0.49373200311754367, 0.47524231600673683, 0.445458088785525, 0.40587282697488153, 0.3584715008956504],
      ...[0.30563101096814466, 0.250001, 0.19437098903185537, 0.14153049910434962, 0.09412917302511849],
      ...[0.05454391121447502, 0.024759683993263143, 0.006269996882456277, 2e-6],
    ],
  ],
  [
    "one cycle with other shares, the peak between two counts",
    (unit) => oneCycle({ peak: 0.3, over: 9, rise: 0.5, initialDivisor: 4, finalDivisor: 100, unit }),
    [
      ...[0.07500000000000001, 0.11735739729089248, 0.21253360507008534, 0.2888589976390221, 0.29097650838509154],
      ...[0.2251875, 0.12439289141658556, 0.03575560019832293, 0.00075],
    ],
  ],
  [
    "restarts",
    (unit) => cosineRestarts({ initial: 0.3, final: 0.01, period: 4, unit }),
    [
      ...[0.3, 0.25753048327204936, 0.155, 0.05246951672795062, 0.3, 0.25753048327204936, 0.155, 0.05246951672795062],
      ...[0.3, 0.25753048327204936],
    ],
  ],
  [
    "restarts of periods that double",
    (unit) => cosineRestarts({ initial: 0.3, final: 0.01, period: 3, factor: 2, unit }),
    [
      ...[0.3, 0.22749999999999998, 0.08250000000000002, 0.3, 0.2805736835487436, 0.22749999999999998, 0.155],
      ...[0.08250000000000002, 0.029426316451256387, 0.3, 0.29505924481191487, 0.2805736835487436],
      ...[
        0.25753048327204936, 0.22749999999999998, 0.1925287615398655, 0.155, 0.11747123846013449, 0.08250000000000002,
      ],
      ...[0.05246951672795062, 0.029426316451256387, 0.01494075518808511, 0.3, 0.2987595048992025, 0.29505924481191487],
    ],
  ],
  [
    "powers",
    (unit) => polynomialDecay({ initial: 0.1, power: 2, over: 5, unit }),
    [0.1, 0.06400000000000002, 0.036000000000000004, 0.016000000000000004, 0.003999999999999999, 0, 0, 0],
  ],
];

/** Keras 3's formulas, as its sources write them, but for tensors. */
const KERAS = {
  polynomial: (step: number, initial: number, end: number, decaySteps: number, power: number) =>
    (initial - end) * (1 - Math.min(step, decaySteps) / decaySteps) ** power + end,
  piecewise: (step: number, boundaries: number[], values: number[]) => {
    if (step <= boundaries[0]) return values[0];
    if (step > boundaries[boundaries.length - 1]) return values[values.length - 1];
    let rate = 0;
    for (let i = 0; i < boundaries.length - 1; i++) {
      if (step > boundaries[i] && step <= boundaries[i + 1]) rate = values[i + 1];
    }
    return rate;
  },
  warmedCosine: (step: number, initial: number, target: number, warmupSteps: number, decaySteps: number) => {
    if (step < warmupSteps) return ((target - initial) * step) / warmupSteps + initial;
    const completed = Math.min(step - warmupSteps, decaySteps) / decaySteps;
    return target * 0.5 * (1 + Math.cos(Math.PI * completed));
  },
};
const over = (formula: (t: number) => number) => Array.from({ length: 80 }, (_, t) => formula(t));

const FORMULAS: [string, (unit: ScheduleUnit) => Schedule, number[]][] = [
  [
    "PolynomialDecay of Keras",
    (unit) => polynomialDecay({ initial: 0.1, final: 0.001, power: 0.5, over: 37, unit }),
    over((t) => KERAS.polynomial(t, 0.1, 0.001, 37, 0.5)),
  ],
  [
    "PolynomialDecay of Keras, a line",
    (unit) => polynomialDecay({ initial: 0.1, final: 0.2, over: 12.5, unit }),
    over((t) => KERAS.polynomial(t, 0.1, 0.2, 12.5, 1)),
  ],
  [
    "PiecewiseConstantDecay of Keras",
    (unit) => piecewise({ rates: [0.1, 0.05, 0.2, 0], boundaries: [0, 20, 40], unit }),
    over((t) => KERAS.piecewise(t, [0, 20, 40], [0.1, 0.05, 0.2, 0])),
  ],
  [
    "CosineDecay of Keras, warmed up",
    (unit) => warmup({ from: 0.01, over: 8, then: cosineDecay({ initial: 0.3, over: 50, unit }), unit }),
    over((t) => KERAS.warmedCosine(t, 0.01, 0.3, 8, 50)),
  ],
  [
    "a warm-up of a warm-up to a number",
    (unit) => warmup({ from: 0, over: 2, then: warmup({ from: 0.1, over: 4, then: 0.5, unit }), unit }),
    over((t) => (t < 2 ? 0.05 * t : t < 6 ? 0.1 + 0.1 * (t - 2) : 0.5)),
  ],
  [
    "restarts of periods that grow by a half",
    (unit) => cosineRestarts({ initial: 1, period: 4, factor: 1.5, unit }),
    over((t) => {
      let [start, length] = [0, 4];
      for (; t >= start + length; length *= 1.5) start += length;
      return (1 + Math.cos((Math.PI * (t - start)) / length)) / 2;
    }),
  ],
];

describe("per epoch and per step", () => {
  it.each(TORCH)("%s: PyTorch's numbers", (_, make, wanted) => expect(worst(make, wanted)).toBeLessThan(1e-14));
  it.each(FORMULAS)("%s: the formula", (_, make, wanted) => expect(worst(make, wanted)).toBeLessThan(1e-14));

  it("epochs are counted unless told otherwise", () => {
    const schedules = [
      oneCycle({ peak: 1, over: 9 }),
      cosineRestarts({ initial: 1, period: 9 }),
      polynomialDecay({ initial: 1, over: 9 }),
      piecewise({ rates: [1, 2, 3], boundaries: [1, 2] }),
      warmup({ from: 0, over: 9, then: cosineDecay({ initial: 1, over: 9 }) }),
    ];
    for (const schedule of schedules) {
      expect(schedule({ epoch: 2, step: 7 })).toBe(schedule({ epoch: 2, step: 9 }));
      expect(schedule({ epoch: 1, step: 7 })).not.toBe(schedule({ epoch: 2, step: 7 }));
    }
  });

  it("a period begins with the rate of the start, exactly, however many there were", () => {
    for (const [period, factor] of [
      [1, 2],
      [3, 3],
      [4, 1.5],
      [7, 1],
      [0.5, 1.25],
    ] as const) {
      // biome-ignore format: pairs
      const schedule = cosineRestarts({ initial: 0.3, period, factor });
      let [start, length] = [0, period as number];
      for (let n = 0; n < 20; n++) {
        expect(schedule({ epoch: start, step: 0 })).toBe(0.3);
        expect(schedule({ epoch: start + length / 2, step: 0 })).toBeCloseTo(0.15, 12);
        expect(schedule({ epoch: start + length * (1 - 2 ** -20), step: 0 })).toBeLessThan(1e-9);
        start += length;
        length *= factor;
      }
    }
  });

  it("ends are exact, and hold ever after", () => {
    for (const epoch of [20, 21, 1e9, 2 ** 60]) {
      expect(polynomialDecay({ initial: 0.3, final: 0.07, over: 20 })({ epoch, step: 0 })).toBe(0.07);
      expect(oneCycle({ peak: 0.5, over: 20, finalDivisor: 4 })({ epoch, step: 0 })).toBe(0.005);
      expect(piecewise({ rates: [0.3, 0.1], boundaries: [19] })({ epoch, step: 0 })).toBe(0.1);
    }
    expect(oneCycle({ peak: 0.5, over: 1 })({ epoch: 0, step: 0 })).toBe(2e-6);
    expect(piecewise({ rates: [0.3], boundaries: [] })({ epoch: 5, step: 0 })).toBe(0.3);
  });

  it("no count hangs", () => {
    for (const factor of [1, 1.001, 2, 1e300]) {
      for (const epoch of [1e9, 1e18, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY, -1]) {
        const rate = cosineRestarts({ initial: 1, final: 0.5, period: 1e-3, factor })({ epoch, step: 0 });
        expect(rate >= 0.5 && rate <= 1, `${factor} ${epoch}: ${rate}`).toBe(true);
      }
      expect(cosineRestarts({ initial: 1, period: 1, factor })({ epoch: Number.NaN, step: 0 })).toBeNaN();
    }
  });

  it("lists are copied: what is changed afterwards changes no rate", () => {
    const [rates, boundaries] = [[0.1, 0.2], [5]];
    const schedule = piecewise({ rates, boundaries });
    [rates[0], boundaries[0]] = [9, 0];
    expect(schedule({ epoch: 3, step: 0 })).toBe(0.1);
  });

  it("a function is warmed up to as well: its own count begins at the end", () => {
    const schedule = warmup({ from: 0, over: 10, then: ({ step, epoch }) => 1 / (1 + step) + epoch, unit: "step" });
    expect(schedule({ epoch: 0, step: 5 })).toBe(0.5);
    expect(schedule({ epoch: 0, step: 10 })).toBe(1);
    expect(schedule({ epoch: 0, step: 13 })).toBe(0.25);
  });

  it("without `from` a warm-up is what it was", () => {
    const then = cosineDecay({ initial: 0.3, over: 50 });
    const schedule = warmup({ over: 5, then });
    for (let epoch = 0; epoch < 60; epoch++) {
      const wanted = then({ epoch, step: 0 }) * Math.min(1, (epoch + 1) / 5);
      expect(schedule({ epoch, step: 0 })).toBe(wanted);
    }
    // Units may differ then.
    const mixed = warmup({ over: 5, then: stepDecay({ initial: 0.1, rate: 0.5, every: 1 }), unit: "step" });
    expect(mixed({ epoch: 2, step: 9 })).toBe(0.025);
  });

  it("control: a count too many, a period that does not grow and a warm-up that `then` counts too are noticed", () => {
    const late = ([, make, wanted]: (typeof TORCH)[0]) => {
      const shifted = (unit: ScheduleUnit): Schedule => {
        const schedule = make(unit);
        return ({ epoch, step }) => schedule({ epoch: epoch + 1, step: step + 1 });
      };
      return worst(shifted, wanted);
    };
    for (const one of [...TORCH, ...FORMULAS]) expect(late(one), one[0]).toBeGreaterThan(1e-3);
    const steady = (unit: ScheduleUnit) => cosineRestarts({ initial: 0.3, final: 0.01, period: 3, unit });
    expect(worst(steady, TORCH[3][2])).toBeGreaterThan(0.1);
    const counted = (unit: ScheduleUnit) =>
      warmup({ over: 8, then: cosineDecay({ initial: 0.3, over: 50, unit }), unit });
    expect(worst(counted, FORMULAS[3][2])).toBeGreaterThan(0.01);
  });
});

describe("domains", () => {
  const refused: [() => unknown, ErrorConstructor, string][] = [
    [() => cosineRestarts({ initial: -1, period: 1 }), RangeError, "initial must be a finite number >= 0, got -1."],
    [() => cosineRestarts({ initial: 1, period: 0 }), RangeError, "period must be > 0, got 0."],
    [() => cosineRestarts({ initial: 1, period: 1, factor: 0.5 }), RangeError, "factor must be a finite number >= 1"],
    [
      () => cosineRestarts({ initial: 1, period: 1, factor: 1 + 2 ** -52 }),
      RangeError,
      "factor must be 1, or 1.001 at least, got 1.0000000000000002.",
    ],
    [
      () => cosineRestarts({ initial: 1, over: 1 } as never),
      TypeError,
      "the options must be among initial, final, per",
    ],
    [() => polynomialDecay({ initial: 1, over: 1, power: 0 }), RangeError, "power must be > 0, got 0."],
    [() => polynomialDecay({ initial: 1, over: "5" as never }), TypeError, 'over must be a number, got "5".'],
    [
      () => piecewise({ rates: [1, 2], boundaries: [1, 2] }),
      RangeError,
      "rates must hold one number more than boundaries, got 2 and 2.",
    ],
    [() => piecewise({ rates: [1, 2, 3], boundaries: [2, 2] }), RangeError, "boundaries must rise, got 2 after 2."],
    [
      () => piecewise({ rates: [1, -2], boundaries: [2] }),
      RangeError,
      "rates[1] must be a finite number >= 0, got -2.",
    ],
    [() => piecewise({ rates: 1 as never, boundaries: [2] }), TypeError, "rates must be a list of numbers, got 1."],
    [() => oneCycle({ peak: 1, over: 9, rise: 1 }), RangeError, "rise must lie between 0 and 1, got 1."],
    [() => oneCycle({ peak: 1, over: 9, finalDivisor: 0 }), RangeError, "finalDivisor must be > 0, got 0."],
    [() => oneCycle({ peak: 1, over: 9, unit: "batch" as never }), RangeError, 'unit must be one of "epoch", "step"'],
    [() => warmup({ over: 9, then: 1, from: -1 }), RangeError, "from must be a finite number >= 0, got -1."],
    [
      () => warmup({ over: 9, from: 0, then: cosineDecay({ initial: 1, over: 5 }), unit: "step" }),
      RangeError,
      'then must have the unit "step" of a warm-up with from, got "epoch".',
    ],
  ];
  it.each(refused)("%s", (make, Kind, sentence) => {
    expect(make).toThrow(Kind);
    expect(make).toThrow(sentence);
  });
});
