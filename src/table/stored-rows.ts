/** Rows that came one by one, or columns, kept as columns: no object a row, as little memory as their values allow. */
import type { Listed } from "../ground/long-list.js";
import { forEachSlice } from "../ground/slices.js";
import { ignoredBy } from "./given-rows.js";
import type { TableSource } from "./table-source.js";
import type { Target } from "./target-names.js";
import { ValueColumn } from "./value-column.js";

/** What there is to know of a table when its rows are read. */
export interface Reading {
  readonly target: Target;
  /** Whether the values of a column are never asked for. */
  readonly isIgnored: (name: string) => boolean;
  /** Whether columns may be taken again and again. Default: once. */
  readonly isKept?: boolean;
}

/** What the options say of it. */
export function readingOf(options: { readonly target: Target; readonly columns?: unknown }): Reading {
  return { target: options.target, isIgnored: ignoredBy(options) };
}

/** A column that rows have. */
interface Place {
  readonly name: string;
  /** Of one that is ignored no value is read: which rows have it is known. */
  readonly isRead: boolean;
  values: ValueColumn | undefined;
}

export class StoredRows implements TableSource, Listed<object> {
  length = 0;
  first: object = {};
  private readonly places = new Map<string, Place>();
  /** By the place of a name in the row before, which most often is that in the next row too. */
  private readonly latest: Place[] = [];

  private readonly targets: readonly string[];

  constructor(private readonly reading: Reading) {
    this.targets = [reading.target].flat();
  }

  /** Adds a row that was checked: its own properties, each asked for once. */
  add(row: object): void {
    const { length: r, latest } = this;
    if (r === 0) this.first = row;
    const names = Object.keys(row);
    for (let i = 0; i < names.length; i++) {
      if (latest[i]?.name !== names[i]) latest[i] = this.placeOf(names[i]);
      const { isRead, values } = latest[i];
      values?.set(r, isRead ? (row as Record<string, unknown>)[names[i]] : undefined);
    }
    this.length++;
    // A target is read wherever it is the row's own, listed or not.
    for (const target of this.targets) {
      if (this.places.get(target)?.values?.has(r) || !Object.hasOwn(row, target)) continue;
      this.placeOf(target).values?.set(r, (row as Record<string, unknown>)[target]);
    }
  }

  /** Adds a column, all of them of one length. */
  *addColumn(name: string, length: number, at: (r: number) => unknown): Generator<number, void> {
    const { isRead, values } = this.placeOf(name);
    this.length = length;
    yield* forEachSlice(length, (from, to) => {
      for (let r = from; r < to; r++) values?.set(r, isRead ? at(r) : undefined);
    });
  }

  private placeOf(name: string): Place {
    const known = this.places.get(name);
    if (known) return known;
    const isRead = this.targets.includes(name) || !this.reading.isIgnored(name);
    const place = { name, isRead, values: new ValueColumn(name, this) };
    this.places.set(name, place);
    return place;
  }

  *names(): Generator<number, Set<string>> {
    yield 0;
    return new Set(this.places.keys());
  }

  *has(name: string): Generator<number, boolean> {
    yield 0;
    return this.places.has(name);
  }

  *take(name: string): Generator<number, Listed<unknown>> {
    yield 0;
    const place = this.places.get(name);
    const { values = new ValueColumn(name, this) } = place ?? {};
    // What was taken is not kept here any longer: of a large table each column is there in one form.
    if (place && !this.reading.isKept) place.values = undefined;
    return values;
  }

  /** The row as an object, made anew: those who take rows look at few at a time. */
  at(r: number): object {
    const row: Record<string, unknown> = {};
    for (const { name, values } of this.places.values()) {
      if (!values?.has(r)) continue;
      if (name !== "__proto__") row[name] = values.at(r);
      else Object.defineProperty(row, name, { value: values.at(r), enumerable: true });
    }
    return row;
  }
}
