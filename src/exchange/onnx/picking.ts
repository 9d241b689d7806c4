/** Gather, Slice and Split: of rows some features, of constants a part. */
import { show } from "../../ground/check.js";
import { stridesOf } from "./broadcast.js";
import type { Node } from "./graph-node.js";
import { countUp, rowsToShape, select } from "./row-shapes.js";
import type { Tensor } from "./tensors.js";
import { constantOf, type Rows, type Value } from "./values.js";

/** What a part is taken of: sizes, the rows' own axis left out. */
interface Whole {
  readonly sizes: readonly number[];
  take(sizes: readonly number[], place: (index: number) => number): Value;
}

/** Input 0, and an axis of it as it is counted in `sizes`. */
function wholeOf(node: Node, axis: number): { whole: Whole; axis: number } {
  const value = node.input(0);
  if (value.kind === "constant") {
    const { tensor } = value;
    const own = axis < 0 ? axis + tensor.dims.length : axis;
    if (!(own >= 0 && own < tensor.dims.length)) node.refuse(`an axis of ${tensor.dims.length}`, `${axis}`);
    return { axis: own, whole: { sizes: tensor.dims, take: (sizes, place) => constantOf(tensor.view(sizes, place)) } };
  }
  const rows = rowsToShape(node);
  const own = featureAxis(node, rows, axis);
  const take = (sizes: readonly number[], place: (index: number) => number) => select(node, rows, sizes, place);
  return { axis: own, whole: { sizes: rows.axes as number[], take } };
}

/** An axis of rows as it is counted among those of their features. */
function featureAxis(node: Node, rows: Rows, axis: number): number {
  const first = Number(rows.hasBatch);
  const own = (axis < 0 ? axis + rows.axes.length + first : axis) - first;
  if (!(own >= 0 && own < rows.axes.length)) node.refuse("an axis of the features", `${axis}`);
  if (rows.axes.includes(undefined)) node.refuse("rows whose features are counted by the file", "others");
  return own;
}

/** Axes are few, and so are parts. */
const MOST_PICKED = 2 ** 16;

/** Places along an axis, in the shape in which they are given. */
function pick(
  { sizes, take }: Whole,
  axis: number,
  dims: readonly number[],
  placeOf: (index: number) => number,
): Value {
  const strides = stridesOf(sizes);
  const inner = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
  const count = dims.reduce((product, size) => product * size, 1);
  const result = [...sizes.slice(0, axis), ...dims, ...sizes.slice(axis + 1)];
  return take(result, (index) => {
    const rest = index % inner;
    const middle = Math.floor(index / inner);
    const outer = Math.floor(middle / count);
    return outer * sizes[axis] * strides[axis] + placeOf(middle % count) * strides[axis] + rest;
  });
}

/** The places that are asked for, counted from the front. */
function placesOf(node: Node, tensor: Tensor, size: number): number[] {
  if (tensor.count > MOST_PICKED) node.refuse(`${MOST_PICKED} places at most`, `${tensor.count}`);
  const places = tensor.integers().map((place) => Number(place) + (place < 0n ? size : 0));
  const beyond = places.findIndex((place) => !(place >= 0 && place < size));
  return beyond < 0 ? places : node.refuse(`places among ${size}`, `${places[beyond]} of ${show(tensor.name)}`);
}

export function gatherFeatures(node: Node): Value {
  const given = node.int("axis", 0);
  node.finish(2);
  const { whole, axis } = wholeOf(node, given);
  const tensor = node.constant(1);
  const places = placesOf(node, tensor, whole.sizes[axis]);
  return pick(whole, axis, tensor.dims, (index) => places[index]);
}

/** ai.onnx.ml: some columns. */
export function extractFeatures(node: Node): Value {
  node.finish(2);
  const { whole, axis } = wholeOf(node, -1);
  const places = placesOf(node, node.constant(1), whole.sizes[axis]);
  return pick(whole, axis, [places.length], (index) => places[index]);
}

export function slice(node: Node): Value {
  const starts = node.list(1, "starts") ?? node.refuse("starts", "none");
  const ends = node.list(2, "ends") ?? node.refuse("ends", "none");
  const axes = node.list(3, "axes") ?? starts.map((_, a) => BigInt(a));
  const steps = node.list(4, "steps") ?? starts.map(() => 1n);
  node.finish(5);
  const value = node.input(0);
  if ([ends, axes, steps].some((list) => list.length !== starts.length) || axes.length > 8) {
    node.refuse(
      "as many ends, axes and steps as starts",
      `${starts.length}, ${ends.length}, ${axes.length}, ${steps.length}`,
    );
  }
  const wholes = axes.map((axis, i) => {
    // All of the rows.
    const isRows = value.kind === "rows" && value.hasBatch && (axis === 0n || Number(axis) === -value.axes.length - 1);
    const isAll = starts[i] === 0n && ends[i] >= 0x7fffffffn && steps[i] === 1n;
    return isRows && isAll ? undefined : wholeOf(node, Number(axis));
  });
  const known = wholes.find((own) => own !== undefined);
  if (!known) return value;
  return cut(
    node,
    known.whole,
    wholes.map((own) => own?.axis),
    { starts, ends, steps },
  );
}

interface Cuts {
  readonly starts: readonly bigint[];
  readonly ends: readonly bigint[];
  readonly steps: readonly bigint[];
}

function cut(node: Node, whole: Whole, axes: readonly (number | undefined)[], { starts, ends, steps }: Cuts): Value {
  const sizes = [...whole.sizes];
  const apart = stridesOf(sizes);
  let from = 0;
  const seen = new Set<number>();
  axes.forEach((axis, i) => {
    if (axis === undefined) return;
    if (seen.has(axis)) node.refuse("each axis once", `${axis} twice`);
    seen.add(axis);
    const step = Number(steps[i]);
    if (!(step >= 1)) node.refuse("steps of 1 or more", `${step}`);
    const within = (place: bigint) =>
      Math.min(Math.max(Number(place) + (place < 0n ? sizes[axis] : 0), 0), sizes[axis]);
    const [first, end] = [within(starts[i]), within(ends[i])];
    from += first * apart[axis];
    sizes[axis] = Math.max(0, Math.ceil((end - first) / step));
    apart[axis] *= step;
  });
  return whole.take(sizes, countUp(sizes, apart, from));
}
