/** How readers of other people's models refuse them. */

/** Throws one sentence: what the model must do or be, what it does instead, and what to do about it. */
export type Refuse = (
  what: string,
  got: string,
  more?: { readonly cause?: unknown; readonly remedy?: string },
) => never;

/** The sentences of a call. */
export function refuser(call: string, subject = "model"): Refuse {
  return (what, got, { cause, remedy } = {}) => {
    const end = remedy === undefined ? "" : ` ${remedy}`;
    throw new Error(
      `${call}: the ${subject} must ${what}, got ${got}.${end}`,
      cause === undefined ? undefined : { cause },
    );
  };
}
