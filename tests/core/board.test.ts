/** Threads that take shares of a call: each share is done once, by whoever comes; who does not come is not waited for. */
import { describe, expect, it } from "vitest";
import { BOARD_BYTES, Board, type Kernel } from "../../src/core/board.js";
import { SPLIT_NAMES } from "../../src/core/split.js";

const SGD = SPLIT_NAMES.indexOf("sgdStep");
const BYTES = SPLIT_NAMES.indexOf("bytesForward");

/** A board of two threads, here one: the second comes when the first runs a share, if it comes. */
function setUp(run: (thread: string, given: number[]) => number | undefined, patience?: number) {
  const memory = new SharedArrayBuffer(BOARD_BYTES);
  const shares: string[] = [];
  const kernelsOf = (thread: string): Kernel[] =>
    SPLIT_NAMES.map(() => (...given) => {
      shares.push(`${thread} ${given[0]}`);
      return run(thread, given);
    });
  const known = new Set([0]);
  const first = new Board(memory, () => kernelsOf("first"), patience);
  const second = new Board(memory, (model) => (known.has(model) ? kernelsOf("second") : undefined));
  return { first, second, shares, known };
}

/** 256 elements in four shares, whose addresses are 0, 256, 512 and 768 from 64 on. */
function write(board: Board, kernel: number): void {
  board.all.set(kernel === SGD ? [64, 2048, 256, 0.5] : [64, 2048, 256, 1]);
}

const ADDRESSES = ["64", "320", "576", "832"];

/** The addresses of all shares that were done. */
const addresses = (shares: string[]) =>
  shares.map((share) => share.split(" ")[1]).sort((a, b) => Number(a) - Number(b));

describe("a board", () => {
  it("has all shares done by one thread if no other comes", () => {
    const { first, shares } = setUp(() => undefined);
    write(first, SGD);
    expect(first.call(0, SGD, 4, 0)).toBe(0);
    expect(shares).toEqual(ADDRESSES.map((address) => `first ${address}`));
  });

  it("has each done once by those that come, and adds up what they return", () => {
    let isFirst = true;
    const { first, second, shares } = setUp((thread, [address]) => {
      if (thread === "first" && isFirst) {
        isFirst = false;
        second.work();
      }
      return address;
    });
    write(first, BYTES);
    expect(first.call(0, BYTES, 4, 0)).toBe(64 + 320 + 576 + 832);
    expect(shares.filter((share) => share.startsWith("second"))).toHaveLength(3);
    expect(addresses(shares)).toEqual(ADDRESSES);
    expect(second.work()).toBe(false);
  });

  it("does itself what a thread took that does not know the model", () => {
    const { first, second, shares } = setUp((thread) => void (thread === "first" && second.work()));
    write(first, SGD);
    first.call(7, SGD, 4, 0);
    expect(addresses(shares)).toEqual(ADDRESSES);
    expect(shares.every((share) => share.startsWith("first"))).toBe(true);
  });

  it("throws if a share fails, and can be written on again", () => {
    let fails = true;
    const { first } = setUp((_, [address]) => {
      if (address === 320 && fails) throw new Error("unreachable");
      return undefined;
    });
    write(first, SGD);
    expect(() => first.call(0, SGD, 4, 0)).toThrow(
      "threads: a kernel must run to its end on each thread, got one that failed.",
    );
    fails = false;
    write(first, SGD);
    expect(first.call(0, SGD, 4, 0)).toBe(0);
  });

  it("throws if a thread has taken a share and does not end", () => {
    const memory = new SharedArrayBuffer(BOARD_BYTES);
    const board = new Board(memory, () => SPLIT_NAMES.map((): Kernel => take), 50);
    // As a thread does that is killed before it has ended: the count of shares taken is one more, that of those done is not.
    function take(): undefined {
      const words = new Int32Array(memory);
      if ((words[0] & 255) === 3) Atomics.add(words, 0, 1);
    }
    write(board, SGD);
    expect(() => board.call(0, SGD, 4, 0)).toThrow(
      /each thread must end its share of a kernel, got one that did not in 0.05/,
    );
  });

  it("lets a thread that serves return when there is mail", () => {
    const { first, second } = setUp(() => undefined);
    first.announce();
    expect(second.mail).toBe(1);
    second.serve(0);
  });
});
