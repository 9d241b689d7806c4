/** Tensors, as the Open Inference Protocol has them. */

/** Bytes an element; 0 where elements have lengths of their own. */
export const WIDTHS = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
} as const;

/** All of the protocol's. */
export type Datatype = keyof typeof WIDTHS;

/** What a tensor is, without its numbers. */
export interface TensorType {
  readonly name: string;
  readonly datatype: Datatype;
  /** -1 where the number of rows stands. */
  readonly shape: readonly number[];
}

/** A tensor: as many elements as the product of its shape, row-major. */
export interface Tensor extends TensorType {
  readonly data: ArrayLike<unknown>;
}

/** The tensor of a type that holds `data`. */
export function fill({ name, datatype, shape }: TensorType, rows: number, data: ArrayLike<unknown>): Tensor {
  return { name, datatype, shape: [rows, ...shape.slice(1)], data };
}
