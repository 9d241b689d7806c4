/** Weights of 16 or 8 bits made into float32 in place, as instructions of WebAssembly (specification, 5.4): when a file starts. */
import type { Rounding } from "../../file/small-weights.js";
import { CODES, counted, type Pieces, signed } from "./wasm-binary.js";

/**
 * Its parameters, words: where floats begin, at whose end the numbers lie from which they are made; how many bytes those take; where
 * the scales lie, one an output; how many bytes they take.
 *
 * The n floats take 4n bytes, and their n numbers the last of these: float i is written at byte 4i, number i was read at 3n + i, or at
 * 2n + 2i, which is not before it, so no number is lost before it is read.
 */
export const EXPAND_PARAMETERS = 4;

const WORD = 0x7f;
const [FLOATS, BYTES, SCALES, ROUND] = [0, 1, 2, 3];
/** Further locals: where the next float goes, and the next number comes from; where its scale is, counted from the first. */
const [TO, FROM, SCALE] = [4, 5, 6];
const LOCALS = Uint8Array.of(1, 3, WORD);

const LOAD = { byte: 0x2c, half: 0x2f, float: 0x2a };
const STORE_FLOAT = 0x38;
const [ADD, MULTIPLY, AND, OR, SHIFT, IS_LESS] = [0x6a, 0x6c, 0x71, 0x72, 0x74, 0x49];
const [TIMES, FROM_WORD, FROM_BITS] = [0x94, 0xb2, 0xbe];

const code = (...bytes: number[]) => Uint8Array.of(...bytes);
const get = (local: number) => code(0x20, local);
const set = (local: number) => code(0x21, local);
const word = (value: number): Pieces => [code(CODES.constant), signed(value)];
/** At the address on the stack; lines of bytes need not be met. */
const access = (instruction: number) => code(instruction, 0, 0);
const advance = (local: number, step: number): Pieces => [get(local), ...word(step), code(ADD), set(local)];

/** A half's bits, 13 places up and the sign at its own, are a float32 that is 2¹¹² times too small. */
const FLOAT_OF_HALF: Pieces = [
  ...[get(FROM), access(LOAD.half), set(SCALE)],
  ...[get(SCALE), ...word(0x8000), code(AND), ...word(16), code(SHIFT)],
  ...[get(SCALE), ...word(0x7fff), code(AND), ...word(13), code(SHIFT)],
  ...[code(OR, FROM_BITS), code(CODES.float32), new Uint8Array(Float32Array.of(2 ** 112).buffer), code(TIMES)],
];

/** A whole number times its output's scale; after the last output comes the first. */
const FLOAT_OF_BYTE: Pieces = [
  ...[get(FROM), access(LOAD.byte), code(FROM_WORD)],
  ...[get(SCALES), get(SCALE), code(ADD), access(LOAD.float), code(TIMES)],
];
const NEXT_SCALE: Pieces = [
  ...[get(SCALE), ...word(4), code(ADD), code(0x22, SCALE)],
  // Zero when the round is over: the step times whether it is not.
  ...[get(ROUND), code(IS_LESS), get(SCALE), code(MULTIPLY), set(SCALE)],
];

/** The body of the function. */
export function expandBody(rounding: Rounding): Pieces {
  const isHalf = rounding === "f16";
  const size = isHalf ? 2 : 1;
  // Floats end where the numbers do.
  const floats: Pieces = [get(BYTES), ...word(4 / size - 1), code(MULTIPLY)];
  const end: Pieces = [get(FLOATS), get(BYTES), ...word(4 / size), code(MULTIPLY, ADD)];
  const loop: Pieces = [
    code(0x03, 0x40),
    ...[get(TO), ...(isHalf ? FLOAT_OF_HALF : FLOAT_OF_BYTE), access(STORE_FLOAT)],
    ...(isHalf ? [] : NEXT_SCALE),
    ...[...advance(TO, 4), ...advance(FROM, size)],
    ...[get(TO), ...end, code(IS_LESS, 0x0d, 0, CODES.end)],
  ];
  const start: Pieces = [get(FLOATS), set(TO), get(FLOATS), ...floats, code(ADD), set(FROM)];
  return counted([LOCALS, ...start, ...loop, code(CODES.end)]);
}
