/** Nodes of a file of `toOnnx`, found by the names that it gives their results. */
import type { Node as StoredNode } from "./onnx_pb.js";
import type { Tensor } from "./tensors.js";
import { decodeText } from "./text-of-bytes.js";

/** A name that was taken got underscores. */
export const stemOf = (name: string) => name.replace(/_+$/, "");

/** Some nodes that follow each other, and the constants that they read; of those of one name the first. */
export class WrittenNodes {
  private readonly made = new Map<string, StoredNode>();
  private readonly read = new Map<string, Tensor>();

  constructor(
    readonly all: readonly StoredNode[],
    readonly constants: ReadonlyMap<string, Tensor>,
  ) {
    for (const node of all) {
      for (const name of node.input) {
        const tensor = constants.get(name);
        if (tensor && !this.read.has(stemOf(name))) this.read.set(stemOf(name), tensor);
      }
      const [output = ""] = node.output;
      if (!this.made.has(stemOf(output))) this.made.set(stemOf(output), node);
    }
  }

  /** The one whose result has this name. */
  node(name: string): StoredNode | undefined {
    return this.made.get(stemOf(name));
  }

  constant(name: string): Tensor | undefined {
    return this.read.get(stemOf(name));
  }

  /** All numbers of a constant. */
  numbers(name: string): number[] | undefined {
    const tensor = this.constant(name);
    return tensor && Array.from({ length: tensor.count }, (_, i) => tensor.at(i));
  }

  number(name: string): number | undefined {
    return this.numbers(name)?.[0];
  }
}

/** What a LabelEncoder makes of texts. */
export interface Places {
  readonly keys: readonly string[];
  readonly values: readonly number[];
  readonly other: number;
}

export function placesOf(node: StoredNode | undefined): Places | undefined {
  const named = (name: string) => node?.attribute.find((own) => own.name === name);
  const [keys, values, other] = ["keys_strings", "values_int64s", "default_int64"].map(named);
  if (!keys || !values || !other || keys.strings.length !== values.ints.length) return undefined;
  const texts = keys.strings.map((text) => decodeText("keys_strings", text));
  return { keys: texts, values: values.ints.map(Number), other: Number(other.i ?? 0n) };
}
