/**
 * Reads pickles of PyTorch (protocols 2 to 5; CPython's pickletools.py) and runs nothing: of opcodes those that state dicts need, of globals
 * those of pickle-values.ts, and everything else is refused by its name.
 */
import { show } from "../ground/check.js";
import { decodeUtf8 } from "../ground/decode-text.js";
import { latin1 } from "../ground/text.js";
import { call, nameGlobal, PickleDict, readStorage } from "./pickle-values.js";
import type { Refuse } from "./refuser.js";

/** What was read, and where the pickle ends. */
export interface Unpickled {
  readonly value: unknown;
  readonly end: number;
}

const MARK = Symbol("mark");

/** Each step makes a value at most; of a tensor's there are some forty. */
const MOST_VALUES = 1 << 17;

/** @throws Error naming what a state dict has no need of */
export function unpickle(bytes: Uint8Array, from: number, refuse: Refuse): Unpickled {
  return new Unpickler(bytes, from, refuse).run();
}

class Unpickler {
  private pile: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  private readonly view: DataView;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly refuse: Refuse,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): Unpickled {
    for (let count = 0; count < MOST_VALUES; count++) {
      const code = this.u8();
      if (code === 0x2e) return { value: this.pop(), end: this.at };
      const operation = OPERATIONS[code];
      if (!operation)
        this.refuse("be a pickle of a state dict", `opcode ${show(String.fromCharCode(code))} at ${this.at - 1}`);
      operation(this);
    }
    return this.refuse(`be a pickle of fewer than ${MOST_VALUES} steps`, "more");
  }

  push(value: unknown): void {
    this.pile.push(value);
  }

  pop(): unknown {
    const value = this.pile.pop();
    return value === MARK || value === undefined ? this.damaged() : value;
  }

  /** What lies above the mark. */
  popMark(): unknown[] {
    const at = this.pile.lastIndexOf(MARK);
    if (at < 0) return this.damaged();
    return this.pile.splice(at).slice(1);
  }

  mark(): void {
    this.pile.push(MARK);
  }

  put(index: number): void {
    const value = this.pop();
    this.push(value);
    this.memo.set(index, value);
  }

  get(index: number): void {
    if (!this.memo.has(index)) this.damaged();
    this.push(this.memo.get(index));
  }

  memoize(): void {
    this.put(this.memo.size);
  }

  u8(): number {
    return this.take(1)[0];
  }

  word(width: 2 | 4): number {
    const at = this.at;
    this.take(width);
    return width === 2 ? this.view.getUint16(at, true) : this.view.getUint32(at, true);
  }

  int32(): number {
    return this.word(4) | 0;
  }

  float(): number {
    const at = this.at;
    this.take(8);
    return this.view.getFloat64(at, false);
  }

  take(length: number): Uint8Array {
    const { at } = this;
    if (at + length > this.bytes.length) this.refuse("be a whole pickle", "one that ends too soon");
    this.at = at + length;
    return this.bytes.subarray(at, this.at);
  }

  text(length: number): string {
    const bytes = this.take(length);
    try {
      return decodeUtf8(bytes);
    } catch (cause) {
      return this.refuse("hold texts in UTF-8", "other bytes", { cause });
    }
  }

  /** Up to the end of a line. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0 || end - this.at > 256) return this.damaged();
    const line = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return line;
  }

  /** A whole number of up to 255 bytes; of those beyond 2^53 only that they are such is known. */
  long(length: number): number {
    const bytes = this.take(length);
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = 256 * value + bytes[i];
    return length > 0 && bytes[length - 1] > 127 ? value - 2 ** (8 * length) : value;
  }

  global(module: unknown, name: unknown): void {
    this.push(nameGlobal(module, name, this.refuse));
  }

  reduce(): void {
    const args = this.pop();
    this.push(call(this.pop(), args, this.refuse));
  }

  storage(): void {
    this.push(readStorage(this.pop(), this.refuse));
  }

  /** State that a dict has beside its items, as `_metadata`, is left out; other objects have none here. */
  build(): void {
    this.pop();
    const object = this.pop();
    if (!(object instanceof PickleDict)) this.refuse("hold tensors by name", `the state of ${show(object)}`);
    this.push(object);
  }

  setItems(items: readonly unknown[]): void {
    const top = this.pop();
    const dict = top instanceof PickleDict && items.length % 2 === 0 ? top : this.damaged();
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
    this.push(dict);
  }

  append(items: readonly unknown[]): void {
    const list = this.pop();
    const own = Array.isArray(list) ? list : this.damaged();
    for (const item of items) own.push(item);
    this.push(own);
  }

  tuple(count: number): void {
    const items = Array.from({ length: count }, () => this.pop()).reverse();
    this.push(items);
  }

  damaged(): never {
    return this.refuse("be a whole, undamaged pickle", `nothing that fits before byte ${this.at}`);
  }
}

const OPERATIONS: Readonly<Record<number, ((own: Unpickler) => void) | undefined>> = Object.assign(
  Object.create(null),
  {
    128: (own: Unpickler) => own.take(1), // PROTO
    149: (own: Unpickler) => own.take(8), // FRAME
    125: (own: Unpickler) => own.push(new PickleDict()), // EMPTY_DICT
    93: (own: Unpickler) => own.push([]), // EMPTY_LIST
    41: (own: Unpickler) => own.push([]), // EMPTY_TUPLE
    40: (own: Unpickler) => own.mark(), // MARK
    88: (own: Unpickler) => own.push(own.text(own.word(4))), // BINUNICODE
    140: (own: Unpickler) => own.push(own.text(own.u8())), // SHORT_BINUNICODE
    113: (own: Unpickler) => own.put(own.u8()), // BINPUT
    114: (own: Unpickler) => own.put(own.word(4)), // LONG_BINPUT
    148: (own: Unpickler) => own.memoize(), // MEMOIZE
    104: (own: Unpickler) => own.get(own.u8()), // BINGET
    106: (own: Unpickler) => own.get(own.word(4)), // LONG_BINGET
    99: (own: Unpickler) => own.global(own.line(), own.line()), // GLOBAL
    147: (own: Unpickler) => {
      const name = own.pop(); // STACK_GLOBAL
      own.global(own.pop(), name);
    },
    82: (own: Unpickler) => own.reduce(), // REDUCE
    81: (own: Unpickler) => own.storage(), // BINPERSID
    98: (own: Unpickler) => own.build(), // BUILD
    115: (own: Unpickler) => {
      const value = own.pop(); // SETITEM
      own.setItems([own.pop(), value]);
    },
    117: (own: Unpickler) => own.setItems(own.popMark()), // SETITEMS
    97: (own: Unpickler) => own.append([own.pop()]), // APPEND
    101: (own: Unpickler) => own.append(own.popMark()), // APPENDS
    116: (own: Unpickler) => own.push(own.popMark()), // TUPLE
    133: (own: Unpickler) => own.tuple(1), // TUPLE1
    134: (own: Unpickler) => own.tuple(2), // TUPLE2
    135: (own: Unpickler) => own.tuple(3), // TUPLE3
    78: (own: Unpickler) => own.push(null), // NONE
    136: (own: Unpickler) => own.push(true), // NEWTRUE
    137: (own: Unpickler) => own.push(false), // NEWFALSE
    74: (own: Unpickler) => own.push(own.int32()), // BININT
    75: (own: Unpickler) => own.push(own.u8()), // BININT1
    77: (own: Unpickler) => own.push(own.word(2)), // BININT2
    138: (own: Unpickler) => own.push(own.long(own.u8())), // LONG1
    71: (own: Unpickler) => own.push(own.float()), // BINFLOAT
  },
);
