/** What the library says to do, in flags: it speaks to programs. */

const REMEDIES: readonly (readonly [said: RegExp, flag: (...parts: string[]) => string])[] = [
  [
    /columns: \{ ("(?:[^"\\]|\\.)*"): "([\w-]+)" \}/g,
    (_, name, kind) => `--column ${word(`${JSON.parse(name)}=${kind}`)}`,
  ],
  [/name (it|them) in missing\b/g, (_, which) => `pass ${which} by --missing`],
  [/\bPass more epochs\b/g, () => "Pass a larger --epochs"],
];

/** A word as shells take it. */
export const word = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** A sentence of the library for somebody at a terminal. */
export const inFlags = (sentence: string): string =>
  REMEDIES.reduce((text, [said, flag]) => text.replace(said, flag), sentence);
