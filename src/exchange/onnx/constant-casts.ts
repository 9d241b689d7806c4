/** Constants of another type, and sums and the like of them. */
import { show } from "../../ground/check.js";
import { broadcastIndex, productOf } from "./broadcast.js";
import { axesOf, listed, rounding, titleOfOutput } from "./constant-operators.js";
import type { Node } from "./graph-node.js";
import { isFloat, isInteger, Tensor, TYPES } from "./tensors.js";
import { constantOf, type Value } from "./values.js";

export function cast(node: Node): Value {
  const to = node.int("to", 0);
  node.ignore("saturate", "round_mode");
  node.finish(1);
  return castConstant(node, to);
}

export function castLike(node: Node): Value {
  node.ignore("saturate", "round_mode");
  node.finish(2);
  return castConstant(node, node.constant(1).type);
}

/** To another type. */
function castConstant(node: Node, to: number): Value {
  const tensor = node.constant(0);
  const { dims, type, cost } = tensor;
  if (type === to) return constantOf(tensor);
  if (isFloat(to) && !tensor.isText) {
    return constantOf(Tensor.computed(titleOfOutput(node), dims, to, cost + 1, (i) => rounding(to)(tensor.at(i))));
  }
  if (!isInteger(to) || tensor.isText) return node.refuse("numbers to cast", `data type ${type} to ${to}`);
  if (to === TYPES.BOOL) return listed(node, dims, to, (i) => BigInt(tensor.at(i) !== 0));
  const most = { [TYPES.INT32]: 2 ** 31, [TYPES.INT8]: 2 ** 7, [TYPES.UINT8]: 2 ** 8 }[to as 6] ?? 2 ** 63;
  const least = to === TYPES.UINT8 ? 0 : -most;
  if (tensor.isInteger) {
    const entries = tensor.entries();
    return listed(node, dims, to, (i) => within(node, entries[i], (n) => Number(n) < most && Number(n) >= least));
  }
  return listed(node, dims, to, (i) => {
    const number = Math.trunc(tensor.at(i));
    if (!(Number.isSafeInteger(number) && number < most && number >= least))
      node.refuse("whole numbers of its type", `${number}`);
    return BigInt(number);
  });
}

function within<T>(node: Node, entry: T, fits: (n: bigint) => boolean): T {
  if (typeof entry === "bigint" && !fits(entry)) node.refuse(`whole numbers of its type`, show(entry));
  return entry;
}

/** Sums and the like of small constants, over some axes or all. */
export const reduction =
  (start: number, add: (sum: number, value: number) => number, end: (sum: number, count: number) => number) =>
  (node: Node): Value => {
    const keep = node.int("keepdims", 1) !== 0;
    const isNothing = node.int("noop_with_empty_axes", 0) !== 0;
    const list = node.list(1, "axes");
    node.finish(2);
    const tensor = node.constant(0);
    const { dims, type, count } = tensor;
    if (tensor.isText || (isNothing && !list?.length)) node.refuse("numbers and axes", `data type ${type}`);
    node.spend(count * tensor.cost);
    const axes = list?.length ? axesOf(node, list, dims.length) : new Set(dims.keys());
    const kept = dims.map((size, a) => (axes.has(a) ? 1 : size));
    const sums = new Float64Array(productOf(kept)).fill(start);
    const place = broadcastIndex(kept, dims);
    for (let i = 0; i < count; i++) sums[place(i)] = add(sums[place(i)], tensor.at(i));
    const each = count / sums.length;
    const round = rounding(type);
    const result = keep ? kept : kept.filter((_, a) => !axes.has(a));
    if (tensor.isInteger) {
      if (!sums.every(Number.isSafeInteger)) node.refuse("whole numbers within 2^53", "others");
      return listed(node, result, type, (i) => BigInt(Math.trunc(end(sums[i], each))));
    }
    return constantOf(Tensor.computed(titleOfOutput(node), result, type, 1, (i) => round(end(sums[i], each))));
  };
