/** What is predicted. */

/** A column to be predicted, or several. */
export type Target = string | readonly string[];
