/** Warnings as models keep them. What a fit warns of is in src/table/warnings.ts. */
import { show } from "../ground/check.js";

/** One thing that a fit, or a prediction, has to tell. */
export interface TableWarning {
  /**
   * What it is about, for a program to decide by: a column that is `"ignored"`; `"missing-texts"` such as "?" or `"unreadable"`
   * ones that count as missing; a reading that is a guess (`"two-digit-years"`, `"guessed-separators"`,
   * `"padded-numbers"`, `"row-number"`); texts that
   * share one feature (`"rare-categories"`); a `"constant-target"`; a training that ended while the loss `"still-fell"`, or
   * before it began (`"untrained"`); what came first when predicting: a text for a missing value (`"late-marker"`), a
   * missing value (`"late-missing"`), an unknown text (`"late-text"`); values far from all others (`"far-values"`), texts that
   * differ in case alone (`"similar-texts"`), numbers with a unit beside others without (`"some-units"`).
   */
  readonly code: (typeof CODES)[number];
  /** The column that it is about, if it is about one. */
  readonly column?: string;
  /**
   * The first row that it is about, from 0 on, where the message names one: of the rows that the fit was given. It is told to
   * `onWarning`; a model and its file keep the sentence.
   */
  readonly row?: number;
  /** A sentence, and what to do if it is not what was meant. */
  readonly message: string;
}

export const CODES = [
  ...([
    "ignored",
    "missing-texts",
    "unreadable",
    "two-digit-years",
    "guessed-separators",
    "padded-numbers",
    "row-number",
  ] as const),
  ...(["rare-categories", "constant-target", "still-fell", "untrained", "late-marker"] as const),
  ...(["late-missing", "late-text", "far-values", "similar-texts", "some-units"] as const),
] as const;

/** What becomes of a text that cannot be read. */
export const AS_MISSING = "counted as missing, as any other such text will be.";

const LATE = {
  marker: ["late-marker", "is counted as missing, of which training rows had none."],
  unreadable: ["unreadable", `is no number as the others are: ${AS_MISSING}`],
  missing: [
    "late-missing",
    "a value is missing, of which training rows had none: it counts as one in the middle or as no text.",
  ],
  unknown: ["late-text", "is none of the texts of training rows, and counts as none of them."],
  unordered: ["late-text", `is none of the values of its order: ${AS_MISSING}`],
} as const;

/** What a prediction has to tell of a cell: training rows had none like it. */
export function warnOfLate(what: keyof typeof LATE, column: string, text: string): TableWarning {
  const [code, words] = LATE[what];
  const message = `column ${show(column)}: ${what === "missing" ? "" : `${show(text)} `}${words}`;
  return { code, column, message };
}

/** Whether what a file holds is a list of warnings. */
export function isWarnings(data: unknown): data is TableWarning[] {
  return (
    Array.isArray(data) &&
    data.every((warning) => {
      const { code, column, message } = Object(warning);
      const isText = typeof message === "string" && (column === undefined || typeof column === "string");
      return isText && CODES.includes(code);
    })
  );
}
