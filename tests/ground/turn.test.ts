/**
 * Long work gives the event loop its turn at least every 10 ms: shown on a clock that goes on only while work is done, so
 * that no real time is measured here.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import { countParameters, rowsAtATime } from "../../src/core/layout.js";
import { Random } from "../../src/ground/random.js";
import { runThrough, Turn, WORTH_A_LOOK } from "../../src/ground/turn.js";

/** Multiply-adds in a millisecond: about what one core does at the 40 GF/s of the README. */
const SPEED = 20e6;

/** What may lie between two turns, in milliseconds. */
const PROMISE = 10;

/** A machine on which nothing takes time but the work that is counted. */
class Machine {
  time = 0;
  readonly events: string[] = [];
  /** Milliseconds that were worked between two turns, one number a turn. */
  readonly stretches: number[] = [];
  private turnEnded = 0;

  readonly now = () => this.time;

  private readonly tasks: (() => void)[] = [];

  /** A task for the next round of the event loop. */
  readonly later = (task: () => void) => {
    if (this.tasks.push(task) === 1) void this.goRound();
  };

  /** As Node does: other tasks run, how long they take is their own affair, then all that was waiting when the round began. */
  private async goRound(): Promise<void> {
    do {
      await this.settle();
      this.endStretch();
      this.events.push("turn");
      this.time += 4;
      this.turnEnded = this.time;
      for (let left = this.tasks.length; left > 0; left--) {
        this.tasks[0]();
        await this.settle();
        this.tasks.shift();
      }
    } while (this.tasks.length > 0);
  }

  /** What goes on at once, goes on. */
  private async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) await undefined;
  }

  private endStretch(): void {
    this.stretches.push(this.time - this.turnEnded);
    this.turnEnded = this.time;
  }

  /** Long work: each piece takes its time, then says how much it was. */
  *work(pieces: Iterable<number>): Generator<number, string> {
    for (const piece of pieces) {
      this.time += piece / SPEED;
      this.events.push("piece");
      yield piece;
    }
    this.endStretch();
    return "done";
  }
}

/** The pieces of a fit, as the network's layout cuts them: three products with every weight for each row. */
function* fitPieces(sizes: readonly number[], milliseconds: number): Generator<number> {
  const piece = 3 * rowsAtATime(sizes) * countParameters(sizes);
  for (let done = 0; done < milliseconds * SPEED; done += piece) yield piece;
}

function* randomPieces(most: number, milliseconds: number): Generator<number> {
  const random = new Random(1);
  for (let done = 0; done < milliseconds * SPEED; ) {
    // Short ones are as frequent as long ones.
    const piece = Math.floor(most ** random.uniform());
    done += piece;
    yield piece;
  }
}

const WORKS: [string, () => Iterable<number>][] = [
  ["a fit of XOR, 2-10-2", () => fitPieces([2, 10, 2], 100)],
  ["a fit of 64-64-10", () => fitPieces([64, 64, 10], 200)],
  ["a fit of 784-128-10", () => fitPieces([784, 128, 10], 500)],
  ["a fit of 784-800-10", () => fitPieces([784, 800, 10], 500)],
  // 2.6 million weights, the most that one piece takes 16 rows of without being longer than others.
  ["a fit of 1600-1600-10", () => fitPieces([1600, 1600, 10], 500)],
  ["pieces of all lengths", () => randomPieces(1.2e8, 500)],
  ["many pieces too short to look at the clock", () => randomPieces(100_000, 50)],
];

type Make = (machine: Machine) => Turn;
const whole: Make = ({ now, later }) => new Turn(now, later);

/** The stretches of all of the work, done under the turn that is made. */
async function stretchesOf(pieces: Iterable<number>, make: Make = whole): Promise<number[]> {
  const machine = new Machine();
  expect(await make(machine).run(machine.work(pieces))).toBe("done");
  return machine.stretches;
}

describe("between two turns", () => {
  it.each(WORKS)("%s works for 10 ms at most", async (_, pieces) => {
    const stretches = await stretchesOf(pieces());
    expect(stretches.length).toBeGreaterThan(4);
    expect(Math.max(...stretches)).toBeLessThanOrEqual(PROMISE);
  });

  it.each(WORKS)("%s works for 3 ms at least: turns cost time too", async (_, pieces) => {
    // The first comes early: nobody knows yet when the event loop ran last.
    const turns = (await stretchesOf(pieces())).slice(1, -1);
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(3);
  });

  /** The stretches of twenty works that begin at the same time, each under the turn that is made for it. */
  async function stretchesOfTwenty(make: (machine: Machine) => () => Turn): Promise<number[]> {
    const machine = new Machine();
    const turnOf = make(machine);
    const works = Array.from({ length: 20 }, () => turnOf().run(machine.work(fitPieces([64, 64, 10], 40))));
    await Promise.all(works);
    return machine.stretches;
  }

  it("twenty fits at once work for 10 ms at most, all of them together", async () => {
    const stretches = await stretchesOfTwenty((machine) => {
      const shared = whole(machine);
      return () => shared;
    });
    expect(stretches.length).toBeGreaterThan(200);
    expect(Math.max(...stretches)).toBeLessThanOrEqual(PROMISE);
  });

  it("control: a clock for each of twenty fits is noticed", async () => {
    const stretches = await stretchesOfTwenty((machine) => () => whole(machine));
    expect(Math.max(...stretches)).toBeGreaterThan(PROMISE);
  });

  it("fits take turns: those that have waited for longer go on first", async () => {
    const machine = new Machine();
    const shared = whole(machine);
    const order: string[] = [];
    function* work(name: string): Generator<number, void> {
      for (let i = 0; i < 3; i++) {
        machine.time += 4;
        order.push(name);
        yield WORTH_A_LOOK;
      }
    }
    await Promise.all(["a", "b", "c"].map((name) => shared.run(work(name))));
    expect(order.join("")).toBe("abcabcabc");
  });

  /** Whether any of the works goes on for more than what is promised. */
  async function breaksPromise(make: Make): Promise<boolean> {
    for (const [, pieces] of WORKS) {
      if (Math.max(...(await stretchesOf(pieces(), make))) > PROMISE) return true;
    }
    return false;
  }

  class NeverDue extends Turn {
    override due(): boolean {
      return false;
    }
  }
  class GivesNothing extends Turn {
    override async give(): Promise<void> {}
  }
  class ForgetsShortPieces extends Turn {
    override due(multiplyAdds: number): boolean {
      return multiplyAdds >= WORTH_A_LOOK && super.due(multiplyAdds);
    }
  }
  class LooksTooSeldom extends Turn {
    override due(multiplyAdds: number): boolean {
      return super.due(multiplyAdds / 1000);
    }
  }

  it("control: a turn that is never due, that is not given, or that is looked for too seldom is noticed", async () => {
    expect(await breaksPromise(whole)).toBe(false);
    for (const Broken of [NeverDue, GivesNothing, ForgetsShortPieces, LooksTooSeldom]) {
      expect(await breaksPromise(({ now, later }) => new Broken(now, later)), Broken.name).toBe(true);
    }
  });

  it("control: a clock that stands still is noticed", async () => {
    expect(await breaksPromise(({ later }) => new Turn(() => 0, later))).toBe(true);
  });
});

describe("a turn", () => {
  it("is due when 3 ms are over and there was work enough to look at the clock", async () => {
    const machine = new Machine();
    const turn = whole(machine);
    await turn.give();
    machine.time += 2.999;
    expect(turn.due(WORTH_A_LOOK)).toBe(false);
    machine.time += 0.002;
    expect(turn.due(WORTH_A_LOOK - 1)).toBe(false);
    expect(turn.due(1)).toBe(true);
  });

  it("is due at the first look: nobody knows when the event loop ran last", () => {
    expect(whole(new Machine()).due(WORTH_A_LOOK)).toBe(true);
  });

  it("is due anew only after it was given and 3 ms more are over", async () => {
    const machine = new Machine();
    const turn = whole(machine);
    machine.time = 5;
    expect(turn.due(WORTH_A_LOOK)).toBe(true);
    await turn.give();
    expect(turn.due(WORTH_A_LOOK)).toBe(false);
    // The other tasks took 4 ms, which are not this work's.
    machine.time = 11.9;
    expect(turn.due(WORTH_A_LOOK)).toBe(false);
    machine.time = 12;
    expect(turn.due(WORTH_A_LOOK)).toBe(true);
  });

  it("comes between the pieces of some work: no piece starts before it is over", async () => {
    const machine = new Machine();
    let goOn = () => {};
    const turn = new Turn(machine.now, (task) => {
      machine.events.push("turn begins");
      goOn = () => {
        machine.events.push("turn ends");
        task();
      };
    });
    const begun = turn.give();
    goOn();
    await begun;
    machine.events.length = 0;
    const done = turn.run(machine.work([1 * SPEED, 2 * SPEED, 1 * SPEED]));
    for (let i = 0; i < 10; i++) await undefined;
    expect(machine.events).toEqual(["piece", "piece", "turn begins"]);
    goOn();
    expect(await done).toBe("done");
    expect(machine.events).toEqual(["piece", "piece", "turn begins", "turn ends", "piece"]);
  });

  it("is not given where all is done at once", () => {
    const machine = new Machine();
    expect(runThrough(machine.work([5 * SPEED, 5 * SPEED]))).toBe("done");
    expect(machine.events).toEqual(["piece", "piece"]);
  });
});

describe("what the library is published with", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("is the clock of performance", async () => {
    const now = vi.spyOn(performance, "now").mockReturnValue(100);
    const turn = new Turn();
    await turn.give();
    now.mockReturnValue(102.9);
    expect(turn.due(WORTH_A_LOOK)).toBe(false);
    now.mockReturnValue(103);
    expect(turn.due(WORTH_A_LOOK)).toBe(true);
  });

  /** What runs before `give` resolves, of two tasks that wait and a timer that it must not wait for. */
  async function ranBefore(give: () => Promise<void>): Promise<string[]> {
    const ran: string[] = [];
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => ran.push("message");
    port2.postMessage(undefined);
    const wait = setImmediate(() => ran.push("immediate"));
    // Node looks at messages and at immediates in turns of their own: one give is one of both at least.
    await give();
    port1.close();
    clearImmediate(wait);
    return ran;
  }

  it("is a task of the event loop: what waits runs first, in Node", async () => {
    expect(await ranBefore(() => new Turn().give())).toContain("immediate");
  });

  it("is a message where there is no setImmediate, as in browsers", async () => {
    const give = () => {
      vi.stubGlobal("setImmediate", undefined);
      return new Turn().give();
    };
    expect(await ranBefore(give)).toContain("message");
  });

  it("is never a timer", async () => {
    vi.stubGlobal("setTimeout", () => {
      throw new Error("a timer was set");
    });
    await new Turn().give();
    vi.stubGlobal("setImmediate", undefined);
    await new Turn().give();
  });

  it("control: a microtask is no turn", async () => {
    expect(await ranBefore(() => Promise.resolve())).toEqual([]);
  });
});
