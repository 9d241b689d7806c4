/** What a search may try: by name a list to choose from, or a range of numbers; as settings, and as places between 0 and 1. */
import { checkNumber, checkOptions, isWalkable, show } from "../ground/check.js";
import { exp, log } from "../ground/math.js";

/** Numbers between two bounds. */
export interface SearchRange {
  low: number;
  high: number;
  /** Whether each factor is as likely as each other: for rates and penalties. Needs low > 0. */
  log?: boolean;
  /** Whether only whole numbers are drawn. */
  whole?: boolean;
}

/** By the name of a setting a list to choose from, of values that JSON has, or a range of numbers. */
export type StudySpace = Readonly<Record<string, readonly unknown[] | Readonly<SearchRange>>>;

/** A value of each setting of a space. */
export type SettingsOf<S extends StudySpace> = {
  -readonly [K in keyof S]: S[K] extends readonly (infer T)[] ? T : number;
};

/** A copy of a list to choose from, or of a range, that was checked. */
export function checkValues(call: string, name: string, values: unknown): readonly unknown[] | SearchRange {
  if (Array.isArray(values)) {
    if (values.length === 0) throw new RangeError(`${call}: ${name} must list something to choose from, got none.`);
    return isWalkable(values) ? values.slice() : values;
  }
  checkOptions(call, values, ["low", "high", "log", "whole"], name);
  const range = { ...(values as unknown as SearchRange) };
  checkNumber(call, `${name}.low`, range.low, range.log ? Number.MIN_VALUE : undefined);
  checkNumber(call, `${name}.high`, range.high, range.low);
  return checkRange(call, name, range);
}

/** Refuses what is no space of a study. @returns a copy */
export function checkStudySpace(call: string, space: unknown): StudySpace {
  if (typeof space !== "object" || space === null || Array.isArray(space)) {
    throw new TypeError(`${call}: space must be an object of lists and ranges by name, got ${show(space)}.`);
  }
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError(`${call}: the space must name a setting to search over, got none.`);
  return Object.fromEntries(
    entries.map(([name, values]) => {
      const checked = checkValues(call, name, values);
      return [name, Array.isArray(checked) ? checkChoices(call, name, checked) : checked];
    }),
  );
}

function checkChoices(call: string, name: string, choices: readonly unknown[]): readonly unknown[] {
  const texts = choices.map((choice) => {
    if (!isJson(choice)) {
      throw new TypeError(
        `${call}: ${name} must list values that JSON has, got ${show(choice)}. List names of what cannot be written.`,
      );
    }
    return JSON.stringify(choice);
  });
  const twice = texts.findIndex((text, i) => texts.indexOf(text) < i);
  if (twice >= 0) throw new RangeError(`${call}: ${name} must list each value once, got ${texts[twice]} twice.`);
  return texts.map((text) => JSON.parse(text));
}

function checkRange(call: string, name: string, range: SearchRange): SearchRange {
  const { low, high, log: isLog = false, whole = false } = range;
  for (const [key, flag] of Object.entries({ log: isLog, whole })) {
    if (typeof flag !== "boolean")
      throw new TypeError(`${call}: ${name}.${key} must be true or false, got ${show(flag)}.`);
  }
  if (!Number.isFinite(high - low))
    throw new RangeError(`${call}: ${name} must span a finite range, got ${low} to ${high}.`);
  for (const [key, end] of Object.entries({ low, high })) {
    if (!whole || Number.isSafeInteger(end)) continue;
    throw new RangeError(`${call}: ${name}.${key} must be a whole number where whole is true, got ${end}.`);
  }
  return { low: low + 0, high: high + 0, log: isLog, whole };
}

const DEEPEST = 16;

/** Whether JSON carries a value as it is. */
export function isJson(value: unknown, depth = DEEPEST): boolean {
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === 0) return false;
  if (Array.isArray(value)) return isWalkable(value) && value.every((own) => isJson(own, depth - 1));
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return !(Symbol.iterator in value) && Object.values(value).every((own) => isJson(own, depth - 1));
}

/** A number of the range, `share` of the way from its low end to its high one; whole numbers have equal parts of the way. */
export function numberAt({ low, high, log: isLog, whole }: SearchRange, share: number): number {
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  const value = isLog ? exp(log(from) + share * (log(to) - log(from))) : from + share * (to - from);
  return Math.min(high, Math.max(low, whole ? Math.round(value) : value)) + 0;
}

/** How much of the way a number lies; of a range of one number half of it. */
function shareOf({ low, high, log: isLog, whole }: SearchRange, value: number): number {
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  if (to === from) return 0.5;
  const share = isLog ? (log(value) - log(from)) / (log(to) - log(from)) : (value - from) / (to - from);
  return Math.min(1, Math.max(0, share));
}

/** What draws: a `Random` of src/ground/random.ts does. */
interface Draws {
  uniform(): number;
  below(limit: number): number;
}

/** A setting as one of the numbers of a place: for a range a share of its way, for a list the number of a choice. */
export interface Axis {
  readonly name: string;
  /** How many choices there are; 0 for a range. */
  readonly choices: number;
  /** Of whole numbers the share of the way that one has; else 0. */
  readonly grain: number;
  draw(random: Draws): number;
  value(place: number): unknown;
  place(value: unknown): number;
  /** The place of the value there: whole numbers have one each. */
  snap(place: number): number;
}

/** The settings of a space, by name, so that the order of its keys changes nothing. */
export function axesOf(space: StudySpace): Axis[] {
  const names = Object.keys(space).sort((a, b) => (a < b ? -1 : 1));
  return names.map((name) => {
    const values = space[name];
    return Array.isArray(values) ? listAxis(name, values) : rangeAxis(name, values as SearchRange);
  });
}

function rangeAxis(name: string, range: SearchRange): Axis {
  const value = (place: number) => numberAt(range, place);
  const place = (given: unknown) => shareOf(range, given as number);
  const snap = (at: number) => (range.whole ? place(value(at)) : at);
  const grain = range.whole ? 1 / (range.high - range.low + 1) : 0;
  return { name, choices: 0, grain, draw: (random) => random.uniform(), value, place, snap };
}

function listAxis(name: string, list: readonly unknown[]): Axis {
  const texts = list.map((choice) => JSON.stringify(choice));
  const value = (place: number) => list[place];
  const place = (given: unknown) => texts.indexOf(JSON.stringify(given));
  return {
    name,
    choices: list.length,
    grain: 0,
    draw: (random) => random.below(list.length),
    value,
    place,
    snap: (at) => at,
  };
}

/** The settings at a place. */
export function settingsAt(axes: readonly Axis[], place: ArrayLike<number>): Record<string, unknown> {
  return Object.fromEntries(axes.map((axis, a) => [axis.name, axis.value(place[a])]));
}

export function placeOf(axes: readonly Axis[], settings: Readonly<Record<string, unknown>>): Float64Array {
  return Float64Array.from(axes, (axis) => axis.place(settings[axis.name]));
}
