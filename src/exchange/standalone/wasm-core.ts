/**
 * The compiled core as the ground of another module: its kernels, called by functions that are added to it. Statics, globals
 * and what sets them stay as they are, exports are replaced, and a kernel that nobody calls becomes a trap.
 */
import { decodeUtf8 } from "../../ground/decode-text.js";
import {
  CODES,
  counted,
  extend,
  KINDS,
  name,
  type Pieces,
  Reader,
  readSections,
  SECTIONS,
  signed,
  unsigned,
  vector,
  writeFile,
} from "./wasm-binary.js";
import { callsOf } from "./wasm-calls.js";

/** A 32-bit word, or a float of so many bits. */
type Value = number | readonly [bits: 32 | 64, value: number];

/** A kernel, or a function added, and what it is called with. */
export type Call = readonly [callee: string, values: readonly Value[]];

/** Bytes from an address on. */
export interface Segment {
  readonly address: number;
  readonly bytes: Pieces;
}

/** What a module has beside the core's kernels. */
export interface Addition {
  /** Functions without arguments or results, by the names they are exported by: what they call, one after the other. */
  readonly functions: readonly (readonly [name: string, calls: readonly Call[]])[];
  /** Further ones that are called, by names that are not exported: their bodies, and how many words they are given. */
  readonly inner: readonly (readonly [name: string, body: Pieces, parameters: number])[];
  /** What is called once when the module starts, of the functions added. */
  readonly start: readonly Call[];
  /** Words, by the names they are exported by. */
  readonly constants: readonly (readonly [name: string, value: number])[];
  /** Kernels that are called, with what they call, but of what that calls in turn nothing. */
  readonly alone: (kernel: string) => boolean;
  /** What memory holds when the module starts. */
  readonly data: readonly Segment[];
  /** Memory ends at this byte, rounded up to a page; it never grows. */
  readonly end: number;
}

const PAGE = 2 ** 16;
const I32 = 0x7f;
/** What a section without items holds. */
const EMPTY = Uint8Array.of(0);

/** A build of the core, taken apart. */
export class CoreFile {
  private readonly sections: ReadonlyMap<number, Uint8Array>;
  /** Exported functions and their numbers. */
  private readonly kernels = new Map<string, number>();

  constructor(file: Uint8Array) {
    this.sections = readSections(file);
    const exports = this.read("export");
    for (let left = exports.unsigned(); left > 0; left--) {
      const text = decodeUtf8(exports.counted());
      const [kind, index] = [exports.unsigned(), exports.unsigned()];
      if (kind === KINDS.function) this.kernels.set(text, index);
    }
  }

  /** The byte after the pages that the core asks for, in which its statics lie. */
  get end(): number {
    const memory = this.read("memory");
    memory.take(2); // One memory, and whether it has a maximum.
    return PAGE * memory.unsigned();
  }

  /** A module of the kernels that are called, and of what is added. */
  extend({ functions, inner, start, constants, alone, data, end }: Addition): Uint8Array<ArrayBuffer> {
    const [type, first] = [this.count("type"), this.count("function")];
    const added = new Map([...functions, ...inner].map(([text], i) => [text, first + i]));
    const address = (callee: string) => (added.get(callee) ?? this.kernels.get(callee)) as number;
    const callees = new Set(functions.flatMap(([, calls]) => calls.map(([callee]) => callee)));
    const called = new Set([...callees].map(address));
    for (const callee of callees) this.addCalls(called, this.kernels.get(callee), alone(callee));
    const write = (calls: readonly Call[]) => calls.flatMap(([callee, values]) => call(address(callee), values));
    const bodies = [...functions.map(([, calls]) => body(write(calls))), ...inner.map(([, own]) => own)];
    const parameters = [...functions.map(() => 0), ...inner.map(([, , count]) => count)];
    const starts = start.length > 0;
    if (starts) {
      bodies.push(body([...(this.start === undefined ? [] : call(this.start, [])), ...write(start)]));
      parameters.push(0);
    }
    const startsAt = starts ? first + bodies.length - 1 : this.start;
    const types = [...new Set(parameters)];
    const numbers = parameters.map((count) => [unsigned(type + types.indexOf(count))]);
    const globals = constants.map(([, value]) => global(value));
    const pages = unsigned(Math.ceil(end / PAGE));
    return writeFile([
      [SECTIONS.type, extend(this.section("type"), types.map(functionOf))],
      [SECTIONS.function, extend(this.section("function"), numbers)],
      // As many pages at most as there are from the start: views of it stay valid.
      [SECTIONS.memory, vector([[Uint8Array.of(1), pages, pages]])],
      [SECTIONS.global, extend(this.section("global"), globals)],
      [SECTIONS.export, vector(this.exportsOf(constants, functions, first))],
      ...(startsAt === undefined ? [] : [[SECTIONS.start, [unsigned(startsAt)]] as const]),
      [SECTIONS.code, vector([...this.keep(called), ...bodies])],
      [SECTIONS.data, extend(this.section("data"), data.map(segment))],
    ]);
  }

  private section(of: keyof typeof SECTIONS): Uint8Array {
    return this.sections.get(SECTIONS[of]) ?? EMPTY;
  }

  private read(of: keyof typeof SECTIONS): Reader {
    return new Reader(this.section(of));
  }

  private count(of: keyof typeof SECTIONS): number {
    return this.read(of).unsigned();
  }

  /** The function that sets the core's globals. */
  private get start(): number | undefined {
    return this.sections.has(SECTIONS.start) ? this.count("start") : undefined;
  }

  private exportsOf(constants: Addition["constants"], functions: Addition["functions"], first: number): Pieces[] {
    const entry = (text: string, kind: keyof typeof KINDS, index: number): Pieces => [
      ...name(text),
      Uint8Array.of(KINDS[kind]),
      unsigned(index),
    ];
    const globals = this.count("global");
    return [
      entry("memory", "memory", 0),
      ...constants.map(([text], i) => entry(text, "global", globals + i)),
      ...functions.map(([text], i) => entry(text, "function", first + i)),
    ];
  }

  private get bodies(): Uint8Array[] {
    const code = this.read("code");
    return Array.from({ length: code.unsigned() }, () => code.counted());
  }

  /** Adds the functions that a kernel calls, and those that they call, and so on, unless it is only once. */
  private addCalls(called: Set<number>, kernel: number | undefined, isOnce: boolean): void {
    if (kernel === undefined) return;
    const { bodies } = this;
    const found = [kernel];
    for (const next of found) {
      called.add(next);
      if (isOnce && next !== kernel) continue;
      found.push(...[...callsOf(bodies[next])].filter((callee) => !called.has(callee)));
    }
  }

  /** The bodies of all functions. One that is not called keeps its number, since code refers to the others by theirs, and traps. */
  private keep(called: ReadonlySet<number>): Pieces[] {
    const trap = body([Uint8Array.of(CODES.unreachable)]);
    return this.bodies.map((own, index) => (called.has(index) || index === this.start ? counted([own]) : trap));
  }
}

/** The type of a function of so many words, without a result. */
function functionOf(parameters: number): Pieces {
  return [Uint8Array.of(0x60, parameters, ...new Array(parameters).fill(I32), 0)];
}

/** A function without locals. */
function body(instructions: Pieces): Pieces {
  return counted([Uint8Array.of(0), ...instructions, Uint8Array.of(CODES.end)]);
}

function call(index: number, values: readonly Value[]): Pieces {
  return [...values.flatMap(constant), Uint8Array.of(CODES.call), unsigned(index)];
}

function constant(value: Value): Pieces {
  if (typeof value !== "number") {
    const [bits, number] = value;
    const array = bits === 32 ? Float32Array : Float64Array;
    return [Uint8Array.of(bits === 32 ? CODES.float32 : CODES.float64), new Uint8Array(array.of(number).buffer)];
  }
  return [Uint8Array.of(CODES.constant), signed(value)];
}

function global(value: number): Pieces {
  return [Uint8Array.of(I32, 0), ...constant(value), Uint8Array.of(CODES.end)];
}

function segment({ address, bytes }: Segment): Pieces {
  return [Uint8Array.of(0), ...constant(address), Uint8Array.of(CODES.end), ...counted(bytes)];
}
