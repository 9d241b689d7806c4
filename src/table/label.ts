/** What a classifier predicts. */
export type Label = string | number | boolean;

/** What labels may be, by `typeof`. */
export const isLabelKind = (kind: string) => ["string", "number", "boolean"].includes(kind);

/** Numbers by size, texts by code units, false before true: a sorted copy. */
export function sortLabels(labels: readonly Label[]): Label[] {
  return typeof labels[0] === "number" ? [...(labels as number[])].sort((a, b) => a - b) : [...labels].sort();
}

/** So many labels at least, of one kind, each once: what a file must hold. */
export function isLabels(labels: unknown, least = 2): labels is Label[] {
  if (!Array.isArray(labels) || labels.length < least || new Set(labels).size < labels.length) return false;
  const kind = typeof labels[0];
  return isLabelKind(kind) && labels.every((label) => typeof label === kind);
}
