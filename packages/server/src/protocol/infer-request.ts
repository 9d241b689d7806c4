/** A request of the Open Inference Protocol: JSON alone, or JSON before tensors as bytes. */
import { type Datatype, type Tensor, WIDTHS } from "../answers/tensor.js";
import { isRecord, Refusal, shown } from "../ground/refusal.js";
import { readElements } from "./binary-tensors.js";
import { readData } from "./json-tensors.js";

/** An output that is asked for. */
export interface WantedOutput {
  readonly name: string;
  /** Whether as bytes. Default: as the request says for all. */
  readonly binary: boolean;
}

/** What a request asks. */
export interface InferRequest {
  readonly id: string | undefined;
  readonly inputs: readonly Tensor[];
  /** None: all outputs. */
  readonly outputs: readonly WantedOutput[];
  /** Whether outputs are bytes where nothing is said of one. */
  readonly binary: boolean;
  /** Whether each row that is refused has its own error, and the others their answers. */
  readonly rowErrors: boolean;
}

/** A field that may be absent. */
function optional<T>(
  owner: Record<string, unknown>,
  name: string,
  is: (value: unknown) => value is T,
  what: string,
): T | undefined {
  const value = owner[name];
  if (value === undefined || value === null) return undefined;
  if (!is(value)) throw new Refusal(400, `${name} must be ${what}, got ${shown(value)}.`);
  return value;
}

const isText = (value: unknown): value is string => typeof value === "string";
const isBoolean = (value: unknown): value is boolean => typeof value === "boolean";
const isList = (value: unknown): value is unknown[] => Array.isArray(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const parametersOf = (owner: Record<string, unknown>) => optional(owner, "parameters", isRecord, "an object") ?? {};

/** What follows the JSON, tensor by tensor. */
class Tail {
  private at = 0;
  constructor(private readonly bytes: Buffer) {}

  take(name: string, size: number): Buffer {
    const end = this.at + size;
    if (end > this.bytes.length) {
      throw new Refusal(
        400,
        `input "${name}" must have ${size} bytes behind the JSON, got ${this.bytes.length - this.at}.`,
      );
    }
    const part = this.bytes.subarray(this.at, end);
    this.at = end;
    return part;
  }

  end(): void {
    if (this.at < this.bytes.length) {
      throw new Refusal(400, `tensors must fill the bytes behind the JSON, got ${this.bytes.length - this.at} more.`);
    }
  }
}

function readInput(input: unknown, tail: Tail, maxRows: number): Tensor {
  if (!isRecord(input)) throw new Refusal(400, `inputs must hold objects, got ${shown(input)}.`);
  const { name, datatype, shape, data } = input;
  if (!isText(name)) throw new Refusal(400, `each input must have a name, got ${shown(name)}.`);
  if (!isText(datatype) || !Object.hasOwn(WIDTHS, datatype)) {
    throw new Refusal(
      400,
      `the datatype of ${shown(name)} must be among ${Object.keys(WIDTHS).join(", ")}, got ${shown(datatype)}.`,
    );
  }
  if (!isList(shape) || shape.length === 0 || shape.length > 16 || !shape.every(isSize)) {
    throw new Refusal(400, `the shape of ${shown(name)} must be a list of 1 to 16 whole numbers, got ${shown(shape)}.`);
  }
  const sizes = shape as number[];
  if (sizes[0] > maxRows) throw new Refusal(413, `a request must have ${maxRows} rows at most, got ${sizes[0]}.`);
  const count = sizes.reduce((product, size) => product * size, 1);
  const size = optional(parametersOf(input), "binary_data_size", isSize, "a whole number");
  const type = datatype as Datatype;
  const own =
    size === undefined
      ? readData(name, type, sizes, data, count)
      : readElements(name, type, tail.take(name, size), count);
  return { name, datatype: type, shape: sizes, data: own };
}

function readOutput(output: unknown, binary: boolean): WantedOutput {
  if (!isRecord(output) || !isText(output.name))
    throw new Refusal(400, `outputs must hold objects with a name, got ${shown(output)}.`);
  return {
    name: output.name,
    binary: optional(parametersOf(output), "binary_data", isBoolean, "true or false") ?? binary,
  };
}

/**
 * Reads a request.
 * @param tail the bytes behind the JSON
 * @throws Refusal saying what is wrong with it
 */
export function readRequest(body: unknown, tail: Buffer, maxRows: number): InferRequest {
  if (!isRecord(body)) throw new Refusal(400, `a request must be an object, got ${shown(body)}.`);
  const id = optional(body, "id", isText, "a text");
  const parameters = parametersOf(body);
  const binary = optional(parameters, "binary_data_output", isBoolean, "true or false") ?? false;
  const rowErrors = optional(parameters, "row_errors", isBoolean, "true or false") ?? false;
  const { inputs } = body;
  if (!isList(inputs) || inputs.length === 0)
    throw new Refusal(400, `inputs must be a list of tensors, got ${shown(inputs)}.`);
  const behind = new Tail(tail);
  const tensors = inputs.map((input) => readInput(input, behind, maxRows));
  behind.end();
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw new Refusal(400, `each input must be there once, got ${shown(name)} twice.`);
    names.add(name);
  }
  const outputs = (optional(body, "outputs", isList, "a list") ?? []).map((output) => readOutput(output, binary));
  return { id, inputs: tensors, outputs, binary, rowErrors };
}

/**
 * Splits a body of bytes where its JSON ends.
 * @param header what the request's Inference-Header-Content-Length says
 */
export function splitBody(bytes: Buffer, header: string | string[] | undefined): { body: unknown; tail: Buffer } {
  const length = header === undefined ? bytes.length : /^\d{1,10}$/.test(String(header)) ? Number(header) : -1;
  if (length < 0 || length > bytes.length) {
    throw new Refusal(
      400,
      `Inference-Header-Content-Length must be the length of the JSON, ${bytes.length} at most, got ${shown(header)}.`,
    );
  }
  try {
    return { body: JSON.parse(bytes.toString("utf8", 0, length)), tail: bytes.subarray(length) };
  } catch {
    throw new Refusal(400, `the first ${length} bytes must be JSON, got other bytes.`);
  }
}
