/** The kinds of attributes. */

/** AttributeProto.AttributeType of onnx.proto: those that are read. */
export const ATTRIBUTES = { FLOAT: 1, INT: 2, STRING: 3, TENSOR: 4, FLOATS: 6, INTS: 7, STRINGS: 8 } as const;
