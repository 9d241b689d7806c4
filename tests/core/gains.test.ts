/** When sharing does not pay, it is left alone for so long that little is lost; where it pays, it goes on. */
import { describe, expect, it } from "vitest";
import { Gains } from "../../src/core/gains.js";

/** Milliseconds of so many calls that take 0.02 alone; `shared` says what one takes on two threads, and how much of that is waiting. */
function timeOf(calls: number, shared: (call: number) => [own: number, waited: number]) {
  const gains = new Gains();
  let [time, tried] = [0, 0];
  for (let call = 0; call < calls; call++) {
    if (!gains.allow()) {
      time += 0.02;
      continue;
    }
    const [own, waited] = shared(call);
    gains.note(own, waited, 1, 2);
    time += own + waited;
    tried++;
  }
  return { time: time / (0.02 * calls), tried: tried / calls };
}

describe("gains", () => {
  it("share every call where it pays", () => {
    expect(timeOf(10_000, () => [0.01, 0.001])).toEqual({ time: expect.closeTo(0.55, 9), tried: 1 });
    // A thread that comes too late costs nothing, and is asked again.
    const gains = new Gains();
    for (let call = 0; call < 1000; call++) {
      expect(gains.allow()).toBe(true);
      gains.note(0.02, 0, 2, 2);
    }
  });

  it.each([0.025, 0.04, 0.1, 1, 20])("lose little where each call waits %d ms for a processor", (waited) => {
    const { time, tried } = timeOf(200_000, () => [0.01, waited]);
    expect(time).toBeLessThan(1.1);
    expect(tried).toBeGreaterThan(0);
  });

  it("go on sharing where one call in a thousand waits for as long as two hundred take", () => {
    const { time, tried } = timeOf(200_000, (call) => [0.01, call % 1000 === 999 ? 4 : 0.001]);
    expect(tried).toBeGreaterThan(0.6);
    expect(time).toBeLessThan(0.95);
  });

  it("come back when the processor is free again", () => {
    const isBusy = (call: number) => call < 50_000;
    const { tried } = timeOf(200_000, (call) => (isBusy(call) ? [0.01, 0.5] : [0.01, 0.001]));
    expect(tried).toBeGreaterThan(0.7);
  });

  it("are known by a clock that ticks every five microseconds", () => {
    let now = 0;
    const tick = (time: number) => {
      const before = Math.floor(now / 0.005);
      now += time;
      return 0.005 * (Math.floor(now / 0.005) - before);
    };
    const { tried } = timeOf(50_000, () => [tick(0.0101), tick(0.0013)]);
    expect(tried).toBeGreaterThan(0.95);
  });

  it("of calls that others did alone are none, and no losses", () => {
    const gains = new Gains();
    for (let call = 0; call < 1000; call++) {
      expect(gains.allow()).toBe(true);
      gains.note(0, 0.01, 0, 2);
    }
  });

  it("control: if all calls are shared, whatever they cost, it shows", () => {
    let time = 0;
    for (let call = 0; call < 1000; call++) time += 0.01 + 0.1;
    expect(time / (0.02 * 1000)).toBeGreaterThan(5);
  });
});
