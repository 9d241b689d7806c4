/** Labels of a file: as many as there are scores, each once. */
import { show } from "../../ground/check.js";
import { isLabels, type Label } from "../../table/label.js";
import type { Node } from "./graph-node.js";
import { type Scores, widthOf } from "./values.js";

/** More are no labels but work: each takes a hundred bytes while they are compared. */
const MOST_LABELS = 2 ** 16;

export function checkCount(node: Node, count: number, of: Scores): void {
  const width = widthOf(of);
  if (count !== width) node.refuse(`${width} labels`, `${count}`);
  if (count > MOST_LABELS) node.refuse(`${MOST_LABELS} labels at most`, `${count}`);
}

export function checkLabels(node: Node, labels: readonly Label[]): readonly Label[] {
  return isLabels(labels) ? labels : node.refuse("two labels at least, each once", show([...labels]));
}

/** Labels as numbers, which whole numbers beyond 2⁵³ would not be. */
export function toNumbers(node: Node, integers: readonly bigint[]): number[] {
  const numbers = integers.map(Number);
  const unsafe = numbers.findIndex((number) => !Number.isSafeInteger(number));
  return unsafe < 0 ? numbers : node.refuse("labels within 2^53", `${integers[unsafe]}`);
}

/** Labels as attributes have them. */
export function readClassLabels(
  node: Node,
  texts: readonly string[] | undefined,
  integers: readonly bigint[] | undefined,
): readonly Label[] {
  if (!texts === !integers) node.refuse("labels of one kind", texts ? "two" : "none");
  const count = (texts ?? integers ?? []).length;
  if (count > MOST_LABELS) node.refuse(`${MOST_LABELS} labels at most`, `${count}`);
  return checkLabels(node, texts ?? toNumbers(node, integers ?? []));
}
