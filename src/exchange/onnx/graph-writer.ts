/** A graph being written: nodes and constants, each under a name of its own. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { show } from "../../ground/check.js";
import { encodeUtf8 } from "../../ground/text.js";
import { ATTRIBUTES } from "./attribute-kinds.js";
import {
  type AttributeSchema,
  type Model,
  ModelSchema,
  type NodeSchema,
  type Tensor,
  TensorSchema,
  type ValueSchema,
} from "./onnx_pb.js";
import { TYPES } from "./tensor-storage.js";

/** What attributes hold here: whole numbers as bigint, so that 1 cannot be mistaken for a float. */
type AttributeValue = number | bigint | readonly bigint[] | readonly string[];

/** IR versions by operator set, from 13 on: docs/Versioning.md of github.com/onnx/onnx. */
const IR_VERSIONS = [7, 7, 8, 8, 8, 8, 9, 9, 10, 10, 11, 12, 13, 13];
export const WRITTEN_OPSETS = { from: 13, to: 13 + IR_VERSIONS.length - 1 } as const;

/** What files say that they are made by. */
export const PRODUCER = "wasmlp";

/** Texts that UTF-8 can hold: half a surrogate pair would come back as another character. */
function wellFormed(text: string): string {
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw new RangeError(`toOnnx: names and texts must be whole characters, got ${show(text)}.`);
}

const utf8 = (text: string) => encodeUtf8(wellFormed(text));

export class GraphWriter {
  private readonly nodes: MessageInitShape<typeof NodeSchema>[] = [];
  private readonly initializers: Tensor[] = [];
  private readonly inputs: MessageInitShape<typeof ValueSchema>[] = [];
  private readonly outputs: MessageInitShape<typeof ValueSchema>[] = [];
  private readonly domains = new Set<string>();
  private readonly names: Set<string>;

  /** @param taken names of inputs and outputs, which nothing else may have */
  constructor(taken: readonly string[]) {
    this.names = new Set(taken);
  }

  /** A name that nothing has yet: `wanted` if possible. */
  private fresh(wanted: string): string {
    let name = wanted;
    while (this.names.has(name)) name += "_";
    this.names.add(name);
    return name;
  }

  /** An input [N, width] under its own name. */
  input(name: string, type: keyof typeof TYPES, width: number): string {
    if (name === "") throw new RangeError('toOnnx: columns must have names, got "".');
    this.inputs.push(describe(wellFormed(name), type, [width]));
    return name;
  }

  /** Gives a value its place among the outputs, [N] or [N, width]. */
  output(name: string, type: keyof typeof TYPES, ...widths: number[]): void {
    this.outputs.push(describe(name, type, widths));
  }

  floats(name: string, dims: readonly number[], numbers: Float32Array): string {
    return this.constant(name, "FLOAT", dims, { rawData: bytesOf(numbers) });
  }

  /** A list of numbers, or one alone. */
  double(name: string, ...numbers: number[]): string {
    return this.constant(name, "DOUBLE", [numbers.length], { rawData: bytesOf(Float64Array.from(numbers)) });
  }

  integers(name: string, dims: readonly number[], numbers: readonly bigint[]): string {
    return this.constant(name, "INT64", dims, { rawData: bytesOf(BigInt64Array.from(numbers)) });
  }

  texts(name: string, texts: readonly string[]): string {
    return this.constant(name, "STRING", [texts.length], { stringData: texts.map(utf8) });
  }

  private constant(
    wanted: string,
    type: keyof typeof TYPES,
    dims: readonly number[],
    data: MessageInitShape<typeof TensorSchema>,
  ): string {
    const name = this.fresh(wanted);
    this.initializers.push(create(TensorSchema, { ...data, name, dims: dims.map(BigInt), dataType: TYPES[type] }));
    return name;
  }

  /**
   * Adds a node of one output.
   * @param wanted the output's name; a further one is made of it if it is taken, but for those of `output`
   * @returns the output's name
   */
  node(
    opType: string,
    input: readonly string[],
    wanted: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain = "",
  ): string {
    return this.add(opType, input, this.fresh(wanted), attributes, domain);
  }

  /** A node: the numbers of each row, [N, width], in ascending order. */
  ascending(input: string, width: number, wanted: string): string {
    const [output, places] = [this.fresh(wanted), this.fresh(`${wanted}.places`)];
    const count = this.integers(`${wanted}.count`, [1], [BigInt(width)]);
    this.add("TopK", [input, count], output, { axis: 1n, largest: 0n, sorted: 1n }, "", [places]);
    return output;
  }

  /** {@link node} for a value that is an output of the graph. */
  result(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    return this.add(opType, input, output, attributes, "");
  }

  private add(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>>,
    domain: string,
    further: readonly string[] = [],
  ): string {
    const attribute = Object.entries(attributes).map(([name, value]) => writeAttribute(name, value));
    this.domains.add(domain);
    this.nodes.push({ opType, input: [...input], output: [output, ...further], name: output, attribute, domain });
    return output;
  }

  /** The file as a message, which `writeModel` makes bytes of. */
  finish(name: string, opset: number): Model {
    const opsetImport = [{ domain: "", version: BigInt(opset) }];
    // Version 2 brought the LabelEncoder that is used here; each version after it has that one, too.
    if (this.domains.has("ai.onnx.ml")) opsetImport.push({ domain: "ai.onnx.ml", version: 2n });
    return create(ModelSchema, {
      irVersion: BigInt(IR_VERSIONS[opset - WRITTEN_OPSETS.from]),
      producerName: PRODUCER,
      opsetImport,
      graph: { name, node: this.nodes, initializer: this.initializers, input: this.inputs, output: this.outputs },
    });
  }
}

export const writeModel = (model: Model): Uint8Array => toBinary(ModelSchema, model);

function writeAttribute(name: string, value: AttributeValue): MessageInitShape<typeof AttributeSchema> {
  if (typeof value === "number") return { name, type: ATTRIBUTES.FLOAT, f: Math.fround(value) };
  if (typeof value === "bigint") return { name, type: ATTRIBUTES.INT, i: value };
  const isText = (list: typeof value): list is readonly string[] => typeof list[0] === "string";
  if (!isText(value)) return { name, type: ATTRIBUTES.INTS, ints: [...value] };
  return { name, type: ATTRIBUTES.STRINGS, strings: value.map(utf8) };
}

function describe(
  name: string,
  type: keyof typeof TYPES,
  widths: readonly number[],
): MessageInitShape<typeof ValueSchema> {
  const dim = widths.map((width) => ({ value: { case: "dimValue" as const, value: BigInt(width) } }));
  const rows = { value: { case: "dimParam" as const, value: "N" } };
  return { name, type: { tensorType: { elemType: TYPES[type], shape: { dim: [rows, ...dim] } } } };
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
