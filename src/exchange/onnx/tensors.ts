/**
 * Tensors of a file, and what is computed of such: numbers are computed when they are asked for, so that no shape can make
 * a small file need much memory; shapes, which are short, at once.
 */
import { show } from "../../ground/check.js";
import { refuse } from "./refusal.js";
import { isFloat, isInteger, TYPES } from "./tensor-storage.js";

export { isFloat, isInteger, TYPES } from "./tensor-storage.js";

/** In shapes: the number of rows, and another size that the file does not say. */
export const ROWS = Symbol("rows");
export const UNKNOWN = Symbol("unknown");
/** A whole number, or a size that is known when rows are. */
export type Entry = bigint | typeof ROWS | typeof UNKNOWN;

/** So many numbers are read for one that is computed: more is no model but work. */
const MOST_COST = 64;
/** Lists of whole numbers that are computed are shapes, and short. */
export const MOST_ENTRIES = 4096;

/** What is read of a tensor, and how: made when it is first asked for. */
export interface Source {
  reader?(): (index: number) => number;
  entries?(): readonly Entry[];
  texts?(): readonly string[];
}

export class Tensor {
  private numbers: ((index: number) => number) | undefined;
  private list: readonly Entry[] | undefined;

  private constructor(
    readonly name: string,
    readonly dims: readonly number[],
    readonly type: number,
    private readonly source: Source,
    /** Numbers that are read for one of these. */
    readonly cost: number,
  ) {
    if (cost > MOST_COST) refuse(`compute ${show(name)} of ${MOST_COST} numbers each at most`, `${cost}`);
  }

  /** A tensor of the file. */
  static stored(name: string, dims: readonly number[], type: number, source: Source): Tensor {
    return new Tensor(name, dims, type, source, 1);
  }

  /** One whose number at an index is computed, as often as it is asked for. */
  static computed(
    name: string,
    dims: readonly number[],
    type: number,
    cost: number,
    at: (index: number) => number,
  ): Tensor {
    return new Tensor(name, dims, type, { reader: () => at }, cost);
  }

  /** Whole numbers. */
  static listed(name: string, dims: readonly number[], entries: readonly Entry[], type: number = TYPES.INT64): Tensor {
    if (entries.length > MOST_ENTRIES) refuse(`compute lists of ${MOST_ENTRIES} whole numbers at most`, show(name));
    return new Tensor(name, dims, type, { entries: () => entries }, 1);
  }

  static ofTexts(name: string, dims: readonly number[], texts: readonly string[]): Tensor {
    return new Tensor(name, dims, TYPES.STRING, { texts: () => texts }, 1);
  }

  get count(): number {
    return this.dims.reduce((product, size) => product * size, 1);
  }

  get isFloat(): boolean {
    return isFloat(this.type);
  }

  get isInteger(): boolean {
    return isInteger(this.type);
  }

  get isText(): boolean {
    return this.type === TYPES.STRING;
  }

  /** Number `index`, row-major; it may be NaN or infinite. */
  at(index: number): number {
    this.numbers ??= this.source.reader?.() ?? ((i) => Number(this.known(this.entries()[i])));
    return this.numbers(index);
  }

  /** Whole numbers, and sizes that are known when rows are: to be asked for once their count is known to be small. */
  entries(): readonly Entry[] {
    if (this.list) return this.list;
    const list = this.source.entries?.();
    if (!list || !this.isInteger) return refuse(`give whole numbers as ${show(this.name)}`, `data type ${this.type}`);
    // Those of the file may be many, and are asked for by few.
    if (list.length <= MOST_ENTRIES) this.list = list;
    return list;
  }

  /** The values of an integer tensor. */
  integers(): bigint[] {
    return this.entries().map((entry) => this.known(entry));
  }

  private known(entry: Entry): bigint {
    if (typeof entry === "bigint") return entry;
    return refuse(`compute ${show(this.name)} of constants`, "a size that only rows tell");
  }

  /** The values of a text tensor. */
  texts(): readonly string[] {
    return this.source.texts?.() ?? refuse(`give texts as ${show(this.name)}`, `data type ${this.type}`);
  }

  /**
   * The same values in another shape or order.
   * @param from the index of what stands at an index. Default: the same
   */
  view(dims: readonly number[], from?: (index: number) => number): Tensor {
    const { name, type, cost } = this;
    const count = dims.reduce((product, size) => product * size, 1);
    const pick = <T>(list: readonly T[]) =>
      from ? Array.from({ length: this.small(count) }, (_, i) => list[from(i)]) : list;
    const source = {
      reader: () => (from ? (index: number) => this.at(from(index)) : (index: number) => this.at(index)),
      entries: () => pick(this.entries()),
      texts: () => pick(this.texts()),
    };
    // A matrix of the file that is turned is as good as one: the rest counts, so that views of views end.
    return new Tensor(name, dims, type, source, cost + 1);
  }

  private small(count: number): number {
    return count <= MOST_ENTRIES ? count : refuse(`compute lists of ${MOST_ENTRIES} at most`, show(this.name));
  }
}
