/** Operators that give rows another shape: numbers stay those of their row, in their order or in another. */
import { productOf, stridesOf } from "./broadcast.js";
import type { Node } from "./graph-node.js";
import { type Entry, ROWS, Tensor, UNKNOWN } from "./tensors.js";
import { after, constantOf, nameOf, type Rows, shaped, type Value, widthOfAxes } from "./values.js";

/** No graph of an MLP has more. */
const MOST_AXES = 8;

export function rowsToShape(node: Node): Rows {
  const value = node.input(0);
  return value.kind === "rows" ? value : node.refuse("rows as input 0", nameOf(value));
}

/** The sizes of all axes as shapes have them. */
function entriesOf({ hasBatch, axes }: Rows): Entry[] {
  const sizes = axes.map((size) => (size === undefined ? UNKNOWN : BigInt(size)));
  return hasBatch ? [ROWS, ...sizes] : sizes;
}

export function shape(node: Node): Value {
  const [start, end] = [node.int("start", 0), node.int("end", MOST_AXES)];
  node.finish(1);
  const entries = entriesOf(rowsToShape(node)).slice(start, end);
  return constantOf(Tensor.listed(`the output of ${node.title}`, [entries.length], entries));
}

/** [N, a, b, ...] to rows of a·b·... numbers; axis k makes rows of the first k axes, which must be N ones. */
export function flatten(node: Node): Value {
  const rows = rowsToShape(node);
  const rank = rows.axes.length + Number(rows.hasBatch);
  const given = node.int("axis", 1);
  node.finish(1);
  const axis = given < 0 ? given + rank : given;
  const first = axis - Number(rows.hasBatch);
  if (first < 0 || axis > rank) node.refuse("axis 1", `${given}`);
  const [before, behind] = [rows.axes.slice(0, first), rows.axes.slice(first)].map(widthOfAxes);
  if (!rows.hasBatch) return shaped(rows, [before, behind]);
  return before === 1 ? shaped(rows, [behind]) : node.refuse("axis 1", `${given}`);
}

export function reshape(node: Node, rows: Rows, entries: readonly Entry[]): Value {
  const zeroIsZero = node.int("allowzero", 0) !== 0;
  node.finish(2);
  const refused = () =>
    node.refuse("the shape of rows", `[${entries.map((entry) => (entry === ROWS ? "N" : String(entry)))}]`);
  if (entries.length > MOST_AXES) refused();
  const own = entriesOf(rows);
  const asked = entries.map((entry, a) => (entry === 0n && !zeroIsZero ? (own[a] ?? 0n) : entry));
  if (asked.length === own.length && asked.every((entry, a) => entry === own[a])) return rows;
  const sizes = rows.hasBatch ? withoutRows(rows, asked) : asked;
  const axes = sizes && fillIn(rows, sizes);
  return axes ? shaped(rows, axes) : refused();
}

/** The sizes after that of the rows, which may stand as -1, or as their number where the file says that; -1 then stands for the rest. */
function withoutRows({ items, width }: Rows, [first, ...sizes]: readonly Entry[]): Entry[] | undefined {
  if (first === ROWS || (items !== undefined && first === BigInt(items))) return sizes;
  if (first !== -1n || sizes.includes(-1n)) return undefined;
  // What is left for -1 is the number of rows if the others are the numbers of one.
  const isWhole = sizes.every((size) => typeof size === "bigint");
  return isWhole && width !== undefined && productOf(sizes.map(Number)) === width ? sizes : undefined;
}

/** Sizes, -1 among them being the rest; undefined where they are not those of a row. */
function fillIn({ width }: Rows, sizes: readonly Entry[]): (number | undefined)[] | undefined {
  const isFree = (size: Entry) => size === -1n || (size === UNKNOWN && width === undefined);
  if (sizes.some((size) => !isFree(size) && !(typeof size === "bigint" && size >= 1n))) return undefined;
  const free = sizes.filter(isFree).length;
  const known = productOf(sizes.map((size) => (isFree(size) ? 1 : Number(size))));
  if (width === undefined)
    return free === 1 && known === 1 ? sizes.map((size) => (isFree(size) ? undefined : 1)) : undefined;
  if (free > 1 || (free === 0 ? known !== width : width % known > 0)) return undefined;
  return sizes.map((size) => (isFree(size) ? width / known : Number(size)));
}

/** Axes as they are counted from the first, the rows' being 0. */
function axesOf(node: Node, given: readonly bigint[], rank: number): Set<number> {
  const axes = given.map((axis) => Number(axis) + (axis < 0n ? rank : 0));
  const isOdd = axes.length > MOST_AXES || axes.some((axis) => axis < 0 || axis >= rank);
  if (isOdd || new Set(axes).size < axes.length) node.refuse(`axes of ${rank}`, `[${given}]`);
  return new Set(axes);
}

export function squeeze(node: Node): Value {
  const rows = rowsToShape(node);
  const sizes = rows.hasBatch ? [rows.items, ...rows.axes] : [...rows.axes];
  const given = node.list(1, "axes");
  node.finish(2);
  if (!given && sizes.includes(undefined)) node.refuse("axes", "none, of rows whose number is not known");
  const ones = sizes.flatMap((size, a) => (size === 1 ? [BigInt(a)] : []));
  const axes = axesOf(node, given ?? ones, sizes.length);
  for (const axis of axes)
    if (sizes[axis] !== 1) node.refuse("axes of size 1", `axis ${axis} of ${sizes[axis] ?? "N"}`);
  const left = sizes.filter((_, a) => !axes.has(a));
  const hasBatch = rows.hasBatch && !axes.has(0);
  return shaped(rows, hasBatch ? left.slice(1) : left, hasBatch);
}

export function unsqueeze(node: Node): Value {
  const rows = rowsToShape(node);
  const given = node.list(1, "axes") ?? node.refuse("axes", "none");
  node.finish(2);
  const own: (number | undefined)[] = rows.hasBatch ? [rows.items, ...rows.axes] : [...rows.axes];
  const rank = own.length + given.length;
  if (rank > MOST_AXES) node.refuse(`${MOST_AXES} axes at most`, `${rank}`);
  const axes = axesOf(node, given, rank);
  if (rows.hasBatch && axes.has(0)) node.refuse("axes after that of the rows", "0");
  const sizes = Array.from({ length: rank }, (_, a) => (axes.has(a) ? 1 : own.shift()));
  return shaped(rows, rows.hasBatch ? sizes.slice(1) : sizes);
}

/** The axes of each row in another order. */
export function transposeRows(node: Node, rows: Rows): Value {
  const first = Number(rows.hasBatch);
  const rank = rows.axes.length + first;
  const order = (node.ints("perm") ?? Array.from({ length: rank }, (_, a) => BigInt(rank - 1 - a))).map(Number);
  node.finish(1);
  const isOrder = order.length === rank && [...order].sort((a, b) => a - b).every((axis, a) => axis === a);
  if (!isOrder || (rows.hasBatch && order[0] !== 0)) node.refuse("an order that leaves the rows", `[${order}]`);
  const own = order.slice(first).map((axis) => axis - first);
  const sizes = own.map((axis) => rows.axes[axis]);
  const moved = own.filter((axis) => rows.axes[axis] !== 1);
  if (moved.every((axis, i) => i === 0 || axis > moved[i - 1])) return shaped(rows, sizes);
  const { width } = rows;
  if (width === undefined) return node.refuse("axes whose sizes are known", "others");
  const strides = stridesOf(rows.axes as number[]);
  const steps = own.map((axis) => strides[axis]);
  return select(node, rows, sizes as number[], countUp(sizes as number[], steps));
}

/** The place of each number of a tensor whose neighbours along each axis lie so far apart, from `from` on. */
export function countUp(sizes: readonly number[], steps: readonly number[], from = 0): (index: number) => number {
  return (index) => {
    let [place, rest] = [from, index];
    for (let a = sizes.length - 1; a >= 0; a--) {
      place += (rest % sizes[a]) * steps[a];
      rest = Math.floor(rest / sizes[a]);
    }
    return place;
  };
}

/** Numbers of each row that are chosen by their places: more are no model. */
const MOST_PLACES = 2 ** 20;

/** Some numbers of each row, as axes of these sizes. */
export function select(node: Node, rows: Rows, sizes: readonly number[], place: (index: number) => number): Rows {
  const count = productOf(sizes);
  if (!(count >= 1 && count <= MOST_PLACES)) node.refuse(`1 to ${MOST_PLACES} numbers a row`, `${count}`);
  const { step, from } = rows;
  const isElementwise = step?.kind === "activation" && step.as !== undefined;
  const of = rows.width ?? node.refuse("rows whose features are counted by the file", "others");
  const chosen = (own: Rows) => after(own, node.title, { kind: "select", of, count, place }, sizes);
  // What is chosen of an activation's results is the activation of what is chosen.
  return isElementwise && from ? after(chosen(from), rows.by, step) : chosen(rows);
}
