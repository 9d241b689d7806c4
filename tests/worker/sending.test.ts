/** Data on its way to another thread: in pieces, with turns, and given up at once. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, Dataset, MLP } from "../../src/index.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";
import { Inbox, type Numbers, Outbox, PIECE, type Piece } from "../../src/worker/pieces.js";
import type { RowSlice } from "../../src/worker/row-slices.js";

const random = new Random(1);
const floats = (length: number) => Float32Array.from({ length }, () => random.uniform());

/** By their bytes: comparisons of numbers one by one take long. */
const isSame = (a: Numbers, b: Numbers) =>
  a.constructor === b.constructor && Buffer.compare(Buffer.from(a.buffer), Buffer.from(b.buffer)) === 0;

describe("arrays in pieces", () => {
  const send = (outbox: Outbox, inbox = new Inbox()) => {
    for (const piece of outbox.pieces("fit")) inbox.receive(piece);
    return inbox;
  };

  it("arrive as they were, whatever their length", () => {
    for (const length of [0, 1, PIECE / 4 - 1, PIECE / 4, PIECE / 4 + 1, PIECE, 2 * PIECE + 3]) {
      const outbox = new Outbox();
      const [x, bytes] = [floats(length), Uint8Array.from({ length }, () => random.below(256))];
      const numbers = [outbox.add(x), outbox.add(bytes)];
      const inbox = send(outbox);
      expect(isSame(inbox.take(numbers[0]), x)).toBe(true);
      expect(isSame(inbox.take(numbers[1]), bytes)).toBe(true);
    }
  });

  it("are copies of 256 KB at most, of the view alone and not of its buffer", () => {
    const outbox = new Outbox();
    const buffer = floats(PIECE);
    outbox.add(buffer.subarray(7, PIECE - 7));
    const pieces = [...outbox.pieces("fit")];
    expect(pieces.length).toBe(4);
    for (const { numbers } of pieces) {
      expect(numbers.buffer).not.toBe(buffer.buffer);
      expect(numbers.buffer.byteLength).toBeLessThanOrEqual(PIECE);
    }
  });

  it("refuse an array whose memory went elsewhere meanwhile", () => {
    const outbox = new Outbox();
    const x = floats(PIECE);
    outbox.add(x);
    const pieces = outbox.pieces("fit");
    pieces.next();
    structuredClone(x, { transfer: [x.buffer] });
    expect(() => pieces.next()).toThrow(
      "fit: data must keep its 262144 numbers until they are sent, got 0. Change a copy, not a dataset in use.",
    );
  });

  it("control: a piece that is lost is noticed", () => {
    const outbox = new Outbox();
    const x = floats(PIECE);
    outbox.add(x);
    const inbox = new Inbox();
    for (const piece of outbox.pieces("fit")) if (piece.from !== PIECE / 4) inbox.receive(piece);
    expect(isSame(inbox.take(0), x)).toBe(false);
  });
});

/** A Web Worker that only listens. */
class Listener {
  static latest: Listener | undefined;
  readonly messages: { kind: string }[] = [];
  transferred = 0;
  isEnded = false;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;

  constructor() {
    Listener.latest = this;
  }

  postMessage(message: { kind: string }, transfer: ArrayBuffer[]): void {
    expect(this.isEnded, "told after its end").toBe(false);
    this.messages.push(message);
    this.transferred += transfer.length;
  }

  terminate(): void {
    this.isEnded = true;
  }

  get kinds(): string[] {
    return this.messages.map(({ kind }) => kind);
  }
}

describe("fitInWorker, while it sends", () => {
  beforeEach(() => {
    vi.stubGlobal("Worker", Listener);
    Listener.latest = undefined;
    // A clock by which every piece has taken long: there is a turn after each of them.
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => (time += 100));
  });

  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  const ROWS = PIECE / 16;
  const make = () => Dataset.from({ x: floats(8 * ROWS), y: Array.from({ length: ROWS }, (_, i) => i % 2) });
  const create = () => MLP.create({ layers: [8, 2], seed: 1 });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  /** The thread, once there is another than before: what checks is loaded first. */
  const started = async (before?: Listener) => {
    while (Listener.latest === before) await turn();
    return Listener.latest as Listener;
  };
  /** The thread, once it was asked. */
  const asked = async () => {
    while (!Listener.latest?.kinds.includes("fit")) await turn();
    return Listener.latest;
  };

  it("gives the event loop a turn after each piece, and copies no dataset in one message", async () => {
    const [net, data] = [await create(), make()];
    const fitting = fitInWorker(net, data, { epochs: 1, validation: make() });
    await started();
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await turn();
      counts.push(Listener.latest!.messages.length);
    }
    expect(new Set(counts).size).toBe(3);
    const thread = await asked();
    const pieces = thread.messages.filter(({ kind }) => kind === "piece") as Piece[];
    expect(thread.transferred).toBe(pieces.length);
    const sent = pieces.reduce((sum, { numbers }) => sum + numbers.length, 0);
    expect(sent).toBe(2 * 9 * ROWS + net.parameterCount);
    expect(JSON.stringify(thread.messages.at(-1)).length).toBeLessThan(2000);
    thread.onerror?.({ message: "a power cut" });
    await expect(fitting).rejects.toThrow("fit: the worker must run to its end, got a power cut.");
    expect(thread.isEnded).toBe(true);
  });

  it("ends the thread at once when it is aborted, and answers as fit does", async () => {
    const [here, there, data] = [await create(), await create(), make()];
    const controller = new AbortController();
    const fitting = fitInWorker(there, data, { epochs: 3, validation: 0.5, signal: controller.signal });
    const thread = await started();
    controller.abort();
    expect(thread.isEnded).toBe(true);
    const history = await fitting;
    expect(thread.kinds).not.toContain("fit");
    expect(history).toEqual(await here.fit(data, { epochs: 3, validation: 0.5, signal: AbortSignal.abort() }));
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
  });

  it("starts no thread if the signal was aborted before", async () => {
    Listener.latest = undefined;
    const [here, there, data] = [await create(), await create(), make()];
    const signal = AbortSignal.abort();
    expect(await fitInWorker(there, data, { signal })).toEqual(await here.fit(data, { signal }));
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    expect(Listener.latest).toBeUndefined();
  });

  it("refuses a dataset that is given other arrays, and goes on to be of use", async () => {
    for (const name of ["x", "y"] as const) {
      const [net, data] = [await create(), make()];
      const before = net.save({ resume: true });
      const fitting = fitInWorker(net, data);
      await turn();
      Object.assign(data, { [name]: data[name].slice() });
      await expect(fitting).rejects.toThrow(
        "fit: data must keep its x and y until they are sent, got others. Change a copy, not a dataset in use.",
      );
      expect(Listener.latest?.isEnded).toBe(true);
      expect(net.save({ resume: true })).toEqual(before);
    }
  });

  it("asks a signal that has no events", async () => {
    const [net, data] = [await create(), make()];
    const signal = { aborted: false } as AbortSignal;
    const fitting = fitInWorker(net, data, { signal });
    await turn();
    Object.assign(signal, { aborted: true });
    expect((await fitting).stopped).toBe("aborted");
    expect(Listener.latest?.isEnded).toBe(true);
  });

  it("sends rows of tables so too: slice by slice, given up at once", async () => {
    const rows = Array.from({ length: 9000 }, (_, i) => ({
      size: i % 7,
      colour: i % 2 ? "red" : "blue",
      big: i % 7 > 3,
    }));
    const controller = new AbortController();
    const options = { target: "big", epochs: 1, signal: controller.signal };
    const fitting = fitInWorker(Classifier, rows, { ...options, validation: rows.slice(0, 2000) });
    // A list that is changed is the list that it was.
    rows.length = 5000;
    const thread = await started();
    const counts: number[] = [];
    for (let i = 0; i < 3; i++) {
      await turn();
      counts.push(thread.messages.length);
    }
    expect(new Set(counts).size).toBe(3);
    while (!thread.kinds.includes("table")) await turn();
    const sent = (list: string) =>
      (thread.messages as unknown as RowSlice[])
        .filter((message) => message.kind === "rows" && message.list === list)
        .reduce((sum, { shapeOf }) => sum + shapeOf.length, 0);
    expect([sent("rows"), sent("validation")]).toEqual([9000, 2000]);
    thread.onerror?.({ message: "a power cut" });
    await expect(fitting).rejects.toThrow("Classifier.fit: the worker must run to its end, got a power cut.");
    const again = fitInWorker(Classifier, rows, options);
    await started(thread);
    controller.abort();
    expect(Listener.latest?.isEnded).toBe(true);
    expect(Listener.latest?.kinds).not.toContain("table");
    const here = await Classifier.fit(rows, { ...options, signal: AbortSignal.abort() });
    expect((await again).save({ resume: true })).toEqual(here.save({ resume: true }));
  });

  it("says what a page's policy must allow, whether the browser throws or only tells of an error", async () => {
    const net = await create();
    const before = net.save();
    const failing = () => fitInWorker(net, make(), { epochs: 1 });
    const silent = failing();
    (await asked()).onerror?.({ message: "" });
    await expect(silent).rejects.toThrow(
      "fit: the worker must run to its end, got no word of why. A Content-Security-Policy must have worker-src blob:.",
    );
    vi.stubGlobal("Worker", function refused() {
      throw new Error("denied by the policy");
    });
    await expect(failing()).rejects.toThrow(
      'fit: the page must let a worker start, got "denied by the policy". A Content-Security-Policy must have worker-src blob:, or use fit.',
    );
    expect(net.save()).toEqual(before);
  });
});
