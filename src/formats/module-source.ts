/**
 * JavaScript that every module of toModule contains, as text. It says again what columns.ts and encoder.ts do with one row,
 * in their words and to the same bits: tests/module.test.ts holds both beside each other.
 */

/** `run`: the network behind its door, `readRow`. */
export const RUN = `let network;

/** What the network makes of a row: its output, which the next row overwrites. */
function run(call, row, pass) {
  network ??= start();
  readRow(call, row, network.input);
  network[pass]();
  return network.output;
}

/** The network in a memory of its own. */
function start() {
  const { Instance, Module } = WebAssembly;
  const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
  const { memory, input, inputs, output, outputs, predict, forward } = new Instance(new Module(bytes)).exports;
  return {
    input: new Float32Array(memory.buffer, input.value, inputs.value),
    output: new Float32Array(memory.buffer, output.value, outputs.value),
    predict,
    forward,
  };
}
`;

/** `largest`: of equals the first. */
export const LARGEST = `/** Which of the numbers is the largest; the first of equals. */
function largest(numbers) {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[best]) best = i;
  return best;
}
`;

/** `readRow` of a bare network. */
export const READ_NUMBERS = `/** Checks a row of numbers and writes it to where the network reads it. */
function readRow(call, row, input) {
  if (row instanceof Uint8Array) {
    throw new TypeError(call + ": row must hold numbers as the model was trained on, got a Uint8Array. Scale them first.");
  }
  if (!Array.isArray(row) && (!ArrayBuffer.isView(row) || row instanceof DataView)) {
    throw new TypeError(call + ": row must be an array of numbers, got " + describe(row) + ".");
  }
  if (row.length !== input.length) {
    throw new RangeError(call + ": row must hold " + input.length + " numbers, got " + row.length + ".");
  }
  for (let i = 0; i < input.length; i++) {
    const value = row[i];
    if (!Number.isFinite(value) || !Number.isFinite(Math.fround(value))) {
      const Kind = typeof value === "number" ? RangeError : TypeError;
      throw new Kind(call + ": row must hold finite numbers, got " + describe(value) + " at column " + i + ".");
    }
    input[i] = value;
  }
}
`;

/** `readRow` of a table: from an object to features. */
export const READ_OBJECT = String.raw`/** Writes the features of a row to where the network reads them. */
function readRow(call, row, features) {
  if (!isRow(row)) throw new TypeError(call + ": row must be an object, got " + describe(row) + ".");
  features.fill(0);
  for (const column of columns) {
    const value = Object.hasOwn(row, column.name) ? row[column.name] : undefined;
    const { kind, start, width, hasMissing } = column;
    if (kind === "text") {
      const place = placeText(call, column, value);
      if (place >= 0) features[start + place] = 1;
      continue;
    }
    const number = kind === "number" ? readNumber(call, column, value) : readBoolean(call, column, value);
    if (!Number.isNaN(number)) features[start] = number;
    else if (hasMissing) features[start + width - 1] = 1;
  }
}

/** Plain objects and instances of people's own classes; not those of the language. */
function isRow(row) {
  if (typeof row !== "object" || row === null) return false;
  const prototype = Object.getPrototypeOf(row);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.prototype.toString.call(row) === "[object Object]";
}

/** null, undefined, NaN, blank text, and the texts that stood for missing values in training. */
function isMissing(value) {
  if (typeof value !== "string") return value === null || value === undefined || Number.isNaN(value);
  const text = value.trim();
  return text === "" || missing.has(text);
}

function isPlain(value) {
  if (typeof value === "bigint") return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** The largest number of float32. */
const LARGEST_NUMBER = 3.4028234663852886e38;

/** A standardised number; NaN if it is missing. */
function readNumber(call, column, value) {
  if (isMissing(value)) return Number.NaN;
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text !== undefined && !NUMERAL.test(text)) {
    const remedy = " If it stands for a missing value, name it in missing when fitting.";
    throw refused(call, column, value, "numbers", remedy);
  }
  if (!isPlain(value) || typeof value === "boolean") throw refused(call, column, value, "numbers");
  const number = Number(text ?? value);
  if (Math.abs(number) > LARGEST_NUMBER) {
    throw new RangeError(refusal(call, column, value, "numbers that are finite in float32"));
  }
  const feature = (number - column.mean) / column.deviation;
  if (Math.abs(feature) <= LARGEST_NUMBER) return feature;
  throw new RangeError(refusal(call, column, number, "numbers that are finite in float32 once standardised"));
}

/** 1, 0, or NaN if it is missing. */
function readBoolean(call, column, value) {
  if (isMissing(value)) return Number.NaN;
  const word = typeof value === "string" ? value.trim() : value;
  if (word === true || word === "true") return 1;
  if (word === false || word === "false") return 0;
  throw refused(call, column, value, "true or false");
}

/** Which of the column's features is 1, or -1: a category's, that of all others, or that of missing values. */
function placeText(call, column, value) {
  const { categories, hasOther, hasMissing, width } = column;
  if (categories.has(value)) return categories.get(value);
  if (isMissing(value)) return hasMissing ? width - 1 : -1;
  return categories.get(readText(call, column, value)) ?? (hasOther ? categories.size : -1);
}

function readText(call, column, value) {
  if (typeof value === "string") return value.trim();
  if (!isPlain(value) || column.textOnly) {
    const remedy = " Write it as text, or pass columns: { " + describe(column.name) + ': "text" } when fitting.';
    throw refused(call, column, value, "text", remedy);
  }
  if (value !== Infinity && value !== -Infinity) return String(value);
  throw new RangeError(refusal(call, column, value, "finite numbers or text"));
}

function refused(call, column, value, wanted, remedy = "") {
  const name = describe(column.name);
  const foreign = " Make it a number or text first, or pass columns: { " + name + ': "ignore" } when fitting.';
  return new TypeError(refusal(call, column, value, wanted, isPlain(value) ? remedy : foreign));
}

function refusal(call, column, value, wanted, remedy = "") {
  const name = describe(column.name);
  return call + ": column " + name + " must hold " + wanted + ", got " + describe(value) + " at row 0." + remedy;
}
`;

/** `describe`: a value in an error. */
export const DESCRIBE = `/** A value as it stands in an error. */
function describe(value) {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? value.slice(0, 40) + "..." : value);
  if (typeof value === "function") return "a function";
  if (typeof value !== "object" || value === null) return String(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" || tag === "Array" ? "an " + tag.toLowerCase() : "a " + tag;
}
`;
