/** Plain data from a file, read field by field: each refusal is a sentence that names the field. */
import { own, show } from "../ground/check.js";

/** An object of a file whose fields may hold anything. */
export class Fields {
  private constructor(
    private readonly call: string,
    private readonly where: string,
    private readonly data: Readonly<Record<string, unknown>>,
  ) {}

  /**
   * @param where what the object is, in errors: "its history"
   * @throws Error if `data` is no object
   */
  static of(call: string, where: string, data: unknown): Fields {
    if (typeof data === "object" && data !== null && !Array.isArray(data)) {
      return new Fields(call, where, data as Record<string, unknown>);
    }
    throw new Error(`${call}: the file must hold an object as ${where}, got ${show(data)}.`);
  }

  has(name: string): boolean {
    return Object.hasOwn(this.data, name);
  }

  names(): string[] {
    return Object.keys(this.data);
  }

  /** What the field holds; undefined if there is none: nothing is inherited. */
  get(name: string): unknown {
    return own(this.data, name);
  }

  refuse(name: string, wanted: string): Error {
    return new Error(
      `${this.call}: the file must hold ${wanted} as ${name} of ${this.where}, got ${show(this.get(name))}.`,
    );
  }

  whole(name: string, low = 0, high = Number.MAX_SAFE_INTEGER): number {
    const value = this.get(name) as number;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw this.refuse(name, `a whole number from ${low} to ${high}`);
  }

  number(name: string): number {
    const value = this.get(name);
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw this.refuse(name, "a finite number");
  }

  /** Any number: JSON makes null of NaN, and infinities are text. */
  score(name: string): number {
    const value = this.get(name);
    if (value === null) return Number.NaN;
    return value === "Infinity" || value === "-Infinity" ? Number(value) : this.number(name);
  }

  text(name: string): string {
    const value = this.get(name);
    if (typeof value === "string") return value;
    throw this.refuse(name, "text");
  }

  name<T extends string>(name: string, names: readonly T[]): T {
    const value = names.find((candidate) => candidate === this.get(name));
    if (value !== undefined) return value;
    throw this.refuse(name, `one of ${names.join(", ")}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.get(name);
    if (Array.isArray(value)) return value;
    throw this.refuse(name, "a list");
  }

  /** So many 32-bit words. */
  words<T extends readonly number[]>(name: string, count: T["length"]): T {
    const value = this.list(name);
    const isWord = (word: unknown) => Number.isInteger(word) && (word as number) >= 0 && (word as number) < 2 ** 32;
    if (value.length === count && value.every(isWord)) return value as unknown as T;
    throw this.refuse(name, `${count} whole numbers below 2^32`);
  }

  fields(name: string): Fields {
    return Fields.of(this.call, `${name} of ${this.where}`, this.get(name));
  }

  /** The objects of a list. */
  each<T>(name: string, read: (item: Fields) => T): T[] {
    return this.list(name).map((item, i) => read(Fields.of(this.call, `${name}[${i}] of ${this.where}`, item)));
  }
}
