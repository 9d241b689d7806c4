/** Targets of tables as networks learn them: class ids for labels, standardised numbers for values. */
import { own, show } from "./check.js";
import { NUMERAL } from "./columns.js";
import { standardisation } from "./statistics.js";

/** What a classifier predicts. */
export type Label = string | number | boolean;

/** How targets of a table become targets of a network. */
export interface TargetCode {
  readonly output: "softmax" | "linear";
  /** Outputs of the network. */
  readonly outputs: number;
  /** @throws TypeError, RangeError on a target that is missing or no such target, naming its row */
  encode(call: string, rows: readonly object[]): Float32Array;
}

/** The target of a row; missing ones are refused: what they should be cannot be guessed. */
function readTarget(call: string, row: object, r: number, target: string): unknown {
  const value = own(row, target);
  if (value === undefined || value === null || value === "" || Number.isNaN(value)) {
    throw new TypeError(
      `${call}: each row must hold its target ${show(target)}, got ${show(value)} at row ${r}. Leave such rows out.`,
    );
  }
  return value;
}

/** Labels and their class ids: numbers by size, texts by code units, false before true. */
export class Labels implements TargetCode {
  readonly output = "softmax";
  private readonly ids: ReadonlyMap<unknown, number>;

  constructor(
    readonly target: string,
    readonly names: readonly Label[],
  ) {
    this.ids = new Map(names.map((name, id) => [name, id]));
  }

  get outputs(): number {
    return this.names.length;
  }

  /**
   * The distinct targets of the rows, which are all text, all numbers or all booleans.
   * @throws TypeError, RangeError on other targets, or fewer than two
   */
  static learn(call: string, rows: readonly object[], target: string): Labels {
    const seen = new Set<Label>();
    let kind: string | undefined;
    for (let r = 0; r < rows.length; r++) {
      const value = readTarget(call, rows[r], r, target) as Label;
      kind ??= typeof value;
      if (typeof value !== kind || !["string", "number", "boolean"].includes(kind)) {
        throw new TypeError(
          `${call}: targets must be all text, all numbers or all booleans, got ${show(value)} at row ${r}.`,
        );
      }
      if (kind === "number" && !Number.isInteger(value)) {
        throw new RangeError(
          `${call}: labels must be text, booleans or whole numbers, got ${value} at row ${r}. For values use Regressor.`,
        );
      }
      seen.add(value);
    }
    if (seen.size < 2) {
      throw new RangeError(`${call}: the rows must hold two labels at least, got ${show([...seen])}.`);
    }
    const names = [...seen];
    if (kind === "number") (names as number[]).sort((a, b) => a - b);
    else names.sort();
    return new Labels(target, names);
  }

  encode(call: string, rows: readonly object[]): Float32Array {
    return Float32Array.from(rows, (row, r) => {
      const value = readTarget(call, row, r, this.target);
      const id = this.ids.get(value);
      if (id === undefined) {
        throw new RangeError(
          `${call}: targets must be among ${show([...this.names])}, got ${show(value)} at row ${r}. New labels need a new fit.`,
        );
      }
      return id;
    });
  }
}

/** Two labels at least, of one kind, each once: what a file must hold. */
export function isLabels(names: unknown): names is Label[] {
  if (!Array.isArray(names) || names.length < 2 || new Set(names).size < names.length) return false;
  const kind = typeof names[0];
  return ["string", "number", "boolean"].includes(kind) && names.every((name) => typeof name === kind);
}

/** Values in their own unit and as networks learn them: (value - mean) / deviation. */
export class Unit implements TargetCode {
  readonly output = "linear";
  readonly outputs = 1;

  constructor(
    readonly target: string,
    readonly mean: number,
    /** 1 if the values do not vary. */
    readonly deviation: number,
  ) {}

  /** Mean and standard deviation (over rows, not rows - 1) of the targets of all rows, or of `part` of them. */
  static learn(call: string, rows: readonly object[], target: string, part?: Uint32Array): Unit {
    const values = rows.map((row, r) => readValue(call, row, r, target));
    const { mean, deviation } = standardisation(part ? Array.from(part, (r) => values[r]) : values);
    return new Unit(target, mean, deviation);
  }

  /** The targets as they stand, in their own unit. */
  values(call: string, rows: readonly object[]): number[] {
    return rows.map((row, r) => readValue(call, row, r, this.target));
  }

  encode(call: string, rows: readonly object[]): Float32Array {
    return Float32Array.from(this.values(call, rows), (value) => (value - this.mean) / this.deviation);
  }

  /** A network's value in the target's unit. */
  decode(value: number): number {
    return this.mean + value * this.deviation;
  }
}

/** A number, or text that is one, as CSV parsers give it. */
function readValue(call: string, row: object, r: number, target: string): number {
  const value = readTarget(call, row, r, target);
  const number = typeof value === "string" && NUMERAL.test(value.trim()) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(Math.fround(number))) {
    throw new TypeError(`${call}: targets must be finite numbers, got ${show(value)} at row ${r}.`);
  }
  return number;
}
