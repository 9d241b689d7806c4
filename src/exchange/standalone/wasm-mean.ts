/** The mean over networks as instructions of WebAssembly (specification, 5.4): of an ensemble, what no kernel of the core does. */
import { CODES, counted, type Pieces, signed, unsigned } from "./wasm-binary.js";

/** Where the answers of networks lie, float32, one network's `stride` bytes after those of the one before it. */
export interface MemberAnswers {
  readonly address: number;
  readonly stride: number;
  /** How many numbers each network answers with. */
  readonly outputs: number;
  readonly members: number;
}

const WITHOUT_RESULT = 0x40;
const FLOAT = { load: 0x2a, store: 0x38, narrow: 0xb6 };
const DOUBLE = { type: 0x7c, widen: 0xbb, add: 0xa0, divide: 0xa3 };
const WORD = { type: 0x7f, add: 0x6a, isLess: 0x49 };

/** Locals: the place of a number in the first network's answers, that of the same number of a network, the sum so far. */
const [NUMBER, PLACE, SUM] = [0, 1, 2];
const LOCALS = Uint8Array.of(2, 2, WORD.type, 1, DOUBLE.type);

const code = (...bytes: number[]) => Uint8Array.of(...bytes);
const get = (local: number) => code(0x20, local);
const set = (local: number) => code(0x21, local);
const word = (value: number): Pieces => [code(CODES.constant), signed(value)];
const double = (value: number): Pieces => [code(CODES.float64), new Uint8Array(Float64Array.of(value).buffer)];
/** A float32 so many bytes beyond the place on the stack; its alignment is 2² bytes. */
const access = (instruction: number, address: number): Pieces => [code(instruction, 2), unsigned(address)];

/** Adds `step` to a local; as long as it is less than `end`, what is in the loop is done again. */
function loop(local: number, step: number, end: number, inner: Pieces): Pieces {
  const next = [get(local), ...word(step), code(WORD.add), code(0x22, local)];
  return [code(0x03, WITHOUT_RESULT), ...inner, ...next, ...word(end), code(WORD.isLess, 0x0d, 0, CODES.end)];
}

/**
 * The body of a function that sums the answers in the order of the networks in float64, divides by their number and rounds once,
 * into the place of the first one's: the bits of `Members.predictProba` (src/table/members.ts).
 */
export function meanBody({ address, stride, outputs, members }: MemberAnswers): Pieces {
  const addOne = [get(SUM), get(PLACE), ...access(FLOAT.load, address), code(DOUBLE.widen, DOUBLE.add), set(SUM)];
  const mean = [get(SUM), ...double(members), code(DOUBLE.divide, FLOAT.narrow)];
  const each = [
    // What is added to -0 stays what it is, -0 too.
    ...[...double(-0), set(SUM), get(NUMBER), set(PLACE)],
    ...loop(PLACE, stride, members * stride, addOne),
    ...[get(NUMBER), ...mean, ...access(FLOAT.store, address)],
  ];
  return counted([LOCALS, ...loop(NUMBER, 4, 4 * outputs, each), code(CODES.end)]);
}
