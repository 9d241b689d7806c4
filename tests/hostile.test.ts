/**
 * Every public function of every entry, called with what nobody should pass, in each place of a valid call: it answers, or
 * refuses in one sentence of the house, soon, and leaves the object that it belongs to as it was.
 */

import { rmSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { order, Random } from "../src/ground/random.js";
import { CALLS, type Door, ENTRIES, folder, gather, SUBJECTS, type Subject } from "./hostile-calls.js";
import { HOSTILE, moody, Own, type Path, placesOf, replaced } from "./hostile-values.js";

const isLong = process.env.WASMLP_LONG === "1";

// A hostile name of a file has no folder.
const home = process.cwd();
process.chdir(folder);
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

/** `<call>: <what must hold>, got <value>.` and perhaps a remedy. */
const SENTENCE = /^[^:]+: .*\b(must|became)\b.*\.$/s;

const ENGINE =
  /Cannot (read|convert|mix|set|perform|destructure|access)|is not (a function|iterable|a constructor|defined|an object)|Invalid (array|typed|string|time)|undefined is not|call stack|Reduce of|called on null|object null|Assignment to|out of bounds|memory access|unreachable|detached|could not be cloned|Method .* called|ERR_/;

/** What is the caller's own: what it threw, what its proxy says since it was revoked, and what its class says. */
function isOwn(error: unknown): boolean {
  if (error instanceof Own) return true;
  return /proxy that has been revoked$|^Class constructor Hostile cannot be invoked/.test((error as Error)?.message);
}

/** What is wrong with an error; undefined if nothing is. */
function faultOf(error: unknown, says: string): string | undefined {
  if (isOwn(error)) return undefined;
  if (!(error instanceof Error)) return "no Error of this realm";
  const { message, code } = error as NodeJS.ErrnoException;
  // Of the file system, as documented.
  if (typeof code === "string" && /^E[A-Z]+$/.test(code) && /File/.test(says)) return undefined;
  if (ENGINE.test(message)) return "the engine's words";
  if (!SENTENCE.test(message) || message.includes("\n")) return "no sentence of the house";
  if (!new RegExp(`^${says}(, [^:]+)?: `).test(message)) return "another's name";
  return message.length > 2000 ? "too long" : undefined;
}

/** Generators do nothing until they are asked. */
async function outcome(call: () => unknown): Promise<void> {
  const result = await call();
  if (Object.prototype.toString.call(result) === "[object Generator]") for (const _ of result as Iterable<unknown>);
}

async function tried(call: () => unknown): Promise<{ error?: unknown; failed: boolean; time: number }> {
  const start = performance.now();
  try {
    await outcome(call);
    return { failed: false, time: performance.now() - start };
  } catch (error) {
    return { error, failed: true, time: performance.now() - start };
  }
}

/** The function of that name, called on what it belongs to. */
function caller(name: string, { call }: Door): (object: object | undefined, args: unknown[]) => unknown {
  if (call) return (object, args) => call(object as never, ...(args as never[]));
  const [owner, method] = name.split(/[.#]/);
  const found = Object.values(ENTRIES).find((entry) => owner.replace("new ", "") in entry);
  const value = found?.[owner.replace("new ", "")] as Record<string, unknown>;
  if (name.startsWith("new ")) return (_, args) => Reflect.construct(value as never, args);
  if (name.includes("#")) {
    return (object, args) => {
      const member = (object as Record<string, unknown>)[method];
      return typeof member === "function" ? member.apply(object, args) : member;
    };
  }
  type Call = (...args: unknown[]) => unknown;
  return (_, args) =>
    method === undefined
      ? (value as unknown as Call)(...args)
      : (value as unknown as Record<string, Call>)[method](...args);
}

interface Case {
  readonly title: string;
  readonly args: () => unknown[];
}

/** Places and values, shuffled: each value at some places, each place with some values; all pairs in the long form. */
function* cases({ args, rounds = 3, long, steady }: Door, seed: number): Generator<Case> {
  const random = new Random(seed);
  const places = placesOf(args());
  if (places.length === 0) {
    // A place too many.
    for (const [name, make] of HOSTILE) yield { title: `a further ${name}`, args: () => [make()] };
    return;
  }
  const at = (path: Path, [name, make]: (typeof HOSTILE)[number]): Case => ({
    title: `${name} at ${path.join(".")}`,
    args: () => replaced(args(), path, make) as unknown[],
  });
  const isWork = (path: Path, make: () => unknown) =>
    long?.test(path.join(".")) === true && Number.isSafeInteger(make()) && (make() as number) > 100;
  const pairs: [Path, (typeof HOSTILE)[number]][] = [];
  if (isLong) for (const path of places) for (const value of HOSTILE) pairs.push([path, value]);
  else {
    for (let round = 0; round < rounds; round++) {
      const [there, values] = [order(places.length, random), order(HOSTILE.length, random)];
      for (let i = 0; i < Math.max(there.length, values.length); i++) {
        pairs.push([places[there[i % there.length]], HOSTILE[values[i % values.length]]]);
      }
    }
    // Each argument itself meets each value.
    const whole = places.filter((path) => path.length === 1);
    if (rounds > 1) for (const path of whole) for (const value of HOSTILE) pairs.push([path, value]);
  }
  for (const [path, value] of pairs) if (!isWork(path, value[1])) yield at(path, value);
  for (const path of steady ? [] : places) {
    // Rows of objects are not copied: a list may hold a million.
    if (path.length < 2 || isRows(args(), path)) continue;
    yield { title: `another value each time at ${path.join(".")}`, args: () => moody(args(), path) as unknown[] };
  }
}

/** Other pairs for each function. */
const seedOf = (name: string) => [...name].reduce((seed, letter) => (31 * seed + letter.charCodeAt(0)) % 2 ** 31, 7);

/** Whether a place is a row of a table, as against a cell of one or a row of numbers. */
function isRows(args: unknown[], path: Path): boolean {
  const held = path.reduce((holder, key) => (holder as Record<string, unknown>)[key], args as unknown);
  return typeof path[path.length - 1] === "number" && typeof held === "object" && "size" in (held as object);
}

/** What is wrong with a function, case by case. */
async function faults(name: string, door: Door, call = caller(name, door), most = 1000): Promise<string[]> {
  const found: string[] = [];
  const make = SUBJECTS[name.split("#")[0]];
  const says = door.says ?? name.replace(/^.*#/, "").replace(".", "\\.");
  let subject: Subject | undefined = await make?.();
  const valid = async () => tried(() => call(subject?.object, door.args()));
  const first = await valid();
  if (first.failed && !name.startsWith("new ")) return [`the valid call: ${(first.error as Error)?.stack}`];
  subject = await make?.();
  let before = subject?.state();
  for (const { title, args } of cases(door, seedOf(name))) {
    const run = () => tried(() => call(subject?.object, args()));
    let { failed, error, time } = await run();
    if (time > most) ({ failed, error, time } = await run());
    if (time > most) found.push(`${title}: ${Math.round(time)} ms`);
    if (!failed) {
      subject = await make?.();
      before = subject?.state();
      continue;
    }
    const fault = faultOf(error, says);
    if (fault) found.push(`${title}: ${fault}: ${(error as Error)?.stack?.slice(0, 600) ?? typeof error}`);
    // What a callback throws ends a fit, which keeps what it has learned.
    if (/onEpoch|score/.test(title) && isOwn(error)) {
      subject = await make?.();
      before = subject?.state();
    } else if (subject && subject.state() !== before) {
      found.push(`${title}: it was changed by what it refused (${error})`);
      subject = await make?.();
      before = subject?.state();
    }
  }
  const last = await valid();
  if (last.failed && !name.startsWith("new ")) found.push(`the valid call afterwards: ${last.error}`);
  return found;
}

describe("what the entries export", () => {
  it("has a valid call each, and no call is of something else", async () => {
    const named = Object.keys(CALLS).filter((name) => !/[()=]/.test(name.replace(/^inTurns\(\w+\)#/, "")));
    expect(named.sort()).toEqual((await gather()).sort());
  });

  it("control: a function without a call is noticed", async () => {
    expect(await gather({ ...ENTRIES, other: { later: () => 1 } })).toContain("later");
  });
});

describe("control: planted faults are noticed:", () => {
  const one: Door = { args: () => [{ a: [1] }], says: "planted" };
  const planted = (call: (argument: never) => unknown) =>
    faults("planted", one, (_, [argument]) => call(argument as never), 50);
  const wrong = (says: string) => {
    throw new TypeError(`${says}: a must be a number, got another.`);
  };
  const given = (argument: unknown) => (argument as { a?: unknown[] } | null | undefined)?.a?.[0];
  const isRight = (argument: unknown) => given(argument) === 1;

  const FAULTS: [string, (argument: unknown) => unknown, RegExp][] = [
    [
      "the engine's words",
      (argument) => isRight(argument) || (argument as { a: number[] }).a[0].toFixed(),
      /Cannot read properties of null/,
    ],
    ["another's name", (argument) => isRight(argument) || wrong("fit"), /another's name/],
    ["no sentence", (argument) => isRight(argument) || Promise.reject(new Error("planted: no")), /no sentence/],
    ["no error", (argument) => isRight(argument) || Promise.reject("planted: it must not."), /no Error of this realm/],
    ["a long loop", (argument) => isRight(argument) || argument !== Infinity || waste(60), /Infinity at 0: \d+ ms/],
  ];
  for (const [title, call, words] of FAULTS) {
    it(title, async () => expect((await planted(call)).join("\n")).toMatch(words));
  }

  it("none, where there is none", async () => {
    expect(await planted((argument) => isRight(argument) || wrong("planted"))).toEqual([]);
  });

  it("an object that a refusal changes", async () => {
    const broken: Door = {
      args: () => [[1, 2]],
      says: "take",
      call: (data: never, indices: never) => {
        if (Array.isArray(indices) && indices[0] === 1) return;
        (data as { x: Float32Array }).x[0]++;
        wrong("take");
      },
    };
    expect((await faults("Dataset#take", broken)).join()).toContain("it was changed by what it refused");
  });
});

function waste(time: number): void {
  const end = performance.now() + time;
  while (performance.now() < end);
}

describe("hostile arguments", () => {
  for (const [name, door] of Object.entries(CALLS)) {
    it(name, async () => {
      const peak = process.resourceUsage().maxRSS;
      expect(await faults(name, door)).toEqual([]);
      expect(process.resourceUsage().maxRSS - peak, "KiB at the peak").toBeLessThan(2 ** 19);
    });
  }
});
