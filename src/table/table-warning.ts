/** Warnings as models keep them. What a fit warns of is in src/table/warnings.ts. */
import { show } from "../ground/check.js";

/** One thing that a fit, or a prediction, has to tell. */
export interface TableWarning {
  /**
   * What it is about, for a program to decide by: a column that is `"ignored"`; `"missing-texts"` such as "?" or `"unreadable"`
   * ones that count as missing; a reading that is a guess (`"two-digit-years"`, `"padded-numbers"`, `"row-number"`); texts that
   * share one feature (`"rare-categories"`); a `"constant-target"`; a training that ended while the loss `"still-fell"`, or
   * before it began (`"untrained"`); a text for a missing value that came first when predicting (`"late-marker"`).
   */
  readonly code: (typeof CODES)[number];
  /** The column that it is about, if it is about one. */
  readonly column?: string;
  /** A sentence, and what to do if it is not what was meant. */
  readonly message: string;
}

export const CODES = [
  ...(["ignored", "missing-texts", "unreadable", "two-digit-years", "padded-numbers", "row-number"] as const),
  ...(["rare-categories", "constant-target", "still-fell", "untrained", "late-marker"] as const),
] as const;

/** What a prediction has to tell: a text stood for a missing value in a column of which training rows had none. */
export function warnOfMarker(column: string, text: string): TableWarning {
  const message = `column ${show(column)}: ${show(text)} is counted as missing, of which training rows had none.`;
  return { code: "late-marker", column, message };
}

/** Whether what a file holds is a list of warnings. */
export function isWarnings(data: unknown): data is TableWarning[] {
  return (
    Array.isArray(data) &&
    data.every(({ code, column, message } = {}) => {
      const isText = typeof message === "string" && (column === undefined || typeof column === "string");
      return isText && CODES.includes(code);
    })
  );
}
