/** What the library says to programs, said to people: options that a program would pass are choices or cells here. */
import { Refusal } from "../read/table.js";

const SAID_OTHERWISE: readonly (readonly [said: RegExp, here: string])[] = [
  // The name of the call, and of the column, beside which it stands.
  [/^[\w.]+: /, ""],
  [/^(?:column|target) "(?:[^"\\]|\\.)*"(?: of "(?:[^"\\]|\\.)*")?:? ?/, ""],
  [/Pass columns: \{[^}]*\}/g, "Choose how it is read"],
  [/pass columns: \{[^}]*\}(?: or "[\w-]+")?/g, "choose how it is read"],
  [/^hidden(?:\[\d+\])? must/, "each hidden layer must"],
  [/finite in float32/g, "below 3.4e38"],
  [/Pass a Date or a text\./g, "Choose how it is read."],
  [/ when fitting/g, ""],
  [/name (?:it|them) in missing and leave such rows out/g, "leave such cells empty"],
  [/name (?:it|them) in missing/g, "leave such cells empty"],
  [/ Pass maxCategories for more\./g, ""],
  [/Pass more epochs\./g, "Ask for more in the settings."],
  [/pass numbers\./g, "write them with a point."],
];

/** @param lineOf the row of the table, from 0, that a row of the message is; if it is not known, no row is told of */
export function sentence(message: string, lineOf?: (row: number) => number): string {
  let text = message;
  for (const [said, here] of SAID_OTHERWISE) text = text.replace(said, here);
  text = text.replace(/(,? first(?: \S+)? in| at) row (\d+)/g, (_, before, row) =>
    lineOf ? `${before} row ${lineOf(Number(row)) + 1}` : "",
  );
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What was refused, in a sentence that names its column. */
export function told(error: Error & { column?: string }, lineOf?: (row: number) => number): string {
  if (error.name === "Refusal") return error.message;
  const said = sentence(error.message ?? String(error), lineOf);
  return error.column === undefined ? said : `“${error.column}”: ${said}`;
}

/** @throws the same */
export function refuseAs(error: Error, lineOf: (row: number) => number): never {
  throw new Refusal(told(error, lineOf));
}
