/** How columns are read whose values have an order that the options give: as ranks, from 0 on. */
import type { Listed } from "../ground/long-list.js";
import { forEachSlice } from "../ground/slices.js";
import type { OrderedKind } from "./column-options.js";
import type { ColumnNotes } from "./columns.js";
import { type Form, type OrderedForm, rankOf } from "./forms.js";
import { isKnownMarker, isMissing } from "./missing.js";
import { Tally } from "./vocabulary.js";

/** How a column of that order is read, and which texts in it stand for missing values though no option says so. */
export function* orderedKind(
  { markers }: { readonly markers: ReadonlySet<string> },
  values: Listed<unknown>,
  { ordered }: OrderedKind,
): Generator<number, { kind: "number"; textOnly: boolean; form: Form; notes?: ColumnNotes }> {
  const form: OrderedForm = { type: "ordered", values: ordered.map(String) };
  const found = new Tally();
  yield* forEachSlice(values.length, (from, to) => {
    for (let row = from; row < to; row++) {
      const value = values.at(row);
      if (typeof value !== "string" || isMissing(value, markers)) continue;
      const text = value.trim();
      if (isKnownMarker(text) && Number.isNaN(rankOf(text, form))) found.add(text, { count: 1, row });
    }
  });
  return { kind: "number", textOnly: false, form, ...(found.size > 0 && { notes: { markers: found } }) };
}
