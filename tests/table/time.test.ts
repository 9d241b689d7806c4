/** The seconds that a fit may take: the clock decides how many networks there are, never what is in them. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type MemberEpoch, Regressor } from "../../src/index.js";

const random = new Random(1);
const rows = Array.from({ length: 80 }, () => {
  const [a, b] = [random.normal(), random.normal()];
  return { a, b, price: 2 * a - b, kind: a > b ? "yes" : "no" };
});
const options = { target: "price", hidden: [4], epochs: 3, transform: "none", seed: 2 } as const;
const regressor = rows.map(({ kind, ...row }) => row);
const classified = rows.map(({ price, ...row }) => row);

afterEach(() => {
  vi.restoreAllMocks();
});

/** A clock that stands still until it is told how many seconds went by. */
function stopClock() {
  let now = 5000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  return (seconds: number) => {
    now += 1000 * seconds;
  };
}

describe("time", () => {
  it("is for as many networks as fit into it, which are those of so many as ensemble", async () => {
    for (const [seconds, count] of [
      [2.5, 2],
      [3.5, 3],
      [4.5, 4],
    ]) {
      const pass = stopClock();
      const told: MemberEpoch[] = [];
      const onEpoch = (epoch: MemberEpoch) => {
        told.push(epoch);
        if (epoch.epoch === 0) pass(1);
      };
      const model = await Regressor.fit(regressor, { ...options, time: seconds, onEpoch });
      vi.restoreAllMocks();
      expect(model.members.length).toBe(count);
      expect(model.members.every(({ history }) => history?.stopped === "done")).toBe(true);
      const counted = await Regressor.fit(regressor, { ...options, ensemble: count });
      expect(model.save()).toEqual(counted.save());
      // Control: one more is another model.
      const more = await Regressor.fit(regressor, { ...options, ensemble: count + 1 });
      expect(model.save()).not.toEqual(more.save());
      const left = told.map(({ timeLeft }) => timeLeft as number);
      expect([left[0], left.at(-1)]).toEqual([seconds, seconds - count]);
      expect(told.every(({ members }) => members === 32)).toBe(true);
    }
  });

  it("leaves out the network that it cuts off, but for the first", async () => {
    const pass = stopClock();
    const slow = ({ member, epoch }: MemberEpoch) => epoch === 1 && pass(member === 2 ? 9 : 1);
    const { transform: _, ...labelled } = options;
    const model = await Classifier.fit(classified, { ...labelled, target: "kind", time: 5, onEpoch: slow });
    expect(model.members.length).toBe(2);
    const first = await Regressor.fit(regressor, {
      ...options,
      time: 5,
      onEpoch: ({ epoch }) => epoch === 1 && pass(9),
    });
    expect(first.members.length).toBe(1);
    expect(first.history.stopped).toBe("aborted");
    const values = first.predict(regressor);
    expect(new Set(values).size).toBeGreaterThan(9);
  });

  it("however short leaves a model that answers", async () => {
    for (const time of [Number.MIN_VALUE, 1e-3]) {
      const labels = await Classifier.fit(classified, { target: "kind", time });
      const values = await Regressor.fit(regressor, { target: "price", time });
      expect(["yes", "no"]).toContain(labels.predict({ a: 1, b: 2 }));
      expect(values.predict({ a: 1, b: 2 })).not.toBeNaN();
      expect((await Classifier.load(labels.save())).predict(classified)).toEqual(labels.predict(classified));
    }
  });

  it("is for 32 networks at most, or as many as ensemble says", async () => {
    stopClock();
    const count = async (further: object) =>
      (await Regressor.fit(regressor, { ...options, epochs: 1, time: 1, ...further })).members.length;
    expect(await count({})).toBe(32);
    expect(await count({ ensemble: 3 })).toBe(3);
    expect(await count({ ensemble: 33 })).toBe(33);
  });

  it("that does not run out changes no byte, whatever was tried first", async () => {
    const skewed = regressor.map((row) => ({ ...row, price: (3 + row.price / 4) ** 8 }));
    const given = { target: "price", epochs: 3, ensemble: 3 };
    const plain = await Regressor.fit(skewed, given);
    stopClock();
    expect((await Regressor.fit(skewed, { ...given, time: 1 })).save()).toEqual(plain.save());
    expect((await Regressor.fit(skewed, { ...given, time: 1, onEpoch: () => 1 })).save()).toEqual(plain.save());
  });

  it("keeps a first network that was fitted whole to find out more", async () => {
    const pass = stopClock();
    // Told of epochs it would be fitted again.
    const onEpoch = () => pass(1);
    const given = { target: "price", transform: "none", epochs: 3, onEpoch } as const;
    const cut = await Regressor.fit(regressor, { ...given, time: 2 });
    const whole = await Regressor.fit(regressor, { ...given, ensemble: 2 });
    expect(cut.members.length).toBe(1);
    expect(cut.net.parameters()).toEqual(whole.net.parameters());
    expect(cut.history.stopped).toBe("done");
    expect(cut.predictInterval(regressor[0], { coverage: 0.5 }).high).not.toBeNaN();
  });

  it("of a cross-validation is that of each fold", async () => {
    const pass = stopClock();
    const counts: number[] = [];
    await Regressor.crossValidate(regressor, {
      ...options,
      folds: 3,
      time: 2,
      onEpoch: ({ epoch, member }) => {
        if (epoch === 0) pass(1);
        if (epoch === 0) counts.push(member);
      },
    });
    expect(counts).toEqual([0, 1, 0, 1, 0, 1]);
  });

  it("of a search ends its trials early enough for a last fit", async () => {
    const pass = stopClock();
    const space = { learningRate: [0.01, 0.02] };
    const told: number[] = [];
    const onTrial = ({ trial }: { trial: { trial: number } }) => told.push(trial.trial);
    const onEpoch = ({ epoch }: MemberEpoch) => epoch === 0 && pass(1);
    const search = { ...options, ensemble: 1, folds: 2, onTrial, onEpoch };
    // Two seconds a trial: four are over after eight of ten and a half.
    const { model, trials, stopped } = await Regressor.search(regressor, space, { ...search, time: 10.5 });
    expect([told, trials.length, stopped]).toEqual([[0, 1, 2, 3], 4, "done"]);
    expect(model.history.stopped).toBe("done");
    const few = await Regressor.search(regressor, { ...search, time: 10.5 });
    expect(few.trials.length).toBe(2);
    // No time for a whole trial: the defaults.
    const none = await Regressor.search(regressor, space, { ...search, time: 1 });
    expect([none.trials, none.bestTrial.trial, none.stopped]).toEqual([[], 0, "done"]);
    expect(none.model.predict({ a: 1, b: 2 })).not.toBeNaN();
  });

  it("is refused where it is none", async () => {
    const refused = (time: unknown) => expect(Regressor.fit(regressor, { ...options, time: time as number })).rejects;
    await refused(0).toThrow("Regressor.fit: time must be a finite number > 0, got 0.");
    await refused(-1).toThrow("Regressor.fit: time must be a finite number > 0, got -1.");
    await refused(Number.POSITIVE_INFINITY).toThrow("Regressor.fit: time must be a finite number > 0, got Infinity.");
    await refused("1").toThrow('Regressor.fit: time must be a number, got "1".');
    await expect(Regressor.fit(regressor, { ...options, time: 1, signal: 1 as never })).rejects.toThrow(
      "Regressor.fit: signal must be an AbortSignal, got 1.",
    );
  });
});
