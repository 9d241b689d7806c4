/** The types of tensors that are read, and how files store them. */

/** TensorProto.DataType of onnx.proto: those that are read. */
export const TYPES = {
  FLOAT: 1,
  UINT8: 2,
  INT8: 3,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  BFLOAT16: 16,
} as const;

export type DataField = "floatData" | "doubleData" | "int32Data" | "int64Data" | "stringData";

export interface Storage {
  readonly kind: "float" | "integer" | "text";
  /** Bytes a number in `raw_data`. */
  readonly size: number;
  readonly field: DataField;
  /** Whether the field holds varints, not the bytes of raw_data. */
  readonly varints?: boolean;
}

export const STORAGE = new Map<number, Storage>([
  [TYPES.FLOAT, { kind: "float", size: 4, field: "floatData" }],
  [TYPES.DOUBLE, { kind: "float", size: 8, field: "doubleData" }],
  [TYPES.FLOAT16, { kind: "float", size: 2, field: "int32Data", varints: true }],
  [TYPES.BFLOAT16, { kind: "float", size: 2, field: "int32Data", varints: true }],
  [TYPES.UINT8, { kind: "integer", size: 1, field: "int32Data", varints: true }],
  [TYPES.INT8, { kind: "integer", size: 1, field: "int32Data", varints: true }],
  [TYPES.INT32, { kind: "integer", size: 4, field: "int32Data", varints: true }],
  [TYPES.BOOL, { kind: "integer", size: 1, field: "int32Data", varints: true }],
  [TYPES.INT64, { kind: "integer", size: 8, field: "int64Data", varints: true }],
  [TYPES.STRING, { kind: "text", size: 0, field: "stringData" }],
]);

export const isFloat = (type: number) => STORAGE.get(type)?.kind === "float";
export const isInteger = (type: number) => STORAGE.get(type)?.kind === "integer";
