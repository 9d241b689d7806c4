/** Operators that give constants another shape or type, put them together, or make them. */
import { broadcastDims, broadcastIndex, productOf, stridesOf } from "./broadcast.js";
import { axesOf, listed, titleOfOutput } from "./constant-operators.js";
import type { Node } from "./graph-node.js";
import { countUp } from "./row-shapes.js";
import { Tensor, TYPES } from "./tensors.js";
import { constantOf, type Value } from "./values.js";

/** Nothing that is read of a file has more numbers. */
const MOST_NUMBERS = 2 ** 31;

/** Sizes of a shape that is a constant. */
function sizesOf(node: Node, tensor: Tensor): number[] {
  if (tensor.count > 8) node.refuse("a shape of eight axes at most", `${tensor.count}`);
  const sizes = tensor.integers().map(Number);
  if (productOf(sizes.map(Math.abs)) > MOST_NUMBERS) node.refuse(`shapes of 2^31 numbers at most`, `[${sizes}]`);
  return sizes;
}

export function reshapeConstant(node: Node): Value {
  const zeroIsZero = node.int("allowzero", 0) !== 0;
  node.finish(2);
  const tensor = node.constant(0);
  const asked = sizesOf(node, node.constant(1)).map((size, a) =>
    size === 0 && !zeroIsZero ? (tensor.dims[a] ?? -2) : size,
  );
  const known = productOf(asked.filter((size) => size !== -1));
  const dims = asked.map((size) => (size === -1 ? tensor.count / known : size));
  const fits = dims.every((size) => Number.isInteger(size) && size >= 0) && productOf(dims) === tensor.count;
  if (!fits || asked.filter((size) => size === -1).length > 1) node.refuse(`a shape of ${tensor.count}`, `[${asked}]`);
  return constantOf(tensor.view(dims));
}

export function flattenConstant(node: Node): Value {
  const tensor = node.constant(0);
  const given = node.int("axis", 1);
  node.finish(1);
  const axis = given < 0 ? given + tensor.dims.length : given;
  if (!(axis >= 0 && axis <= tensor.dims.length)) node.refuse("an axis of it", `${given}`);
  return constantOf(tensor.view([productOf(tensor.dims.slice(0, axis)), productOf(tensor.dims.slice(axis))]));
}

export function squeezeConstant(node: Node): Value {
  const tensor = node.constant(0);
  const list = node.list(1, "axes");
  node.finish(2);
  const { dims } = tensor;
  const axes = list ? axesOf(node, list, dims.length) : undefined;
  for (const axis of axes ?? []) if (dims[axis] !== 1) node.refuse("axes of size 1", `${dims[axis]}`);
  return constantOf(tensor.view(dims.filter((size, a) => (axes ? !axes.has(a) : size !== 1))));
}

export function unsqueezeConstant(node: Node): Value {
  const tensor = node.constant(0);
  const list = node.list(1, "axes") ?? node.refuse("axes", "none");
  node.finish(2);
  const rank = tensor.dims.length + list.length;
  const axes = axesOf(node, list, rank);
  if (axes.size !== list.length) node.refuse("each axis once", `[${list}]`);
  const own = [...tensor.dims];
  return constantOf(tensor.view(Array.from({ length: rank }, (_, a) => (axes.has(a) ? 1 : (own.shift() as number)))));
}

export function transposeConstant(node: Node): Value {
  const tensor = node.constant(0);
  const rank = tensor.dims.length;
  const order = (node.ints("perm") ?? tensor.dims.map((_, a) => BigInt(rank - 1 - a))).map(Number);
  node.finish(1);
  const isOrder = order.length === rank && [...order].sort((a, b) => a - b).every((axis, a) => axis === a);
  if (!isOrder) node.refuse("an order of its axes", `perm [${order}] of shape [${tensor.dims}]`);
  const dims = order.map((axis) => tensor.dims[axis]);
  const strides = stridesOf(tensor.dims);
  const steps = order.map((axis) => strides[axis]);
  return constantOf(tensor.view(dims, countUp(dims, steps)));
}

/** As large a shape as is asked for, or larger. */
export function expand(node: Node): Value {
  node.finish(2);
  const tensor = node.constant(0);
  const dims = broadcastDims(tensor.dims, sizesOf(node, node.constant(1)));
  if (!dims || dims.some((size) => size < 0)) return node.refuse("a shape that fits", `[${tensor.dims}]`);
  return constantOf(tensor.view(dims, broadcastIndex(tensor.dims, dims)));
}

export function constantOfShape(node: Node): Value {
  const value = node.tensor("value");
  node.finish(1);
  const dims = sizesOf(node, node.constant(0));
  if (dims.some((size) => size < 0) || (value && value.count !== 1)) node.refuse("sizes and one value", `[${dims}]`);
  if (!value) return constantOf(Tensor.computed(titleOfOutput(node), dims, TYPES.FLOAT, 1, () => 0));
  if (value.isFloat) return constantOf(Tensor.computed(titleOfOutput(node), dims, value.type, 1, () => value.at(0)));
  const [entry] = value.integers();
  return listed(node, dims, value.type, () => entry);
}

export function range(node: Node): Value {
  node.finish(3);
  const [start, limit, delta] = [0, 1, 2].map((i) => node.constant(i));
  if ([start, limit, delta].some((one) => one.count !== 1 || !one.isInteger))
    node.refuse("three whole numbers", "others");
  const [from, to, step] = [start, limit, delta].map((one) => one.integers()[0]);
  const count = step === 0n ? -1 : Math.max(0, Math.ceil(Number(to - from) / Number(step)));
  if (count < 0 || count > 4096) node.refuse("4096 numbers at most", `${count}`);
  return listed(node, [count], start.type, (i) => from + BigInt(i) * step);
}

export function shapeOfConstant(node: Node): Value {
  const [start, end] = [node.int("start", 0), node.int("end", 8)];
  node.finish(1);
  const dims = node.constant(0).dims.slice(start, end);
  return listed(node, [dims.length], TYPES.INT64, (i) => BigInt(dims[i]));
}

/** One after the other along an axis. */
export function concatConstants(node: Node): Value {
  const given = node.int("axis", 1);
  node.finish(64);
  const tensors = node.inputs.map((_, i) => node.constant(i));
  const [first] = tensors;
  const axis = given < 0 ? given + first.dims.length : given;
  const isAlike = ({ dims, type }: Tensor) =>
    type === first.type &&
    dims.length === first.dims.length &&
    dims.every((size, a) => a === axis || size === first.dims[a]);
  if (!(axis >= 0 && axis < first.dims.length) || !tensors.every(isAlike))
    node.refuse("constants of one shape", `${axis}`);
  const sizes = tensors.map(({ dims }) => dims[axis]);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const inner = productOf(first.dims.slice(axis + 1));
  const dims = first.dims.map((size, a) => (a === axis ? total : size));
  const find = (index: number): [number, number] => {
    const [outer, rest] = [Math.floor(index / (total * inner)), index % inner];
    let place = Math.floor(index / inner) % total;
    let which = 0;
    while (place >= sizes[which]) place -= sizes[which++];
    return [which, (outer * sizes[which] + place) * inner + rest];
  };
  if (first.isFloat) {
    const cost = tensors.reduce((most, own) => Math.max(most, own.cost), 0) + 1;
    const at = (index: number) => {
      const [which, own] = find(index);
      return tensors[which].at(own);
    };
    return constantOf(Tensor.computed(titleOfOutput(node), dims, first.type, cost, at));
  }
  const lists = tensors.map((own) => own.entries());
  return listed(node, dims, first.type, (index) => {
    const [which, own] = find(index);
    return lists[which][own];
  });
}

export function tile(node: Node): Value {
  node.finish(2);
  const tensor = node.constant(0);
  const times = sizesOf(node, node.constant(1));
  if (times.length !== tensor.dims.length) return node.refuse("a number of times for each axis", `${times.length}`);
  const dims = tensor.dims.map((size, a) => size * times[a]);
  if (!(productOf(dims) <= MOST_NUMBERS && dims.every((size) => size >= 0)))
    node.refuse("shapes of 2^31 numbers at most", `[${dims}]`);
  const strides = stridesOf(tensor.dims);
  return constantOf(
    tensor.view(dims, (index) => {
      let [place, rest] = [0, index];
      for (let a = dims.length - 1; a >= 0; a--) {
        place += ((rest % dims[a]) % tensor.dims[a]) * strides[a];
        rest = Math.floor(rest / dims[a]);
      }
      return place;
    }),
  );
}
