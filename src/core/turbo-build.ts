/**
 * `wasmlp/turbo` lets V8 run pairs of 128-bit operations as one of 256 bits ("revectorization": Node 24 or later on x64).
 * The engine's flag is experimental, so users opt in, the kernels are tested, and plain SIMD is kept if a test fails.
 */
import { setFlagsFromString } from "node:v8";
import { inflateSync } from "node:zlib";
import { coreBase64 } from "../built/core-base64.js";
import { turboDeflated } from "../built/turbo-deflated.js";
import { Random } from "../ground/random.js";
import { type Core, type CoreModule, compile, createCoreFrom, decodeBase64, reserve, useModule } from "./core.js";

/** The first release of Node whose V8 computes correctly with the flag. */
const FIRST_NODE = 24;

/** How much faster than plain SIMD a product must be, or the flag has done nothing. */
const WORTH = 1.1;

/**
 * Turns the engine's flag on, tests the kernels bit for bit, and makes all models created from now on run on them. Results
 * are the same bytes as without. The first call takes about a tenth of a second; call it before you create a model.
 * @returns whether models now run faster; if not, a warning says why and everything works as before
 * @example
 * import { turbo } from "wasmlp/turbo";
 * await turbo();
 * const net = await MLP.create({ layers: [784, 128, 10] });
 */
export async function turbo(): Promise<boolean> {
  outcome ??= tryTurbo();
  return outcome;
}

let outcome: Promise<boolean> | undefined;

async function tryTurbo(): Promise<boolean> {
  const node = Number.parseInt(process.versions.node, 10);
  if (!(process.versions.v8 && node >= FIRST_NODE && process.arch === "x64")) {
    return giveUp(
      `the engine must be Node ${FIRST_NODE} or later on x64, got Node ${process.versions.node} on ${process.arch}`,
    );
  }
  const plain = await KernelCheck.load(decodeBase64(coreBase64));
  await plain.warm();
  const before = plain.time();
  setFlagsFromString("--experimental-wasm-revectorize");
  return adopt(new Uint8Array(inflateSync(decodeBase64(turboDeflated))), before);
}

/**
 * Makes all models created from now on run on a build of the core, unless its bits are wrong or it is hardly faster.
 * @param before the time of plain SIMD, in milliseconds, as {@link KernelCheck.time} measures it
 * @returns whether they do; if not, a warning says why
 */
export async function adopt(build: Uint8Array<ArrayBuffer>, before: number): Promise<boolean> {
  const check = await KernelCheck.load(build);
  await check.warm();
  const wrong = check.wrongKernel();
  if (wrong) return giveUp(`the kernels must give the bits of plain SIMD, got others from ${wrong}`);
  const speedup = before / check.time();
  if (speedup < WORTH)
    return giveUp(`products must be at least ${WORTH} times as fast, got ${speedup.toFixed(2)} times`);
  useModule(check.module, build);
  return true;
}

function giveUp(reason: string): false {
  process.emitWarning(`turbo: ${reason}. Models run on plain SIMD.`);
  return false;
}

/** Sizes of the test: whole tiles and edges in every direction. */
const [B, I, O] = [33, 65, 55];

/** A kernel to call on matrices in the core's memory, and the result that it must give, bit for bit. */
interface CheckedKernel {
  readonly name: string;
  readonly call: () => void;
  readonly result: Float32Array;
  readonly wanted: Float32Array;
}

/** One instance of a build with random matrices, and the three products on them. */
export class KernelCheck {
  private readonly products: readonly CheckedKernel[];

  static async load(build: Uint8Array<ArrayBuffer>): Promise<KernelCheck> {
    const module = await compile(build);
    return new KernelCheck(module, await createCoreFrom(module));
  }

  constructor(
    readonly module: CoreModule,
    core: Core,
  ) {
    this.products = checkedKernels(core.kernels, drawMatrices(core));
  }

  /** Calls the kernels until the engine has optimised them, with pauses, since it compiles on another thread. */
  async warm(): Promise<void> {
    for (let turn = 0; turn < 4; turn++) {
      for (let i = 0; i < 60; i++) for (const { call } of this.products) call();
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  /** The best time of the first two products together, in milliseconds. */
  time(): number {
    let best = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < 12; attempt++) {
      const start = performance.now();
      for (let i = 0; i < 10; i++) for (const { call } of this.products.slice(0, 2)) call();
      best = Math.min(best, performance.now() - start);
    }
    return best;
  }

  /** Returns the name of the first kernel whose result has wrong bits; undefined if all are right. */
  wrongKernel(): string | undefined {
    for (const { name, call, result, wanted } of this.products) {
      result.fill(Number.NaN);
      call();
      if (result.some((value, i) => !Object.is(value, wanted[i]))) return name;
    }
    return undefined;
  }
}

/** X [B, I], W [I, O], b [O] and D [B, O], random; Y [B, O], dW [I, O], dX [B, I] and scratch, to be written. */
type Matrices = Record<"x" | "w" | "b" | "d" | "y" | "dw" | "dx" | "panel", Float32Array>;

/** The matrices, one after the other in the core's memory, each at the start of a cache line. */
function drawMatrices(core: Core): Matrices {
  reserve(core, core.base + 4 * (2 * B * I + 2 * I * O + 2 * B * O + 33 * (B + I + O)) + 1024);
  let next = Math.ceil(core.base / 64) * 64;
  const slab = (count: number) => {
    const floats = new Float32Array(core.memory.buffer, next, count);
    next += Math.ceil(count / 16) * 64;
    return floats;
  };
  const random = new Random(1);
  const [x, w, b, d] = [B * I, I * O, O, B * O].map((count) => fill(slab(count), random));
  const [y, dw, dx, panel] = [B * O, I * O, B * I, 16 * Math.max(B, I, O)].map(slab);
  return { x, w, b, d, y, dw, dx, panel };
}

function checkedKernels(kernels: Core["kernels"], { x, w, b, d, y, dw, dx, panel }: Matrices): CheckedKernel[] {
  const at = (view: Float32Array) => view.byteOffset;
  const [X, W, D] = [matrix(x, I), matrix(w, O), matrix(d, O)];
  return [
    {
      name: "denseReluForward",
      call: () => kernels.denseReluForward(at(y), at(x), at(w), at(b), at(panel), B, I, O),
      result: y,
      wanted: product(B, O, I, X, W, b).map((value) => Math.max(value, 0)),
    },
    {
      name: "weightsBackward",
      call: () => kernels.weightsBackward(at(dw), at(x), at(d), at(panel), B, I, O),
      result: dw,
      wanted: product(I, O, B, transposed(X), D),
    },
    {
      name: "inputsBackward",
      call: () => kernels.inputsBackward(at(dx), at(d), at(w), at(panel), B, I, O),
      result: dx,
      wanted: product(B, I, O, D, transposed(W)),
    },
  ];
}

function fill(view: Float32Array, random: Random): Float32Array {
  for (let i = 0; i < view.length; i++) view[i] = random.normal();
  return view;
}

/** An element by its row and column. */
type Matrix = (row: number, column: number) => number;

function matrix(elements: Float32Array, width: number): Matrix {
  return (row, column) => elements[row * width + column];
}

function transposed(other: Matrix): Matrix {
  return (row, column) => other(column, row);
}

/** C [m×n] = start + A·B with a rounding to float32 after each product and each sum, in ascending order: plain SIMD's bits. */
function product(m: number, n: number, k: number, a: Matrix, b: Matrix, start?: Float32Array): Float32Array {
  const c = new Float32Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start ? start[j] : 0;
      for (let p = 0; p < k; p++) sum = Math.fround(sum + Math.fround(a(i, p) * b(p, j)));
      c[i * n + j] = sum;
    }
  }
  return c;
}
