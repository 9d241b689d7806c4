/** Which functions a function of the core calls: its instructions walked (WebAssembly specification, 5.4). */
import { CODES, Reader } from "./wasm-binary.js";

/** Reads what follows an instruction. */
type Operands = (reader: Reader) => void;

const numbers =
  (count: number): Operands =>
  (reader) => {
    for (let i = 0; i < count; i++) reader.unsigned();
  };
const bytes =
  (count: number): Operands =>
  (reader) =>
    void reader.take(count);
const nothing = bytes(0);

/** Instructions by their first byte, from one to another; all else has no operands. */
const OPERANDS: readonly (readonly [from: number, to: number, operands: Operands])[] = [
  [0x02, 0x04, numbers(1)], // block, loop, if
  [0x0c, 0x0d, numbers(1)], // br, br_if
  [0x0e, 0x0e, (reader) => numbers(reader.unsigned() + 1)(reader)], // br_table
  [0x20, 0x24, numbers(1)], // locals and globals
  [0x28, 0x3e, numbers(2)], // loads and stores
  [0x3f, 0x42, numbers(1)], // memory.size and grow, i32.const, i64.const
  [CODES.float32, CODES.float32, bytes(4)],
  [CODES.float64, CODES.float64, bytes(8)],
  [0xfc, 0xfc, (reader) => numbers([2, 1, 2, 1][reader.unsigned() - 8] ?? 0)(reader)], // memory.init to memory.fill
  [0xfd, 0xfd, (reader) => operandsOf(LANES, reader.unsigned())(reader)],
];

/** Those of vectors, by the number after their first byte. */
const LANES: typeof OPERANDS = [
  [0, 11, numbers(2)], // loads and stores
  [12, 13, bytes(16)], // v128.const, i8x16.shuffle
  [21, 34, bytes(1)], // lanes taken out and put in
  [84, 91, numbers(3)], // lanes loaded and stored
  [92, 93, numbers(2)],
];

function operandsOf(table: typeof OPERANDS, code: number): Operands {
  return table.find(([from, to]) => from <= code && code <= to)?.[2] ?? nothing;
}

/** The numbers of the functions that a function's body calls. */
export function callsOf(body: Uint8Array): Set<number> {
  const reader = new Reader(body);
  // Locals: how many, and of which type.
  for (let left = reader.unsigned(); left > 0; left--) numbers(2)(reader);
  const calls = new Set<number>();
  while (!reader.done) {
    const [code] = reader.take(1);
    if (code === CODES.call) calls.add(reader.unsigned());
    else operandsOf(OPERANDS, code)(reader);
  }
  return calls;
}
