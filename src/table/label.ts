/** What a classifier predicts. */
export type Label = string | number | boolean;

/** What labels may be, by `typeof`. */
export const isLabelKind = (kind: string) => ["string", "number", "boolean"].includes(kind);

/** Two labels at least, of one kind, each once: what a file must hold. */
export function isLabels(labels: unknown): labels is Label[] {
  if (!Array.isArray(labels) || labels.length < 2 || new Set(labels).size < labels.length) return false;
  const kind = typeof labels[0];
  return isLabelKind(kind) && labels.every((label) => typeof label === kind);
}
