/**
 * Protobuf from strangers. Its own reader trusts lengths, kinds and counts: a message may reach beyond the one it lies in,
 * and two bytes of file may become an object of hundreds. So the bytes are walked first, and nothing is made of a file that
 * is not sound or would need more memory than its size explains.
 */
import { type DescField, type DescMessage, fromBinary, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { refuse } from "./refusal.js";

/** Bytes of memory, rounded up: an object with its lists; a text or a view beside its contents; a number in a list. */
const MESSAGE = 512;
const TEXT = 192;
const NUMBER = 40;
/** What any file may need, beside half its size. */
const ALLOWANCE = 8 * 2 ** 20;

/** Reads the messages of one file, which share the memory that its size explains. */
export class Parser {
  private readonly room: Room;

  /** @param size bytes of the file */
  constructor(size: number) {
    this.room = { left: ALLOWANCE + size / 2 };
  }

  /**
   * The message that the bytes are; numbers of tensors stay views of them.
   * @throws Error if they are none, or one of more parts than the file's size explains
   */
  read<M extends DescMessage>(schema: M, bytes: Uint8Array): MessageShape<M> {
    try {
      new Walk(bytes, this.room).message(schema, bytes.length);
      return fromBinary(schema, bytes, { readUnknownFields: false, recursionLimit: 16 });
    } catch (cause) {
      if (cause instanceof Refusal) return refuse(cause.wanted, cause.message, cause);
      return refuse("be an ONNX model", `bytes that protobuf refuses: ${(cause as Error).message}`, cause);
    }
  }
}

interface Room {
  left: number;
}

class Refusal extends Error {
  constructor(
    readonly wanted: string,
    got: string,
  ) {
    super(got);
  }
}

const VARINTS: readonly ScalarType[] = [ScalarType.INT32, ScalarType.INT64];
const TEXTS: readonly ScalarType[] = [ScalarType.STRING, ScalarType.BYTES];

/** How a field of the schema is written if it is not packed; the schema has these kinds alone. */
function wireTypeOf({ message, scalar }: DescField): WireType {
  if (message || TEXTS.includes(scalar as ScalarType)) return WireType.LengthDelimited;
  return VARINTS.includes(scalar as ScalarType) ? WireType.Varint : WireType.Bit32;
}

class Walk {
  private readonly reader: BinaryReader;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly room: Room,
  ) {
    this.reader = new BinaryReader(bytes);
  }

  /** Walks a message that ends at byte `end`. The schema is no deeper than seven messages, and so is the recursion. */
  message(schema: DescMessage, end: number): void {
    this.spend(MESSAGE);
    const { reader } = this;
    while (reader.pos < end) {
      const [number, wireType] = reader.tag();
      const field = schema.fields.find((candidate) => candidate.number === number);
      if (!field) this.skip(wireType, number);
      else if (field.message) this.message(field.message, this.length(field, wireType, end));
      else if (wireType !== wireTypeOf(field) && field.fieldKind === "list") this.packed(field, wireType, end);
      else this.scalar(field, wireType, end);
      if (reader.pos > end)
        throw new Refusal("keep every field inside its message", `one that ends at byte ${reader.pos}`);
    }
  }

  private skip(wireType: WireType, number: number): void {
    if (wireType === WireType.StartGroup) throw new Refusal("hold no groups", `field ${number}`);
    this.reader.skip(wireType, number, 0);
  }

  /** Where what follows ends, whose length comes first. */
  private length(field: DescField, wireType: WireType, end: number): number {
    if (wireType !== WireType.LengthDelimited) this.refuseKind(field, wireType);
    const length = this.reader.uint32();
    if (length <= end - this.reader.pos) return this.reader.pos + length;
    throw new Refusal(`hold the ${length} bytes that ${field.name} announces`, `${end - this.reader.pos}`);
  }

  private scalar(field: DescField, wireType: WireType, end: number): void {
    if (wireType !== wireTypeOf(field)) this.refuseKind(field, wireType);
    if (wireType !== WireType.LengthDelimited) {
      this.spend(NUMBER);
      this.reader.skip(wireType, field.number);
      return;
    }
    const stop = this.length(field, wireType, end);
    this.spend(TEXT + (field.scalar === ScalarType.STRING ? 2 * (stop - this.reader.pos) : 0));
    this.reader.pos = stop;
  }

  /** Numbers of a list, one after the other. */
  private packed(field: DescField, wireType: WireType, end: number): void {
    const stop = this.length(field, wireType, end);
    if (field.scalar === ScalarType.FLOAT) {
      if ((stop - this.reader.pos) % 4 > 0) throw new Refusal(`hold whole numbers of bytes in ${field.name}`, "a rest");
      this.spend((NUMBER * (stop - this.reader.pos)) / 4);
    } else {
      if (stop > this.reader.pos && this.bytes[stop - 1] > 127) {
        throw new Refusal(`end ${field.name} with a number`, "a part of one");
      }
      for (let at = this.reader.pos; at < stop; at++) if (this.bytes[at] < 128) this.spend(NUMBER);
    }
    this.reader.pos = stop;
  }

  private spend(bytes: number): void {
    this.room.left -= bytes;
    if (this.room.left >= 0) return;
    throw new Refusal("have no more parts than an MLP of its size needs", `more in its ${this.bytes.length} bytes`);
  }

  private refuseKind(field: DescField, wireType: WireType): never {
    throw new Refusal(`write ${field.name} with wire type ${wireTypeOf(field)}`, `${wireType}`);
  }
}
